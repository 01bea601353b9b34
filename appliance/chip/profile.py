"""A card profile: application, key versions, files and limits of one kind of card, as data."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Literal, cast

Access = Literal["public", "reader"]
NAMES = ("ktpsim-1", "kemendagri-sam")
UNSIGNED = "TIDAK DAPAT TANDA TANGAN"
RESERVED = frozenset({0x3F00, 0x3FFF, 0xFFFF})
"""File identifiers that name no file of an application (ISO/IEC 7816-4 §7.3.1.1)."""


class ProfileError(ValueError):
    """The profile cannot be used; the message names everything that is missing or wrong."""


@dataclass(frozen=True, slots=True)
class CardFile:
    """One elementary file: its name, file identifier, short identifier, and who may read it."""

    name: str
    fid: int
    sfi: int
    access: Access


@dataclass(frozen=True, slots=True)
class Selecting:
    """How application and files are selected (ISO/IEC 7816-4 §11.2.2, tables 62 and 63).

    `application` by its name (P1 04), its file identifier (00) or its path from the MF (08); `files` as children of
    the application (02), by identifier (00), or by path from the MF (08) or from the application (09). `path` is
    the identifiers from below the MF to the application, two bytes each. `control` is the template that a selection
    answers, FCP (P2 04) or FCI (00); `silent` says whether P2 0C, no answer at all, is known.
    """

    application: Literal["name", "fid", "path"] = "name"
    files: Literal["child", "fid", "path", "relative"] = "child"
    path: bytes = b""
    control: Literal["fcp", "fci"] = "fcp"
    silent: bool = True


@dataclass(frozen=True, slots=True)
class CardProfile:
    """What the writer must know of a kind of card; it never knows what the files mean.

    `files` stand in the order of writing, the last one makes the others valid. `chunk` is the most plain bytes of
    one command. `size_tags` are the FCP tags that carry a file's size; `descriptor` is the value of tag 82, and
    `short_ids` says whether CREATE names the short identifier. `security` holds the compact security bytes by access
    class, `security_tag` under which tag. `unsigned` are the words on the face where the holder cannot sign.
    """

    name: str
    application: bytes
    factory_key: int
    issued_key: int
    reader_key: int
    files: tuple[CardFile, ...]
    journal: CardFile
    chunk: int
    size_tags: tuple[int, ...]
    security: Mapping[Access, bytes]
    selecting: Selecting = Selecting()
    descriptor: bytes = b"\x01"
    short_ids: bool = True
    security_tag: int = 0x8C
    unsigned: str = UNSIGNED

    def file(self, name: str) -> CardFile:
        """The file of this name; raises KeyError."""
        return next((item for item in self.files if item.name == name), None) or _absent(name)


def _absent(name: str) -> CardFile:
    raise KeyError(name)


class _Table:
    """Takes values out of a table and remembers what is wrong with it."""

    def __init__(self, values: object, mistakes: list[str], where: str = "") -> None:
        self._values = values if isinstance(values, dict) else {}
        self._mistakes = mistakes
        self._where = where

    def table(self, key: str) -> _Table:
        return _Table(self._values.get(key), self._mistakes, f"{self._where}{key}.")

    def tables(self, key: str) -> list[_Table]:
        found = self._values.get(key)
        rows = found if isinstance(found, list) else []
        if not rows:
            self._mistakes.append(f"{self._where}{key} is missing")
        return [_Table(row, self._mistakes, f"{self._where}{key}[{index}].") for index, row in enumerate(rows)]

    def number(self, key: str, least: int, most: int, usual: int | None = None) -> int:
        value = self._values.get(key, usual)
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
            return value
        self._mistakes.append(f"{self._where}{key} is missing" if value is None else f"{self._where}{key} is wrong")
        return least

    def numbers(self, key: str) -> tuple[int, ...]:
        value = self._values.get(key)
        if isinstance(value, list) and value and all(isinstance(item, int) and 0 < item < 256 for item in value):
            return tuple(value)
        self._mistakes.append(f"{self._where}{key} is missing or wrong")
        return ()

    def flag(self, key: str, usual: bool) -> bool:
        value = self._values.get(key, usual)
        if isinstance(value, bool):
            return value
        self._mistakes.append(f"{self._where}{key} is wrong")
        return usual

    def hexadecimal(self, key: str, usual: str | None = None) -> bytes:
        value = self._values.get(key, usual)
        try:
            data = bytes.fromhex(value) if isinstance(value, str) else b""
        except ValueError:
            data = b""
        if not data:
            self._mistakes.append(f"{self._where}{key} is missing or wrong")
        return data

    def word(self, key: str, allowed: tuple[str, ...] = (), usual: str | None = None) -> str:
        value = self._values.get(key, usual)
        if isinstance(value, str) and value and (not allowed or value in allowed):
            return value
        self._mistakes.append(f"{self._where}{key} is missing or wrong")
        return ""


def _card_file(table: _Table) -> CardFile:
    return CardFile(
        table.word("name"),
        table.number("fid", 1, 0xFFFE),
        table.number("sfi", 1, 30),
        cast(Access, table.word("access", ("public", "reader"))),
    )


def _selecting(table: _Table, mistakes: list[str]) -> Selecting:
    application = table.word("application", ("name", "fid", "path"), "name")
    files = table.word("files", ("child", "fid", "path", "relative"), "child")
    by_path = application != "name" or files == "path"
    path = table.hexadecimal("path") if by_path else b""
    if len(path) % 2 or (by_path and not path):
        mistakes.append("select.path is not made of file identifiers")
    control = table.word("control", ("fcp", "fci"), "fcp")
    return Selecting(application, files, path, control, table.flag("silent", True))  # type: ignore[arg-type]


def _check_identifiers(profile: CardProfile, least: int, most: int, mistakes: list[str]) -> None:
    """The rules for identifiers: unique in the whole tree, none that the standard keeps, none the card refuses."""
    path = profile.selecting.path
    folders = [int.from_bytes(path[at : at + 2]) for at in range(0, len(path), 2)]
    fids = [item.fid for item in (*profile.files, profile.journal)]
    if len({*fids, *folders}) != len(fids) + len(folders):
        mistakes.append("two files have the same fid")
    if wrong := [f"{fid:04X}" for fid in fids if fid in RESERVED or not least <= fid <= most]:
        mistakes.append(f"no file of this card may be called {', '.join(wrong)}")
    if profile.short_ids and len({item.sfi for item in (*profile.files, profile.journal)}) != len(fids):
        mistakes.append("two files have the same sfi")


def parse(text: str) -> CardProfile:
    """A profile from TOML; raises ProfileError with a sentence that names each gap.

    Its knobs, with what holds if nothing is said, stand in docs/guides/card-ktpsim-1.md.
    """
    mistakes: list[str] = []
    try:
        root = _Table(tomllib.loads(text), mistakes)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ProfileError(f"The card profile is not valid TOML: {error}.") from error
    name = root.word("name")
    keys, limits, journal, security = (root.table(key) for key in ("keys", "limits", "journal", "security"))
    create, identifiers = root.table("create"), root.table("identifiers")
    profile = CardProfile(
        name=name,
        application=root.hexadecimal("application"),
        factory_key=keys.number("factory", 1, 0x7F),
        issued_key=keys.number("issued", 1, 0x7F),
        reader_key=keys.number("reader", 1, 0x7F),
        files=tuple(_card_file(row) for row in root.tables("files")),
        journal=CardFile("JRN", journal.number("fid", 1, 0xFFFE), journal.number("sfi", 1, 30), "reader"),
        chunk=limits.number("chunk", 16, 239),
        size_tags=create.numbers("size_tags"),
        security={"public": security.hexadecimal("public"), "reader": security.hexadecimal("reader")},
        selecting=_selecting(root.table("select"), mistakes),
        descriptor=create.hexadecimal("descriptor", "01"),
        short_ids=create.flag("short_ids", True),
        security_tag=create.number("security_tag", 0x80, 0xBE, 0x8C),
        unsigned=root.table("face").word("unsigned", usual=UNSIGNED),
    )
    largest = limits.number("largest_data", 1, 255, 255)
    if secured_length(profile.chunk) > largest:
        mistakes.append(f"limits.chunk does not fit {largest} bytes of data once it is secured")
    _check_identifiers(
        profile, identifiers.number("least", 1, 0xFFFE, 1), identifiers.number("most", 1, 0xFFFE, 0xFFFE), mistakes
    )
    if mistakes:
        raise ProfileError(f"Card profile {name or '?'} is incomplete and cannot be used: {'; '.join(mistakes)}.")
    return profile


def secured_length(plain: int) -> int:
    """How long the data field gets that carries so many plain bytes: padded to blocks of 16, with a MAC of 8."""
    return (plain // 16 + 1) * 16 + 8


def load(name: str) -> CardProfile:
    """One of the profiles that come with the appliance; raises ProfileError."""
    if name not in NAMES:
        raise ProfileError(f"There is no card profile {name!r}; known are {', '.join(NAMES)}.")
    return parse(files("appliance.chip").joinpath("profiles", f"{name}.toml").read_text(encoding="utf-8"))


def load_in_force(specimen: bool) -> CardProfile:
    """The profile that this appliance makes cards by, the ministry's save on a specimen; raises ProfileError."""
    return load("ktpsim-1" if specimen else "kemendagri-sam")


def shortcomings(specimen: bool) -> str:
    """Why this appliance cannot make cards, in words; empty if it can."""
    try:
        load_in_force(specimen)
    except ProfileError as error:
        return str(error)
    return ""
