"""The language of the NextBiometrics NB-1010-U (USB 298d:1010), pure: commands to bytes, bytes to answers and pixels.

The maker publishes none of it. These facts were found by listening to the maker's own program and are published by
the libfprint project (`libfprint/drivers/nb1010.h` and `.c`, 2021); told here in our own words:

* Bulk OUT endpoint 2 takes commands, bulk IN endpoint 3 gives answers and pictures; interface 0.
* A command is 80, its code, a sequence number that the device does not judge, 00, its whole length (four bytes, low
  byte first), then its body. Where the number comes back is not told, so nothing here relies on it.
* An answer is one transfer of 16 bytes: 80, its code, … Command 38 (is a finger there?) is answered by 37, whose byte
  12 is above 60 hex while a finger lies there; 07 (are you there?) by 29; 13 (who are you?) by 23; 0d (prepare) and
  12 (capture) by 20.
* The body of 0d is 00 04 00 00; that of 12 is 02, nineteen 00, then 20 00 00 00. What they mean is not known.
* After the answer to 12 the picture comes as 90 transfers of 540 bytes: 25 bytes unknown, two lines of 256 grey
  pixels, 3 bytes unknown. Ridges are dark. Nothing known of these bytes numbers the transfers: a picture is
  whole if 90 came.
* The maker's data sheet gives 180 x 256 pixels on 11.9 mm x 16.9 mm, which is 385 pixels an inch.
"""

from __future__ import annotations

VENDOR, PRODUCT = 0x298D, 0x1010
OUT, IN = 0x02, 0x83
WIDTH, LINES, PPI = 256, 180, 385
ANSWER_BYTES, PACKET_BYTES, PACKETS = 16, 540, 90

_LEAD = 0x80
_HEADER, _PIXELS = 25, 2 * WIDTH
_TOUCH_AT, _TOUCHED = 12, 0x60

TOUCH, PREPARE, CAPTURE = 0x38, 0x0D, 0x12
_ANSWERS = {TOUCH: 0x37, PREPARE: 0x20, CAPTURE: 0x20}
_BODIES = {TOUCH: b"", PREPARE: bytes.fromhex("00040000"), CAPTURE: b"\x02" + bytes(19) + bytes.fromhex("20000000")}


class BadAnswer(ValueError):
    """The device sent what it should not; the text names sizes and codes, never pixels."""


def command(code: int, sequence: int) -> bytes:
    """One command, ready to be sent in one transfer; `code` is TOUCH, PREPARE or CAPTURE."""
    body = _BODIES[code]
    return bytes((_LEAD, code, sequence & 0xFF, 0)) + (8 + len(body)).to_bytes(4, "little") + body


def checked(answer: bytes, code: int) -> bytes:
    """The answer to the command of this code; raises BadAnswer for any other."""
    if len(answer) != ANSWER_BYTES:
        raise BadAnswer(f"{len(answer)} bytes in answer to {code:02x}")
    if answer[0] != _LEAD or answer[1] != _ANSWERS[code]:
        raise BadAnswer(f"{answer[0]:02x} {answer[1]:02x} in answer to {code:02x}")
    return answer


def is_answer(transfer: bytes) -> bool:
    """Whether a transfer has the shape of an answer, to whichever command; a piece of a picture never has."""
    return len(transfer) == ANSWER_BYTES and transfer[0] == _LEAD


def touch(answer: bytes) -> int:
    """How strongly the glass is touched, 0 to 255, from a checked answer to TOUCH."""
    return answer[_TOUCH_AT]


def touched(strength: int) -> bool:
    """Whether a touch of this strength is a finger."""
    return strength > _TOUCHED


def lines(packet: bytes) -> bytes:
    """The two lines of pixels of one transfer of a picture; raises BadAnswer for one of another size."""
    if len(packet) != PACKET_BYTES:
        raise BadAnswer(f"{len(packet)} bytes of a picture instead of {PACKET_BYTES}")
    return packet[_HEADER : _HEADER + _PIXELS]
