"""Finger image records: ISO/IEC 19794-4:2005 §7, one live-scan view of each finger; writer and strict reader."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from enum import IntEnum

from appliance.biometrics.finger_port import NoFinger, png_header
from appliance.devices import FingerPosition

MAGIC = b"FIR\x00010\x00"
MAX_SIDE = 1600
"""Pixels of a single finger at 500 ppi; the largest area of the standard's table 5 has 800."""

_HEADER = struct.Struct(">8sHIHHBBHHHHBBH")
_VIEW = struct.Struct(">IBBBBBHHB")
_PPI, _PER_CM = 1, 2
_SCALES = {_PPI: 500, _PER_CM: 197}
_LEVELS = (30, 31)
"""Image acquisition settings of 500 ppi and 8 bits (table 1); 31 is for certified scanners, which we cannot know."""
_LIVE_SCAN = range(2)
"""Impression types (table 7): live-scan plain and live-scan rolled."""


class BadRecord(ValueError):
    """Bytes that are not the picture record they claim to be; the text names the first thing wrong."""


class Coding(IntEnum):
    """Image compression algorithm (table 3)."""

    RAW = 0
    RAW_PACKED = 1
    WSQ = 2
    JPEG = 3
    JPEG2000 = 4
    PNG = 5


_BEGINS: dict[Coding, tuple[bytes, ...]] = {
    Coding.WSQ: (b"\xff\xa0",),
    Coding.JPEG: (b"\xff\xd8\xff",),
    Coding.JPEG2000: (b"\x00\x00\x00\x0cjP  \r\n\x87\n", b"\xff\x4f\xff\x51"),
    Coding.PNG: (b"\x89PNG\r\n\x1a\n",),
}


@dataclass(frozen=True, slots=True)
class FingerView:
    """One finger: its quality (0-100), its size in pixels at 500 ppi and the picture in the record's coding."""

    position: FingerPosition
    quality: int
    width: int
    height: int
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class FingerImages:
    """What a record says: how all its pictures are coded (8-bit grey), and the fingers in its order."""

    coding: Coding
    fingers: tuple[FingerView, ...]


def view_of(position: FingerPosition, quality: int, png: bytes) -> FingerView:
    """The view of a finger whose PNG is kept as it is; raises BadRecord unless it is one of 8-bit grey."""
    try:
        width, height = png_header(png)
    except NoFinger as error:
        raise BadRecord(f"finger {position.code}: {error}") from error
    return FingerView(position, quality, width, height, png)


def write(images: FingerImages) -> bytes:
    """The record of plain live-scan pictures at 500 ppi; raises BadRecord for what the reader would not take."""
    _check_fingers(images)
    body = b"".join(
        _VIEW.pack(_VIEW.size + len(one.data), one.position.code, 1, 1, one.quality, 0, one.width, one.height, 0)
        + one.data
        for one in images.fingers
    )
    length = _HEADER.size + len(body)
    ppi = _SCALES[_PPI]
    header = _HEADER.pack(
        MAGIC, length >> 32, length & 0xFFFFFFFF, 0, _LEVELS[0], len(images.fingers), _PPI,
        ppi, ppi, ppi, ppi, 8, images.coding, 0,
    )  # fmt: skip
    return header + body


def read(record: bytes) -> FingerImages:
    """The fingers of a record, each once; raises BadRecord for any byte that the standard or 500 ppi do not allow."""
    if len(record) < _HEADER.size:
        raise BadRecord("record: too short")
    magic, high, low, _, level, count, unit, *scale, depth, coding, reserved = _HEADER.unpack_from(record)
    if magic != MAGIC:
        raise BadRecord("record: not a finger image record of 2005")
    if high << 32 | low != len(record):
        raise BadRecord("record: length does not agree")
    if level not in _LEVELS:
        raise BadRecord("record: acquisition level is not one of 500 ppi")
    if unit not in _SCALES or scale != [_SCALES[unit]] * 4:
        raise BadRecord("record: not 500 ppi")
    if depth != 8:
        raise BadRecord("record: not 8 bits a pixel")
    if coding not in list(Coding):
        raise BadRecord("record: unknown compression")
    if reserved:
        raise BadRecord("record: reserved bytes set")
    fingers, at = [], _HEADER.size
    for _ in range(count):
        view, at = _view(record, at)
        fingers.append(view)
    if at != len(record):
        raise BadRecord("record: something behind its last finger")
    images = FingerImages(Coding(coding), tuple(fingers))
    _check_fingers(images)
    return images


def _view(record: bytes, at: int) -> tuple[FingerView, int]:
    if at + _VIEW.size > len(record):
        raise BadRecord("record: fewer fingers than it says")
    length, position, views, number, quality, impression, width, height, reserved = _VIEW.unpack_from(record, at)
    if not 1 <= position <= 10:
        raise BadRecord(f"position {position}: not a single finger")
    if (views, number) != (1, 1):
        raise BadRecord(f"finger {position}: not exactly one view")
    if impression not in _LIVE_SCAN:
        raise BadRecord(f"finger {position}: not a live scan")
    if reserved:
        raise BadRecord(f"finger {position}: reserved byte set")
    if length <= _VIEW.size or at + length > len(record):
        raise BadRecord(f"finger {position}: length does not agree")
    data = record[at + _VIEW.size : at + length]
    return FingerView(list(FingerPosition)[position - 1], quality, width, height, data), at + length


def _check_fingers(images: FingerImages) -> None:
    if not 1 <= len(images.fingers) <= len(FingerPosition):
        raise BadRecord("record: one to ten fingers")
    if len({one.position for one in images.fingers}) != len(images.fingers):
        raise BadRecord("record: a finger stands twice")
    for one in images.fingers:
        _check_picture(images.coding, one)


def _check_picture(coding: Coding, one: FingerView) -> None:
    name = f"finger {one.position.code}"
    if not 0 <= one.quality <= 100:
        raise BadRecord(f"{name}: quality above 100")
    if not (0 < one.width <= MAX_SIDE and 0 < one.height <= MAX_SIDE):
        raise BadRecord(f"{name}: {one.width} x {one.height} pixels; at most {MAX_SIDE} a side")
    begins = _BEGINS.get(coding)
    if begins is None:
        if len(one.data) != one.width * one.height:
            raise BadRecord(f"{name}: raw picture of another size")
    elif not one.data.startswith(begins):
        raise BadRecord(f"{name}: picture is not {coding.name}")
    if coding is Coding.PNG and view_of(one.position, 0, one.data) != FingerView(
        one.position, 0, one.width, one.height, one.data
    ):
        raise BadRecord(f"{name}: PNG of another size")
