"""A strict reader of BER-TLV data objects (ISO/IEC 7816-4 §5.2.2, DER lengths): whole, minimal, nothing left over."""

from __future__ import annotations

from collections.abc import Iterator


class TlvError(ValueError):
    """The bytes are not what the standard allows; the message says where, never what."""


def element(data: bytes) -> tuple[int, bytes, bytes]:
    """The first data object: tag, value, and the bytes after it. Raises TlvError."""
    tag, start = _tag(data)
    length, start = _length(data, start)
    end = start + length
    if end > len(data):
        raise TlvError(f"object {tag:X} claims {length} bytes, {len(data) - start} are there")
    return tag, data[start:end], data[end:]


def elements(data: bytes) -> Iterator[tuple[int, bytes]]:
    """All data objects of a template's value, in order; raises TlvError."""
    while data:
        tag, value, data = element(data)
        yield tag, value


def only(data: bytes, tag: int) -> bytes:
    """The value of the one data object that `data` must be; raises TlvError."""
    found, value, rest = element(data)
    if found != tag or rest:
        raise TlvError(f"expected one object {tag:X}, found {found:X} with {len(rest)} bytes after it")
    return value


def members(data: bytes) -> dict[int, bytes]:
    """The data objects of a template's value by tag, none of them twice; raises TlvError."""
    found: dict[int, bytes] = {}
    for tag, value in elements(data):
        if tag in found:
            raise TlvError(f"object {tag:X} stands there twice")
        found[tag] = value
    return found


def _tag(data: bytes) -> tuple[int, int]:
    if not data:
        raise TlvError("no tag")
    if data[0] in (0x00, 0xFF):
        raise TlvError(f"{data[0]:02X} is no tag")
    if data[0] & 0x1F != 0x1F:
        return data[0], 1
    end = 2
    while len(data) >= end and data[end - 1] & 0x80:
        end += 1
    if len(data) < end or end > 3:
        raise TlvError("the tag is cut off or too long")
    # ICAO has two-byte tags with numbers that would fit one byte (5F0E): only leading zeros are refused.
    if data[1] == 0x80:
        raise TlvError("the tag is longer than need be")
    return int.from_bytes(data[:end]), end


def _length(data: bytes, start: int) -> tuple[int, int]:
    if len(data) <= start:
        raise TlvError("no length")
    first = data[start]
    if first < 0x80:
        return first, start + 1
    size = first & 0x7F
    if not 1 <= size <= 3:
        raise TlvError("the length is indefinite or too long")
    body = data[start + 1 : start + 1 + size]
    length = int.from_bytes(body)
    if len(body) < size or body[0] == 0 or length < 0x80:
        raise TlvError("the length is cut off or longer than need be")
    return length, start + 1 + size
