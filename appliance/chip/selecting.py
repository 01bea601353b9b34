"""The SELECT commands of a kind of card, and what its answers say (ISO/IEC 7816-4 §11.2.2 and §7.4). Pure."""

from __future__ import annotations

from appliance.chip.profile import CardProfile

_APPLICATION_P1 = {"fid": 0x00, "name": 0x04, "path": 0x08}
_FILE_P1 = {"fid": 0x00, "child": 0x02, "path": 0x08, "relative": 0x09}
_CONTROL_P2 = {"fci": 0x00, "fcp": 0x04}
_SILENT = 0x0C
_TEMPLATES = (0x62, 0x6F)


def select_application(profile: CardProfile) -> bytes:
    """The command that selects the application and has it tell its life cycle."""
    selecting = profile.selecting
    data = {"name": profile.application, "fid": selecting.path[-2:], "path": selecting.path}[selecting.application]
    # P2 00 asks for the FCI; an application is asked so by its name on every card, its FCP lies in that.
    p2 = 0x00 if selecting.application == "name" else _CONTROL_P2[selecting.control]
    return _select(_APPLICATION_P1[selecting.application], p2, data) + b"\x00"


def select_file(profile: CardProfile, fid: int, told: bool) -> bytes:
    """The command that makes a file of the application current; `told` asks for its control parameters."""
    selecting = profile.selecting
    data = (selecting.path if selecting.files == "path" else b"") + fid.to_bytes(2)
    if not told and selecting.silent:
        return _select(_FILE_P1[selecting.files], _SILENT, data)
    return _select(_FILE_P1[selecting.files], _CONTROL_P2[selecting.control], data) + b"\x00"


def _select(p1: int, p2: int, data: bytes) -> bytes:
    return bytes([0x00, 0xA4, p1, p2, len(data)]) + data


def told(answer: bytes, *tags: int) -> bytes:
    """The value of the first of these one-byte tags in an FCP or FCI, the FCP inside an FCI included; else empty."""
    found: dict[int, bytes] = {}
    rest = answer
    while len(rest) >= 2:
        start = 3 if rest[1] == 0x81 else 2
        length = rest[start - 1] if len(rest) >= start else 0
        if rest[0] in _TEMPLATES:
            rest = rest[start:]
            continue
        found.setdefault(rest[0], rest[start : start + length])
        rest = rest[start + length :]
    return next((found[tag] for tag in tags if tag in found), b"")


def life_cycle(answer: bytes) -> int | None:
    """The life cycle byte (tag 8A) with the bits that may be either left out (table 14); None if there is none."""
    value = told(answer, 0x8A)
    if len(value) != 1:
        return None
    state = value[0]
    if 0x04 <= state <= 0x07:
        return 0x04 | state & 0x01
    return 0x0C if 0x0C <= state <= 0x0F else state
