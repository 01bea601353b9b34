"""Bytes in the 45 letters of a QR code's alphanumeric mode (RFC 9285); one spelling for each content. Pure."""

from __future__ import annotations

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
"""RFC 9285 §4.2, the order of ISO/IEC 18004 table 5."""
_VALUES = {letter: value for value, letter in enumerate(ALPHABET)}


def encode(data: bytes) -> str:
    """Three letters for each two bytes, two for a last one alone."""
    letters = []
    for at in range(0, len(data), 2):
        pair = data[at : at + 2]
        value = int.from_bytes(pair, "big")
        for _ in range(len(pair) + 1):
            value, letter = divmod(value, 45)
            letters.append(ALPHABET[letter])
    return "".join(letters)


def decode(text: str) -> bytes:
    """The bytes of a text that `encode` could have made; raises ValueError for any other, without its content."""
    if len(text) % 3 == 1:
        raise ValueError(f"no bytes have {len(text)} letters")
    data = bytearray()
    for at in range(0, len(text), 3):
        group, value = text[at : at + 3], 0
        for letter in reversed(group):
            if letter not in _VALUES:
                raise ValueError(f"letter {at} to {at + len(group)}: none of the 45")
            value = value * 45 + _VALUES[letter]
        size = len(group) - 1
        if value >> (8 * size):
            raise ValueError(f"letter {at} to {at + len(group)}: more than {size} bytes hold")
        data += value.to_bytes(size, "big")
    return bytes(data)
