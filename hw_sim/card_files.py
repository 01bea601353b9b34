"""What lies on the simulated card: elementary files, life cycle, access rules, and writing that can be torn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from hw_sim.apdu import (
    CONDITIONS_NOT_SATISFIED,
    FILE_EXISTS,
    NO_ROOM,
    NOT_FOUND,
    OUT_OF_FILE,
    SECURITY_NOT_SATISFIED,
    WRONG_DATA,
    StatusError,
)
from hw_sim.card_dialect import KTPSIM_NAMES

CAPACITY = 8192
"""Bytes that all elementary files may hold together."""
PAGE = 128
"""Bytes of one flash page; a write costs time by pages."""
JOURNAL = "JRN"
JOURNAL_SIZE = 106

NAMES = KTPSIM_NAMES
"""The files of the profile by file identifier; the card takes no other."""

_FINGERS = frozenset({"FP1", "FP2"})
_GARBAGE = 4


class LifeCycle(IntEnum):
    """The life cycle byte of the DF (ISO/IEC 7816-4 §7.4.10)."""

    INITIALISATION = 0x03
    DEACTIVATED = 0x04
    ACTIVATED = 0x05
    TERMINATED = 0x0C


class Role(IntEnum):
    """Who speaks to the card: nobody known, a reader (key set 32), personalisation (30 or 31)."""

    STRANGER = 0
    READER = 1
    PERSO = 2


class CardTorn(Exception):
    """The field broke down while the card was writing; no answer will ever come."""


@dataclass(slots=True)
class ElementaryFile:
    """A transparent file."""

    fid: int
    sfi: int
    content: bytearray


class CardFiles:
    """The DF of the card. Every method raises StatusError with the status word the card would answer.

    CREATE, DELETE and the life cycle byte are atomic in this chip; UPDATE BINARY is not. `bytes_written` counts the
    content bytes that were written since the factory. A faulty chip lets those of `unlocked_for` write once it is
    activated.
    """

    def __init__(self, names: Mapping[int, str] = NAMES) -> None:
        self.life_cycle = LifeCycle.INITIALISATION
        self.pages_written = 0
        self.bytes_written = 0
        self.unlocked_for: frozenset[Role] = frozenset()
        self._names = names
        self._journal = next(fid for fid, name in names.items() if name == JOURNAL)
        self._files = {self._journal: ElementaryFile(self._journal, 0x1B, bytearray(JOURNAL_SIZE))}
        self._power_left: int | None = None

    def tear_after(self, count: int) -> None:
        """Let the field break down once `count` more content bytes have been written."""
        self._power_left = count

    def find(self, fid: int) -> ElementaryFile:
        """The file; 6A82."""
        if fid not in self._files:
            raise StatusError(NOT_FOUND)
        return self._files[fid]

    def read(self, file: ElementaryFile, offset: int, count: int, role: Role) -> bytes:
        """At most `count` bytes from `offset`; 6982 without the right, 6B00 past the end."""
        name = self._names[file.fid]
        needed = Role.PERSO if name == JOURNAL else Role.READER if name in _FINGERS else Role.STRANGER
        if role < needed:
            raise StatusError(SECURITY_NOT_SATISFIED)
        if offset >= len(file.content):
            raise StatusError(OUT_OF_FILE)
        return bytes(file.content[offset : offset + count])

    def create(self, fid: int, sfi: int, size: int, role: Role) -> ElementaryFile:
        """Make an empty file; 6A80 for a file that the profile does not have, 6A89, 6A84."""
        self._may_change(role)
        if fid in self._files:
            raise StatusError(FILE_EXISTS)
        if fid not in self._names or size == 0:
            raise StatusError(WRONG_DATA)
        if size + sum(len(file.content) for file in self._files.values()) > CAPACITY:
            raise StatusError(NO_ROOM)
        self.pages_written += 1
        self._files[fid] = ElementaryFile(fid, sfi, bytearray(size))
        return self._files[fid]

    def delete(self, fid: int, role: Role) -> None:
        """Remove a file; the journal never (6982)."""
        self._may_change(role)
        if fid == self._journal:
            raise StatusError(SECURITY_NOT_SATISFIED)
        self.find(fid)
        self.pages_written += 1
        del self._files[fid]

    def update(self, file: ElementaryFile, offset: int, data: bytes, role: Role) -> None:
        """Overwrite bytes of the file; raises CardTorn when the power goes, leaving a prefix and some garbage."""
        self._may_change(role)
        if not data:
            raise StatusError(WRONG_DATA)
        if offset >= len(file.content):
            raise StatusError(OUT_OF_FILE)
        if offset + len(data) > len(file.content):
            raise StatusError(NO_ROOM)
        self.pages_written += (offset + len(data) - 1) // PAGE - offset // PAGE + 1
        if self._power_left is not None and self._power_left < len(data):
            kept, self._power_left = self._power_left, None
            self.bytes_written += kept
            garbage = bytes(byte ^ 0xA5 for byte in data[kept : kept + _GARBAGE])
            file.content[offset : offset + kept + len(garbage)] = data[:kept] + garbage
            raise CardTorn
        if self._power_left is not None:
            self._power_left -= len(data)
        self.bytes_written += len(data)
        file.content[offset : offset + len(data)] = data

    def activate(self, role: Role) -> None:
        """03 or 04 → 05."""
        self._move(role, {LifeCycle.INITIALISATION, LifeCycle.DEACTIVATED}, LifeCycle.ACTIVATED)

    def deactivate(self, role: Role) -> None:
        """05 → 04."""
        self._move(role, {LifeCycle.ACTIVATED}, LifeCycle.DEACTIVATED)

    def terminate(self, role: Role) -> None:
        """Any → 0C, for ever."""
        self._move(role, set(LifeCycle), LifeCycle.TERMINATED)

    def contents(self) -> dict[int, bytes]:
        """Every file's content by file identifier, in the profile's order."""
        return {fid: bytes(self._files[fid].content) for fid in self._names if fid in self._files}

    def _may_change(self, role: Role) -> None:
        if self.life_cycle is LifeCycle.ACTIVATED and role in self.unlocked_for:
            return
        if role is not Role.PERSO:
            raise StatusError(SECURITY_NOT_SATISFIED)
        if self.life_cycle is LifeCycle.ACTIVATED:
            raise StatusError(CONDITIONS_NOT_SATISFIED)

    def _move(self, role: Role, sources: set[LifeCycle], target: LifeCycle) -> None:
        if role is not Role.PERSO:
            raise StatusError(SECURITY_NOT_SATISFIED)
        if self.life_cycle not in sources:
            raise StatusError(CONDITIONS_NOT_SATISFIED)
        self.pages_written += 1
        self.life_cycle = target
