"""IPP as a client speaks it (RFC 8010 §3): requests to bytes, bytes to answers. No I/O."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

VALIDATE_JOB, CANCEL_JOB, GET_JOBS, GET_PRINTER_ATTRIBUTES = 4, 8, 10, 11

OPERATION_GROUP, JOB_GROUP, END_GROUP, PRINTER_GROUP = 1, 2, 3, 4
INTEGER, BOOLEAN, ENUM = 0x21, 0x22, 0x23
TEXT, NAME, KEYWORD, URI, CHARSET, LANGUAGE, MIME_TYPE = 0x41, 0x42, 0x44, 0x45, 0x47, 0x48, 0x49
_BEGIN_COLLECTION, _END_COLLECTION, _FIRST_VALUE_TAG = 0x34, 0x37, 0x10
_TEXT_WITH_LANGUAGE, _NAME_WITH_LANGUAGE = 0x35, 0x36

MAX_GROUPS = 10_000
"""CUPS keeps 500 jobs by default (`MaxJobs`), printers fewer; each costs a dictionary here."""

Value = int | bool | str | bytes
Field = tuple[int, str, Value | Sequence[Value]]
"""Value tag, attribute name, one value or several."""


class IppError(ValueError):
    """The bytes are no IPP answer."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A status code (RFC 8011 appendix B) and the groups behind it; collections are left out."""

    status: int
    groups: tuple[tuple[int, dict[str, tuple[Value, ...]]], ...]

    @property
    def ok(self) -> bool:
        """Whether the status is one of `successful-*`."""
        return self.status < 0x100

    def of(self, group: int) -> list[dict[str, tuple[Value, ...]]]:
        """All groups with this delimiter tag: one per job, or the one of the printer."""
        return [attributes for tag, attributes in self.groups if tag == group]


def _octets(tag: int, value: Value) -> bytes:
    if tag == BOOLEAN:
        return bytes([bool(value)])
    if isinstance(value, int):
        return value.to_bytes(4, "big", signed=True)
    return value if isinstance(value, bytes) else value.encode()


def _attribute(field: Field) -> bytes:
    tag, name, given = field
    values = [given] if isinstance(given, (int, str, bytes)) else given
    out = b""
    for index, value in enumerate(values):
        label, octets = (b"" if index else name.encode()), _octets(tag, value)
        out += struct.pack(f">BH{len(label)}sH", tag, len(label), label, len(octets)) + octets
    return out


def request(operation: int, request_id: int, fields: Sequence[Field], job_fields: Sequence[Field] = ()) -> bytes:
    """An IPP 1.1 request: charset and language first (RFC 8011 §4.1.4), then `fields`, then the job's template."""
    head = [(CHARSET, "attributes-charset", "utf-8"), (LANGUAGE, "attributes-natural-language", "en")]
    out = struct.pack(">BBHIB", 1, 1, operation, request_id, OPERATION_GROUP)
    out += b"".join(_attribute(field) for field in [*head, *fields])
    if job_fields:
        out += bytes([JOB_GROUP]) + b"".join(_attribute(field) for field in job_fields)
    return out + bytes([END_GROUP])


def _tokens(data: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Delimiters as (tag, empty, empty), values as (tag, name, octets), up to the end tag."""
    at = 8
    try:
        while (tag := data[at]) != END_GROUP:
            at += 1
            if tag < _FIRST_VALUE_TAG:
                yield tag, b"", b""
                continue
            parts = []
            for _ in range(2):
                (length,) = struct.unpack_from(">H", data, at)
                parts.append(data[at + 2 : at + 2 + length])
                if len(parts[-1]) != length:
                    raise IppError("the answer is torn")
                at += 2 + length
            yield tag, parts[0], parts[1]
    except (IndexError, struct.error) as error:
        raise IppError("the answer is torn") from error


def _value(tag: int, octets: bytes) -> Value:
    if tag in (INTEGER, ENUM):
        if len(octets) != 4:
            raise IppError(f"a number of {len(octets)} bytes")
        return int.from_bytes(octets, "big", signed=True)
    if tag == BOOLEAN:
        return octets != b"\x00"
    if tag in (_TEXT_WITH_LANGUAGE, _NAME_WITH_LANGUAGE):
        skipped = 2 + int.from_bytes(octets[:2], "big")
        return octets[skipped + 2 :].decode("utf-8", "replace")
    return octets.decode("utf-8", "replace") if 0x40 <= tag < 0x50 else octets


def answer(data: bytes) -> Answer:
    """The answer in these bytes; raises `IppError`."""
    if len(data) < 9:
        raise IppError("the answer is torn")
    groups: list[tuple[int, dict[str, list[Value]]]] = []
    name, depth = "", 0
    for tag, label, octets in _tokens(data):
        if tag < _FIRST_VALUE_TAG:
            if len(groups) >= MAX_GROUPS:
                raise IppError("more groups than any answer has")
            groups.append((tag, {}))
            name = ""
        elif tag == _BEGIN_COLLECTION:
            depth += 1
        elif tag == _END_COLLECTION:
            depth -= 1
        elif depth == 0:
            name = label.decode("utf-8", "replace") or name
            if not groups or not name:
                raise IppError("a value that belongs to nothing")
            if label:
                groups[-1][1][name] = []
            groups[-1][1].setdefault(name, []).append(_value(tag, octets))
    told = tuple((tag, {name: tuple(values) for name, values in said.items()}) for tag, said in groups)
    return Answer(int.from_bytes(data[2:4], "big"), told)
