"""The key sets of one card: opening sessions with them, counting failures, rolling them by PUT KEY."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from hw_sim.apdu import (
    CONDITIONS_NOT_SATISFIED,
    KEY_BLOCKED,
    REFERENCE_NOT_FOUND,
    SECURITY_NOT_SATISFIED,
    WRONG_DATA,
    WRONG_LENGTH,
    WRONG_P1_P2,
    Command,
    StatusError,
)
from hw_sim.card_files import Role
from hw_sim.card_keys import READER
from hw_sim.scp03 import LEVEL_ALL, CardChannel, StaticKeys, check_value, decrypt_cbc, derive_session

FAILURES_ALLOWED = 10
_AUTHENTICATION_FAILED = 0x6300
_KEY_BLOCK = 3 + 16 + 1 + 3


@dataclass(slots=True)
class _KeySet:
    keys: StaticKeys
    failures: int = 0

    def refuse_if_blocked(self) -> None:
        if self.failures >= FAILURES_ALLOWED:
            raise StatusError(KEY_BLOCKED)


class KeySets:
    """Key sets by version, and the session that one of them has opened.

    A faulty chip `keeps_old` keys alive that PUT KEY should have replaced.
    """

    def __init__(self, uid: bytes, sets: Mapping[int, StaticKeys], random_bytes: Callable[[int], bytes]) -> None:
        self._uid = uid
        self._sets = {version: _KeySet(keys) for version, keys in sets.items()}
        self._random_bytes = random_bytes
        self._version = 0
        self._dek = b""
        self.channel: CardChannel | None = None
        self.keeps_old = False

    @property
    def versions(self) -> tuple[int, ...]:
        """The versions that are alive."""
        return tuple(sorted(self._sets))

    @property
    def role(self) -> Role:
        """Whom the open session speaks for."""
        if self.channel is None or not self.channel.is_open:
            return Role.STRANGER
        return Role.READER if self._version == READER else Role.PERSO

    def end_session(self) -> None:
        """Forget the session, opened or half opened."""
        self.channel = None
        self._dek = b""

    def initialize_update(self, command: Command) -> bytes:
        """Begin a session with the key set named in P1; 6A88 if there is none, 6983 if it is dead."""
        self.end_session()
        if command.p2 != 0:
            raise StatusError(WRONG_P1_P2)
        if len(command.data) != 8:
            raise StatusError(WRONG_LENGTH)
        key_set = self._find(command.p1)
        key_set.refuse_if_blocked()
        challenge = self._random_bytes(8)
        session = derive_session(key_set.keys, command.data, challenge)
        self._version, self._dek = command.p1, key_set.keys.dek
        self.channel = CardChannel(session)
        return self._uid.ljust(10, b"\0") + bytes([command.p1, 0x03, 0x60]) + challenge + session.card_cryptogram

    def external_authenticate(self, command: Command) -> None:
        """Open the session begun last; 6300 if the host does not know the keys, 6983 after ten such in a row."""
        if self.channel is None or self.channel.is_open:
            self.end_session()
            raise StatusError(CONDITIONS_NOT_SATISFIED)
        key_set = self._find(self._version)
        key_set.refuse_if_blocked()
        if (command.p1, command.p2) != (LEVEL_ALL, 0):
            self.end_session()
            raise StatusError(WRONG_P1_P2)
        if not self.channel.authenticate(command):
            key_set.failures += 1
            self.end_session()
            raise StatusError(_AUTHENTICATION_FAILED)
        key_set.failures = 0

    def put_key(self, command: Command) -> bytes:
        """Replace the session's key set in one atomic step; returns the new version and the keys' check values.

        6982 without a personalisation session, 6A88 if P1 is not its version, 6A80 if the data are malformed.
        """
        if self.role is not Role.PERSO:
            raise StatusError(SECURITY_NOT_SATISFIED)
        if command.p2 != 0x81:
            raise StatusError(WRONG_P1_P2)
        if command.p1 != self._version or command.p1 not in self._sets:
            raise StatusError(REFERENCE_NOT_FOUND)
        if len(command.data) != 1 + 3 * _KEY_BLOCK:
            raise StatusError(WRONG_DATA)
        version = command.data[0]
        if version == 0 or version == READER or version & 0x80:
            raise StatusError(WRONG_DATA)
        starts = range(1, 1 + 3 * _KEY_BLOCK, _KEY_BLOCK)
        keys = [self._take_key(command.data[start : start + _KEY_BLOCK]) for start in starts]
        if not self.keeps_old:
            del self._sets[command.p1]
        self._sets[version] = _KeySet(StaticKeys(*keys))
        return bytes([version]) + b"".join(check_value(key) for key in keys)

    def _take_key(self, block: bytes) -> bytes:
        if block[:3] != b"\x88\x11\x10" or block[19] != 3:
            raise StatusError(WRONG_DATA)
        key = decrypt_cbc(self._dek, bytes(16), block[3:19])
        if check_value(key) != block[20:]:
            raise StatusError(WRONG_DATA)
        return key

    def _find(self, version: int) -> _KeySet:
        if version not in self._sets:
            raise StatusError(REFERENCE_NOT_FOUND)
        return self._sets[version]
