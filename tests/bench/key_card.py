"""The key card against raw pyscard: the same command to the same card over the same pcscd.

`chip` runs it on its own reader: libpcsclite takes the way to its service once for a whole process.
"""

from __future__ import annotations

from collections.abc import Iterator

from card_bytes import CountedCard
from needs import apdu
from rows import Row, in_turn, seconds
from smartcard import scard

from appliance.drivers.secure_access_module import open_secure_access_module
from hw_sim.card_keys import FACTORY, ISSUED
from hw_sim.card_station import SAM_PIN, CardStation

LIMIT = 1.15
WRAPS, ROUNDS = 20, 7


def rows_of(station: CardStation, counted: CountedCard) -> Iterator[Row]:
    """New keys for a card, from the key card at the speed of life; `counted` is that key card."""
    station.world.speed = 1.0
    uid = station.blank().uid
    command = bytes((0x80, 0x12, ISSUED, FACTORY, len(uid))) + uid + b"\0"
    _wrapped(station, uid)  # waits until the reader knows of the card
    ours, floor = in_turn(lambda: _wrapped(station, uid), lambda: _raw(station, command), ROUNDS)
    module = open_secure_access_module(station.secure_access_module_uri, SAM_PIN)
    module.open()
    before = counted.count
    made = module.wrap_keys(ISSUED, uid)
    sent = counted.count - before
    module.close()
    station.world.speed = 0.0
    yield Row("key card: new keys for a card", ours * 1000, floor * 1000, "ms", LIMIT)
    yield Row("key card: bytes of that command and its answer, at the card", sent, apdu(command, len(made)), "B")


def _wrapped(station: CardStation, uid: bytes) -> float:
    module = open_secure_access_module(station.secure_access_module_uri, SAM_PIN)
    module.open()
    try:
        return seconds(lambda: [module.wrap_keys(ISSUED, uid) for _ in range(WRAPS)]) / WRAPS
    finally:
        module.close()


def _raw(station: CardStation, command: bytes) -> float:
    _, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
    both = scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
    name = station.pcscd.reader_name(1)
    code, card, protocol = scard.SCardConnect(context, name, scard.SCARD_SHARE_EXCLUSIVE, both)
    assert code == scard.SCARD_S_SUCCESS, scard.SCardGetErrorMessage(code)
    pin = SAM_PIN.encode().ljust(8, b"\xff")

    def said(one: bytes) -> bytes:
        return bytes(scard.SCardTransmit(card, protocol, list(one))[1])

    try:
        assert said(bytes.fromhex("00A4040C08F04B545053414D01")) == b"\x90\0"
        assert said(b"\0\x20\0\x01\x08" + pin) == b"\x90\0"
        return seconds(lambda: [said(command) for _ in range(WRAPS)]) / WRAPS
    finally:
        scard.SCardDisconnect(card, scard.SCARD_UNPOWER_CARD)
        scard.SCardReleaseContext(context)
