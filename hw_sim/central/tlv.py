"""BER-TLV as ICAO 9303-10 and ISO/IEC 7816-11 use it (definite lengths)."""

from __future__ import annotations


def tlv(tag: int, *values: bytes) -> bytes:
    """One data object; the values are joined."""
    value = b"".join(values)
    if len(value) < 0x80:
        length = bytes([len(value)])
    else:
        octets = (len(value).bit_length() + 7) // 8
        length = bytes([0x80 | octets]) + len(value).to_bytes(octets, "big")
    return tag.to_bytes((tag.bit_length() + 7) // 8, "big") + length + value
