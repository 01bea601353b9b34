"""The simulated key card (SAM) that opens sessions with cards and never gives its master keys away."""

from __future__ import annotations

import hmac

from hw_sim.apdu import (
    CONDITIONS_NOT_SATISFIED,
    KEY_BLOCKED,
    NOT_FOUND,
    OK,
    REFERENCE_NOT_FOUND,
    SECURE_MESSAGING_WRONG,
    SECURITY_NOT_SATISFIED,
    UNKNOWN_CLA,
    UNKNOWN_INS,
    WRONG_LENGTH,
    WRONG_P1_P2,
    Command,
    StatusError,
    parse,
)
from hw_sim.card_keys import MasterKeys
from hw_sim.scp03 import StaticKeys, check_value, derive_session, encrypt_cbc

SAM_AID = bytes.fromhex("F04B545053414D01")
PIN_TRIES = 5


def _with_check_byte(atr: bytes) -> bytes:
    """The ATR with TCK (ISO/IEC 7816-3 §8.2.5), needed as soon as T=1 is offered."""
    check = 0
    for byte in atr[1:]:
        check ^= byte
    return atr + bytes([check])


class KeyCard:
    """A contact card with T=1, the key sets' masters and a PIN of 4 to 8 digits.

    It has no UID: asking for one is a contactless matter.
    """

    atr = _with_check_byte(bytes.fromhex("3BD896FF8131FE45") + b"SIAGASAM")
    uid = b""
    pages_written = 0

    def __init__(self, masters: MasterKeys, pin: str) -> None:
        self._masters = masters
        self._pin = pin.encode("ascii").ljust(8, b"\xff")
        self.tries = PIN_TRIES
        """Wrong PINs that it still bears; the centre alone gives them back."""
        self._verified = False
        self._selected = False

    def reset(self) -> None:
        """Power on or reset: the PIN must be shown again, the tries stay counted."""
        self._verified = False
        self._selected = False

    def process(self, apdu: bytes) -> bytes:
        """Answer one command APDU."""
        try:
            return self._process(parse(apdu)) + OK.to_bytes(2, "big")
        except StatusError as refusal:
            return refusal.sw.to_bytes(2, "big")

    def _process(self, command: Command) -> bytes:
        if (command.cla, command.ins, command.p1) == (0x00, 0xA4, 0x04):
            return self._select(command)
        if not self._selected:
            raise StatusError(CONDITIONS_NOT_SATISFIED)
        match command.cla, command.ins:
            case 0x00, 0x20:
                return self._verify(command)
            case 0x80, 0x10:
                return self._open_session(command)
            case 0x80, 0x12:
                return self._wrap_keys(command)
            case ((0x00 | 0x80), _):
                raise StatusError(UNKNOWN_INS)
            case _:
                raise StatusError(UNKNOWN_CLA)

    def _select(self, command: Command) -> bytes:
        if command.data != SAM_AID:
            raise StatusError(NOT_FOUND)
        self._selected = True
        return b""

    def _verify(self, command: Command) -> bytes:
        command.expects(0x00, 0x01)
        if self.tries == 0:
            raise StatusError(KEY_BLOCKED)
        if len(command.data) != 8:
            raise StatusError(WRONG_LENGTH)
        if not hmac.compare_digest(command.data, self._pin):
            self._verified = False
            self.tries -= 1
            raise StatusError(0x63C0 | self.tries)
        self.tries = PIN_TRIES
        self._verified = True
        return b""

    def _open_session(self, command: Command) -> bytes:
        self._refuse_stranger()
        if command.p2 != 0:
            raise StatusError(WRONG_P1_P2)
        if len(command.data) != 31:
            raise StatusError(WRONG_LENGTH)
        uid, host, card, cryptogram = (command.data[a:b] for a, b in ((0, 7), (7, 15), (15, 23), (23, 31)))
        session = derive_session(self._card_keys(command.p1, uid), host, card)
        if not hmac.compare_digest(cryptogram, session.card_cryptogram):
            raise StatusError(SECURE_MESSAGING_WRONG)
        return session.enc + session.mac + session.rmac + session.host_cryptogram

    def _wrap_keys(self, command: Command) -> bytes:
        self._refuse_stranger()
        if len(command.data) != 7:
            raise StatusError(WRONG_LENGTH)
        new = self._card_keys(command.p1, command.data)
        dek = self._card_keys(command.p2, command.data).dek
        blocks = (
            b"\x88\x11\x10" + encrypt_cbc(dek, bytes(16), key) + b"\x03" + check_value(key)
            for key in (new.enc, new.mac, new.dek)
        )
        return bytes([command.p1]) + b"".join(blocks)

    def _card_keys(self, version: int, uid: bytes) -> StaticKeys:
        if version not in self._masters.sets:
            raise StatusError(REFERENCE_NOT_FOUND)
        return self._masters.for_card(version, uid)

    def _refuse_stranger(self) -> None:
        if not self._verified:
            raise StatusError(SECURITY_NOT_SATISFIED)
