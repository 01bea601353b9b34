"""The child that holds the PC/SC handles; it knows frames and return codes, no deadlines and no faults.

Requests: `L` list readers, `P` name: card present?, `W` milliseconds(4) name: wait for a card, `C` name: connect,
`T` APDU: transmit, `R`: cold reset, `D`: disconnect, `F`: largest APDU data the reader takes (4 bytes, 0: not told),
`Q`: what became of the card (`C` it left or another came, `M` it lies there, `R` the reader left). It ends when its
standard input does.
"""

from __future__ import annotations

import struct
import time

from smartcard import scard

from appliance.drivers.framed_service import serve

_Reply = tuple[int, bytes]
_NOTICE_SECONDS = 0.6
"""pcscd looks for the card of a reader that does not tell by itself every 0.4 s."""
_EVENTS = 16
"""In `dwEventState` pcsc-lite counts the cards that came and went from this bit on."""
_FEATURE_REQUEST = 0x42000000 + 3400
_TLV_PROPERTIES, _LARGEST_DATA = 0x12, 0x0A
"""PC/SC part 10 §2.2, 2.6: CM_IOCTL_GET_FEATURE_REQUEST, FEATURE_GET_TLV_PROPERTIES, dwMaxAPDUDataSize."""
_PROTOCOLS = scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1


class _Reader:
    """The one context and the one card handle."""

    def __init__(self) -> None:
        self._context: int | None = None
        self._card: int | None = None
        self._protocol = 0
        self._name = ""
        self._events = 0

    def answer(self, letter: bytes, argument: bytes) -> _Reply:
        if self._context is None:
            code, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
            if code != scard.SCARD_S_SUCCESS:
                return code, b""
            self._context = context
        match letter:
            case b"L":
                code, names = scard.SCardListReaders(self._context, [])
                if code == scard.SCARD_E_NO_READERS_AVAILABLE:
                    return scard.SCARD_S_SUCCESS, b""
                return code, "\0".join(names).encode()
            case b"P":
                code, state = self._state(argument.decode(), scard.SCARD_STATE_UNAWARE, 0)
                return code, bytes([bool(state & scard.SCARD_STATE_PRESENT)])
            case b"W":
                return self._wait(argument[4:].decode(), struct.unpack(">I", argument[:4])[0]), b""
            case b"C":
                return self._connect(argument.decode())
            case b"T" if self._card is not None:
                code, data = scard.SCardTransmit(self._card, self._protocol, list(argument))
                return code, bytes(data)
            case b"R" if self._card is not None:
                return self._reset()
            case b"F" if self._card is not None:
                return scard.SCARD_S_SUCCESS, self._largest_data().to_bytes(4)
            case b"Q":
                return self._what_became()
            case b"D":
                return self._disconnect(), b""
            case _:
                return scard.SCARD_E_INVALID_HANDLE, b""

    def _state(self, name: str, known: int, milliseconds: int) -> tuple[int, int]:
        code, states = scard.SCardGetStatusChange(self._context, milliseconds, [(name, known)])
        return code, states[0][1] if states else 0

    def _wait(self, name: str, milliseconds: int) -> int:
        until = time.monotonic() + milliseconds / 1000
        code, state = self._state(name, scard.SCARD_STATE_UNAWARE, 0)
        while code == scard.SCARD_S_SUCCESS and not state & (scard.SCARD_STATE_PRESENT | scard.SCARD_STATE_UNKNOWN):
            left = until - time.monotonic()
            if left <= 0:
                break
            code, state = self._state(name, state & ~scard.SCARD_STATE_CHANGED, max(1, int(left * 1000)))
        return scard.SCARD_S_SUCCESS if code == scard.SCARD_E_TIMEOUT else code

    def _connect(self, name: str) -> _Reply:
        self._disconnect()
        code, card, protocol = scard.SCardConnect(self._context, name, scard.SCARD_SHARE_EXCLUSIVE, _PROTOCOLS)
        if code != scard.SCARD_S_SUCCESS:
            return code, b""
        self._card, self._protocol, self._name = card, protocol, name
        code, state = self._state(name, scard.SCARD_STATE_UNAWARE, 0)
        self._events = state >> _EVENTS
        if code != scard.SCARD_S_SUCCESS:
            self._disconnect()
            return code, b""
        return self._reset()

    def _reset(self) -> _Reply:
        code, self._protocol = scard.SCardReconnect(
            self._card, scard.SCARD_SHARE_EXCLUSIVE, _PROTOCOLS, scard.SCARD_UNPOWER_CARD
        )
        if code != scard.SCARD_S_SUCCESS:
            self._disconnect()
            return code, b""
        code, _, _, _, atr = scard.SCardStatus(self._card)
        return code, bytes(atr)

    def _what_became(self) -> _Reply:
        until = time.monotonic() + _NOTICE_SECONDS
        known = scard.SCARD_STATE_UNAWARE
        while True:
            left = max(0, int((until - time.monotonic()) * 1000))
            code, state = self._state(self._name, known, left)
            absent = scard.SCARD_STATE_UNKNOWN | scard.SCARD_STATE_UNAVAILABLE
            if code == scard.SCARD_E_UNKNOWN_READER or (code == scard.SCARD_S_SUCCESS and state & absent):
                return scard.SCARD_S_SUCCESS, b"R"
            if code not in (scard.SCARD_S_SUCCESS, scard.SCARD_E_TIMEOUT):
                return code, b""
            if not state & scard.SCARD_STATE_PRESENT or state >> _EVENTS != self._events:
                return scard.SCARD_S_SUCCESS, b"C"
            if not left:
                return scard.SCARD_S_SUCCESS, b"M"
            known = state & ~scard.SCARD_STATE_CHANGED

    def _largest_data(self) -> int:
        code, features = scard.SCardControl(self._card, _FEATURE_REQUEST, [])
        control = value_of(bytes(features), _TLV_PROPERTIES) if code == scard.SCARD_S_SUCCESS else b""
        if len(control) != 4:
            return 0
        code, properties = scard.SCardControl(self._card, int.from_bytes(control), [])
        return int.from_bytes(value_of(bytes(properties), _LARGEST_DATA), "little") if code == 0 else 0

    def _disconnect(self) -> int:
        card, self._card = self._card, None
        if card is None:
            return int(scard.SCARD_S_SUCCESS)
        return int(scard.SCardDisconnect(card, scard.SCARD_UNPOWER_CARD))


def value_of(tlvs: bytes, tag: int) -> bytes:
    """The value of the first object of this tag in one-byte tags and lengths; empty if there is none."""
    while len(tlvs) >= 2:
        if tlvs[0] == tag:
            return tlvs[2 : 2 + tlvs[1]]
        tlvs = tlvs[2 + tlvs[1] :]
    return b""


def main() -> None:
    """Answer frames from standard input on standard output until it ends."""
    reader = _Reader()

    def answer(frame: bytearray) -> bytes:
        code, data = reader.answer(bytes(frame[:1]), bytes(frame[1:]))
        return struct.pack(">I", code & 0xFFFFFFFF) + data

    serve(answer)
    reader.answer(b"D", b"")


if __name__ == "__main__":
    main()
