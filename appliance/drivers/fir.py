"""Finger image records: ISO/IEC 19794-4:2011, strict reader of one representation, of a finger or of a slap."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum

from appliance.devices import FingerPosition

MAX_SIDE, MAX_SLAP_SIDE = 1600, 2000
SLAPS = {
    13: tuple(one for one in FingerPosition if one.startswith("right") and not one.endswith("thumb")),
    14: tuple(one for one in FingerPosition if one.startswith("left") and not one.endswith("thumb")),
    15: (FingerPosition.RIGHT_THUMB, FingerPosition.LEFT_THUMB),
}
"""Positions of several fingers in one picture (table 7): the plain four of each hand, both thumbs."""
_HEADER = struct.Struct(">4s4sIHBB")
_FIXED = struct.Struct(">I9sBHHB")
_PICTURE = struct.Struct(">BBBHHHHBBBHHI")


class BadRecord(ValueError):
    """Bytes that are not a finger image record; the text names the first thing wrong."""


class Coding(IntEnum):
    """Image compression algorithm (table 11)."""

    RAW = 0
    RAW_PACKED = 1
    WSQ = 2
    JPEG = 3
    JPEG2000_LOSSY = 4
    JPEG2000 = 5
    PNG = 6


@dataclass(frozen=True, slots=True)
class FingerPicture:
    """One picture as it stands in the record; `quality` is the first quality block's score, None if there is none.

    `fingers` are those that its position can show: one, or all of a slap.
    """

    fingers: tuple[FingerPosition, ...]
    width: int
    height: int
    ppi: int
    coding: Coding
    quality: int | None
    data: bytes


class _Cursor:
    def __init__(self, record: bytes, at: int) -> None:
        self.record, self.at = record, at

    def take(self, layout: struct.Struct) -> tuple[int, ...]:
        if self.at + layout.size > len(self.record):
            raise BadRecord("record cut off")
        values: tuple[int, ...] = layout.unpack_from(self.record, self.at)
        self.at += layout.size
        return values


_QUALITY = struct.Struct(">BHH")
_CERTIFICATION = struct.Struct(">HB")
_COUNT = struct.Struct(">B")


def read(record: bytes) -> FingerPicture:
    """The one picture of a record, 8-bit grey; raises BadRecord."""
    if len(record) < _HEADER.size:
        raise BadRecord("record cut off")
    magic, version, length, count, certified, positions = _HEADER.unpack_from(record)
    if magic != b"FIR\0" or version != b"020\0":
        raise BadRecord("not a finger image record of 2011")
    if length != len(record) or count != 1 or positions != 1 or certified > 1:
        raise BadRecord("not exactly one finger")
    cursor = _Cursor(record, _HEADER.size)
    own_length, *_, qualities = cursor.take(_FIXED)
    if own_length != len(record) - _HEADER.size:
        raise BadRecord("representation length does not agree")
    scores = [cursor.take(_QUALITY)[0] for _ in range(qualities)]
    if certified:
        (blocks,) = cursor.take(_COUNT)
        for _ in range(blocks):
            cursor.take(_CERTIFICATION)
    position, _, unit, _, _, across, down, depth, coding, _, width, height, size = cursor.take(_PICTURE)
    fingers = (list(FingerPosition)[position - 1],) if 1 <= position <= 10 else SLAPS.get(position, ())
    if not fingers:
        raise BadRecord("neither a single finger nor a slap")
    most = MAX_SIDE if len(fingers) == 1 else MAX_SLAP_SIDE
    if unit not in (1, 2) or across != down:
        raise BadRecord("impossible scale")
    if not (0 < width <= most and 0 < height <= most) or depth != 8 or coding not in list(Coding):
        raise BadRecord("impossible picture")
    if size != len(record) - cursor.at:
        raise BadRecord("picture length does not agree")
    ppi = across if unit == 1 else round(across * 2.54)
    quality = scores[0] if scores and scores[0] <= 100 else None
    return FingerPicture(fingers, width, height, ppi, Coding(coding), quality, record[cursor.at :])
