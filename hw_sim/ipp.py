"""The Internet Printing Protocol's binary form (RFC 8010 §3): messages to bytes and back."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum


class Tag(IntEnum):
    """Delimiter and value tags (RFC 8010 §3.5)."""

    OPERATION = 0x01
    JOB = 0x02
    END = 0x03
    PRINTER = 0x04
    UNSUPPORTED = 0x05
    NO_VALUE = 0x13
    INTEGER = 0x21
    BOOLEAN = 0x22
    ENUM = 0x23
    OCTETS = 0x30
    DATE = 0x31
    RESOLUTION = 0x32
    RANGE = 0x33
    COLLECTION = 0x34
    END_COLLECTION = 0x37
    TEXT = 0x41
    NAME = 0x42
    KEYWORD = 0x44
    URI = 0x45
    CHARSET = 0x47
    LANGUAGE = 0x48
    MIME_TYPE = 0x49
    MEMBER = 0x4A


class Malformed(ValueError):
    """The bytes are no IPP message."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """A name's values under one tag.

    Values are int (integer, enum), bool, tuple of ints (range: low, high; resolution: x, y, unit 3 = dpi),
    dict of member name to `Attribute` (collection), str, or bytes for everything else.
    """

    tag: int
    values: tuple[object, ...]

    @property
    def first(self) -> object:
        """The first value; None if there is none."""
        return self.values[0] if self.values else None


Attributes = Mapping[str, Attribute]
Group = tuple[int, Attributes]


@dataclass(frozen=True, slots=True)
class Message:
    """A request (`code` is an operation) or an answer (`code` is a status)."""

    code: int
    request_id: int
    groups: tuple[Group, ...] = ()
    version: tuple[int, int] = (2, 0)
    data: bytes = field(default=b"", repr=False)

    def attribute(self, name: str) -> Attribute | None:
        """The first attribute of this name in any group."""
        return next((attributes[name] for _, attributes in self.groups if name in attributes), None)

    def text(self, name: str, default: str = "") -> str:
        """The first value of this name if it is text."""
        found = self.attribute(name)
        return found.first if found is not None and isinstance(found.first, str) else default

    def number(self, name: str, default: int = 0) -> int:
        """The first value of this name if it is a number."""
        found = self.attribute(name)
        return found.first if found is not None and isinstance(found.first, int) else default


def of(tag: Tag, *values: object) -> Attribute:
    """An attribute with these values."""
    return Attribute(tag, values)


def _value(tag: int, value: object) -> bytes:
    if isinstance(value, bool):
        return b"\x01" if value else b"\x00"
    if isinstance(value, int):
        return struct.pack(">i", value)
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, bytes):
        return value
    if isinstance(value, tuple):
        return struct.pack(">iib" if tag == Tag.RESOLUTION else ">ii", *value)
    raise TypeError(f"no IPP form for {type(value).__name__} under tag {tag:#x}")


def _field(tag: int, name: bytes, value: bytes) -> bytes:
    return struct.pack(">BH", tag, len(name)) + name + struct.pack(">H", len(value)) + value


def _encode_attribute(name: str, attribute: Attribute) -> bytes:
    out = bytearray()
    label = name.encode()
    for value in attribute.values:
        if attribute.tag == Tag.COLLECTION and isinstance(value, Mapping):
            out += _field(Tag.COLLECTION, label, b"")
            for member, content in value.items():
                out += _field(Tag.MEMBER, b"", member.encode())
                out += _encode_attribute("", content)
            out += _field(Tag.END_COLLECTION, b"", b"")
        else:
            out += _field(attribute.tag, label, _value(attribute.tag, value))
        label = b""
    return bytes(out)


def encode(message: Message) -> bytes:
    """The message's bytes, document data last."""
    out = bytearray(struct.pack(">BBHI", *message.version, message.code, message.request_id))
    for tag, attributes in message.groups:
        out.append(tag)
        for name, attribute in attributes.items():
            out += _encode_attribute(name, attribute)
    out.append(Tag.END)
    return bytes(out) + message.data


class _Bytes:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self.at = 0

    def take(self, count: int) -> bytes:
        if self.at + count > len(self._data):
            raise Malformed(f"ends at byte {len(self._data)}, {count} more expected at {self.at}")
        self.at += count
        return self._data[self.at - count : self.at]

    def field(self) -> tuple[bytes, bytes]:
        name = self.take(int.from_bytes(self.take(2), "big"))
        return name, self.take(int.from_bytes(self.take(2), "big"))

    def rest(self) -> bytes:
        return self._data[self.at :]


_FIXED = {
    Tag.INTEGER: ">i",
    Tag.ENUM: ">i",
    Tag.RANGE: ">ii",
    Tag.RESOLUTION: ">iib",
    Tag.BOOLEAN: ">B",
}


def _decode_value(source: _Bytes, tag: int, raw: bytes) -> object:
    if tag == Tag.COLLECTION:
        return _decode_collection(source)
    if tag in _FIXED:
        form = _FIXED[Tag(tag)]
        if len(raw) != struct.calcsize(form):
            raise Malformed(f"{len(raw)} bytes under tag {tag:#x}")
        numbers = struct.unpack(form, raw)
        if tag == Tag.BOOLEAN:
            return bool(numbers[0])
        return numbers[0] if len(numbers) == 1 else numbers
    if 0x40 <= tag <= 0x4F:
        try:
            return raw.decode()
        except UnicodeDecodeError as error:
            raise Malformed(f"not UTF-8 under tag {tag:#x}") from error
    return raw


def _decode_collection(source: _Bytes) -> dict[str, Attribute]:
    members: dict[str, Attribute] = {}
    member: str | None = None
    while True:
        tag = source.take(1)[0]
        _, raw = source.field()
        if tag == Tag.END_COLLECTION:
            return members
        if tag == Tag.MEMBER:
            member = raw.decode("utf-8", "replace")
            continue
        if member is None or tag < 0x10:
            raise Malformed("a collection value without a member name")
        value = _decode_value(source, tag, raw)
        before = members.get(member)
        members[member] = Attribute(before.tag if before else tag, (*(before.values if before else ()), value))


def decode(data: bytes) -> Message:
    """The message in these bytes; raises `Malformed`."""
    source = _Bytes(data)
    major, minor, code, request_id = struct.unpack(">BBHI", source.take(8))
    groups: list[tuple[int, dict[str, Attribute]]] = []
    name = ""
    while (tag := source.take(1)[0]) != Tag.END:
        if tag < 0x10:
            groups.append((tag, {}))
            name = ""
            continue
        label, raw = source.field()
        if not groups:
            raise Malformed("an attribute outside a group")
        try:
            name = label.decode() if label else name
        except UnicodeDecodeError as error:
            raise Malformed("an attribute name is not UTF-8") from error
        if not name:
            raise Malformed("a value without a name")
        value = _decode_value(source, tag, raw)
        attributes = groups[-1][1]
        before = attributes.get(name) if not label else None
        attributes[name] = Attribute(before.tag if before else tag, (*(before.values if before else ()), value))
    return Message(code, request_id, tuple(groups), (major, minor), source.rest())
