"""Finger minutiae records: ISO/IEC 19794-2:2005 §7, one finger view per record; writer and strict reader."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from appliance.biometrics.minutiae import BadTemplate, Kind, Minutia, Template
from appliance.devices import FingerPosition

MAGIC = b"FMR\0 20\0"
PIXELS_PER_CM = 197
"""500 ppi as the record counts it."""

_HEADER = struct.Struct(">8sIHHHHHBB")
_VIEW = struct.Struct(">BBBB")
_POINT = struct.Struct(">HHBB")
_ANGLE = 360 / 256


@dataclass(frozen=True, slots=True)
class FingerRecord:
    """What a record says: which finger, its quality (0-100, 0 unknown) and its minutiae."""

    position: FingerPosition
    quality: int
    template: Template


def write(position: FingerPosition, quality: int, template: Template) -> bytes:
    """The record of one live-scan plain impression, at most 255 minutiae; raises ValueError beyond that."""
    points = template.minutiae
    if len(points) > 255:
        raise ValueError("a finger view holds at most 255 minutiae")
    length = _HEADER.size + _VIEW.size + len(points) * _POINT.size + 2
    header = _HEADER.pack(MAGIC, length, 0, template.width, template.height, PIXELS_PER_CM, PIXELS_PER_CM, 1, 0)
    body = b"".join(
        _POINT.pack(one.kind << 14 | one.x, one.y, round(one.angle / _ANGLE) % 256, one.quality) for one in points
    )
    return header + _VIEW.pack(position.code, 0, quality, len(points)) + body + b"\0\0"


def read(record: bytes) -> FingerRecord:
    """The finger of a record; raises BadTemplate unless every byte is as the standard and 500 ppi demand."""
    if len(record) < _HEADER.size + _VIEW.size + 2:
        raise BadTemplate("record: too short")
    magic, length, _, width, height, across, down, views, reserved = _HEADER.unpack_from(record)
    if magic != MAGIC:
        raise BadTemplate("record: not a finger minutiae record of 2005")
    if length != len(record):
        raise BadTemplate("record: length does not agree")
    if (across, down) != (PIXELS_PER_CM, PIXELS_PER_CM):
        raise BadTemplate("record: not 500 ppi")
    if views != 1 or reserved:
        raise BadTemplate("record: not exactly one finger view")
    if not 0 < width < 1 << 14 or not 0 < height < 1 << 14:
        raise BadTemplate("record: impossible picture size")
    position, impression, quality, count = _VIEW.unpack_from(record, _HEADER.size)
    if not 1 <= position <= 10 or impression >> 4:
        raise BadTemplate("view: not one finger")
    if quality > 100:
        raise BadTemplate("view: quality above 100")
    start = _HEADER.size + _VIEW.size
    if length != start + count * _POINT.size + 2 or record[-2:] != b"\0\0":
        raise BadTemplate("view: minutiae count does not agree, or extended data present")
    points = []
    for index in range(count):
        across, down, angle, point_quality = _POINT.unpack_from(record, start + index * _POINT.size)
        points.append(_point(across, down, angle, point_quality, width, height))
    return FingerRecord(list(FingerPosition)[position - 1], quality, Template(width, height, tuple(points)))


def _point(across: int, down: int, angle: int, quality: int, width: int, height: int) -> Minutia:
    kind, x = across >> 14, across & 0x3FFF
    if kind == 3 or down >> 14:
        raise BadTemplate("minutia: reserved bits set")
    if x >= width or down >= height:
        raise BadTemplate("minutia: outside the picture")
    if quality > 100:
        raise BadTemplate("minutia: quality above 100")
    return Minutia(x, down, round(angle * _ANGLE) % 360, Kind(kind), quality)
