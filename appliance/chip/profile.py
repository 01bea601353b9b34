"""A card profile: application, key versions, files and limits of one kind of card, as data."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Literal, cast

Access = Literal["public", "reader"]
NAMES = ("ktpsim-1", "kemendagri-sam")


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
class CardProfile:
    """What the writer must know of a kind of card; it never knows what the files mean.

    `files` stand in the order of writing, the last one makes the others valid. `chunk` is the most plain bytes of
    one command. `size_tags` are the FCP tags that carry a file's size. `security` holds the compact security bytes
    (tag 8C) by access class.
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

    def number(self, key: str, least: int, most: int) -> int:
        value = self._values.get(key)
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

    def hexadecimal(self, key: str) -> bytes:
        value = self._values.get(key)
        try:
            data = bytes.fromhex(value) if isinstance(value, str) else b""
        except ValueError:
            data = b""
        if not data:
            self._mistakes.append(f"{self._where}{key} is missing or wrong")
        return data

    def word(self, key: str, allowed: tuple[str, ...] = ()) -> str:
        value = self._values.get(key)
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


def parse(text: str) -> CardProfile:
    """A profile from TOML; raises ProfileError with a sentence that names each gap."""
    mistakes: list[str] = []
    try:
        root = _Table(tomllib.loads(text), mistakes)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ProfileError(f"The card profile is not valid TOML: {error}.") from error
    name = root.word("name")
    keys, limits, journal, security = (root.table(key) for key in ("keys", "limits", "journal", "security"))
    profile = CardProfile(
        name=name,
        application=root.hexadecimal("application"),
        factory_key=keys.number("factory", 1, 0x7F),
        issued_key=keys.number("issued", 1, 0x7F),
        reader_key=keys.number("reader", 1, 0x7F),
        files=tuple(_card_file(row) for row in root.tables("files")),
        journal=CardFile("JRN", journal.number("fid", 1, 0xFFFE), journal.number("sfi", 1, 30), "reader"),
        chunk=limits.number("chunk", 16, 239),
        size_tags=limits.numbers("size_tags"),
        security={"public": security.hexadecimal("public"), "reader": security.hexadecimal("reader")},
    )
    fids = [item.fid for item in (*profile.files, profile.journal)]
    if len(set(fids)) != len(fids):
        mistakes.append("two files have the same fid")
    if mistakes:
        raise ProfileError(f"Card profile {name or '?'} is incomplete and cannot be used: {'; '.join(mistakes)}.")
    return profile


def load(name: str) -> CardProfile:
    """One of the profiles that come with the appliance; raises ProfileError."""
    if name not in NAMES:
        raise ProfileError(f"There is no card profile {name!r}; known are {', '.join(NAMES)}.")
    return parse(files("appliance.chip").joinpath("profiles", f"{name}.toml").read_text(encoding="utf-8"))
