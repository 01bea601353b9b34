"""The bytes that an exchange with a device cannot do without, by calculation from the device's own document. Pure."""

from __future__ import annotations

from math import ceil

_ZFM_FRAME = 11
"""Start 2, address 4, kind 1, length 2, sum 2."""
_NB1010_ANSWER, _NB1010_PIECE, _NB1010_PIECES = 16, 540, 90
_NB1010_TOUCH, _NB1010_PREPARE, _NB1010_CAPTURE = 8, 12, 32


def apdu(command: bytes, answer_bytes: int) -> int:
    """A command, its answer and the status word (ISO/IEC 7816-4 §5.1)."""
    return len(command) + answer_bytes + 2


def zfm_picture(width: int, height: int, packet_bytes: int) -> int:
    """Take a picture, send it: two commands and two answers of one byte each, and four bits a pixel in packets."""
    picture = width * height // 2
    return 4 * (_ZFM_FRAME + 1) + picture + ceil(picture / packet_bytes) * _ZFM_FRAME


def nb1010_picture() -> int:
    """Is a finger there, prepare, capture: each with its answer; then the picture (`nb1010.c` of libfprint)."""
    commands = _NB1010_TOUCH + _NB1010_PREPARE + _NB1010_CAPTURE
    return commands + 3 * _NB1010_ANSWER + _NB1010_PIECES * _NB1010_PIECE


def signed_record(record_bytes: int) -> int:
    """A record in a JWS (RFC 7515 §3.1): base64url of its own within the payload, which is base64url again."""
    return base64url(base64url(record_bytes))


def base64url(size: int) -> int:
    """Characters without padding (RFC 4648 §5)."""
    return ceil(size * 4 / 3)


def relays(closed: tuple[bool, ...]) -> int:
    """Four bytes a relay there; one byte that asks, and of each `CHn:ON ` or `CHn:OFF ` with its line's end back."""
    return 4 * len(closed) + 1 + sum(len("CH1:ON \r\n") if one else len("CH1:OFF \r\n") for one in closed)
