"""Which bytes between reader process and card may be written down: commands and status words, and no content but
that of the few commands which never carry any of a person, a PIN or a key."""

from __future__ import annotations

from appliance.drivers.wire_log import NOTHING

_TRANSMIT = b"T"
_HEADER = 1 + 5
"""The letter of the request, then CLA INS P1 P2 and the length (ISO/IEC 7816-4 §5.1)."""
_CODE, _SW = 4, 2
"""Before the card's answer stands the PC/SC return code, at its end the status word."""
_OPEN_INSTRUCTIONS = frozenset(
    {
        0xA4,  # SELECT: names and sizes of files
        0x84,  # GET CHALLENGE: a random number
        0x50,  # INITIALIZE UPDATE: random numbers, and a proof made of them
    }
)
_READER = 0xFF
"""The class of what the reader itself answers (PC/SC part 3 §3.2): the UID."""


def hidden_in_request(request: bytes) -> slice:
    """The data of a command, unless its instruction is one of the open ones."""
    return NOTHING if _open(request) else slice(_HEADER, None)


def hidden_in_reply(request: bytes) -> slice:
    """The data of the answer to this request, unless its instruction is one of the open ones."""
    return NOTHING if _open(request) else slice(_CODE, -_SW)


def _open(request: bytes) -> bool:
    if request[:1] != _TRANSMIT:
        return True
    apdu = request[1:]
    return apdu[:1] == bytes([_READER]) or (len(apdu) > 1 and apdu[1] in _OPEN_INSTRUCTIONS)
