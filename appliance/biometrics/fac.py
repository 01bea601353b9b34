"""Face image records: ISO/IEC 19794-5:2005 §5, one face per record; writer and strict reader."""

from __future__ import annotations

import struct
from collections.abc import Collection
from dataclasses import dataclass, field
from enum import IntEnum

from appliance.biometrics.fir import BadRecord

MAGIC = b"FAC\x00010\x00"
MAX_SIDE = 4096
MAX_POINTS = 255

_HEADER = struct.Struct(">8sIH")
_FACE = struct.Struct(">IHBBB3sH3s3s")
_POINT = struct.Struct(">BBHHH")
_IMAGE = struct.Struct(">BBHHBBHH")
_MPEG4_POINT = 1
_GENDERS = frozenset({0, 1, 2, 0xFF})
_EYE_COLOURS = frozenset({*range(8), 0xFF})
_HAIR_COLOURS = frozenset({*range(10), 0xFF})
_FEATURES = 1 << 11
_EXPRESSIONS = 8
_VENDOR_EXPRESSIONS = 0x8000
_POSE, _UNCERTAINTY = 180, 181
_VENDOR = 128
"""Values of vendors begin here, for colour spaces and sources."""
_COLOUR_SPACES, _RGB24 = 5, 1
_SOURCES, _DIGITAL_CAMERA = 8, 2
_SOI, _SOS, _FRAMES = 0xD8, 0xDA, frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})


class Picture(IntEnum):
    """Image data type (§5.7.2)."""

    JPEG = 0
    JPEG2000 = 1


class FaceKind(IntEnum):
    """Face image type (§5.7.1): basic promises nothing of the scene, the two others their clauses 8 and 9."""

    BASIC = 0
    FULL_FRONTAL = 1
    TOKEN_FRONTAL = 2


@dataclass(frozen=True, slots=True, order=True)
class FeaturePoint:
    """A point of the face by its MPEG-4 name (12.1 is the subject's left eye), in pixels from the upper left."""

    major: int
    minor: int
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class FaceImage:
    """One face: what is promised of the scene, its size in pixels, the picture, and where its feature points lie."""

    kind: FaceKind
    width: int
    height: int
    picture: Picture
    data: bytes = field(repr=False)
    points: tuple[FeaturePoint, ...] = ()


def write(face: FaceImage) -> bytes:
    """The record of a picture taken with a digital camera, sRGB; what is not measured stands as unspecified.

    Raises BadRecord for what the reader would not take.
    """
    _check(face)
    points = b"".join(_POINT.pack(_MPEG4_POINT, one.major << 4 | one.minor, one.x, one.y, 0) for one in face.points)
    image = _IMAGE.pack(face.kind, face.picture, face.width, face.height, _RGB24, _DIGITAL_CAMERA, 0, 0) + face.data
    none = bytes(3)
    length = _FACE.size + len(points) + len(image)
    facial = _FACE.pack(length, len(face.points), 0, 0, 0, none, 0, none, none)
    return _HEADER.pack(MAGIC, _HEADER.size + length, 1) + facial + points + image


def read(record: bytes) -> FaceImage:
    """The face of a record; raises BadRecord unless every byte is one that the standard knows."""
    if len(record) < _HEADER.size + _FACE.size + _IMAGE.size:
        raise BadRecord("record: too short")
    magic, length, faces = _HEADER.unpack_from(record)
    if magic != MAGIC:
        raise BadRecord("record: not a face image record of 2005")
    if length != len(record):
        raise BadRecord("record: length does not agree")
    if faces != 1:
        raise BadRecord("record: not exactly one face")
    block, count, gender, eyes, hair, features, expression, pose, sure = _FACE.unpack_from(record, _HEADER.size)
    if block != length - _HEADER.size:
        raise BadRecord("face: length does not agree")
    _known("gender", gender, _GENDERS)
    _known("eye colour", eyes, _EYE_COLOURS)
    _known("hair colour", hair, _HAIR_COLOURS)
    if int.from_bytes(features) >= _FEATURES:
        raise BadRecord("face: reserved feature bits set")
    if _EXPRESSIONS <= expression < _VENDOR_EXPRESSIONS:
        raise BadRecord("face: unknown expression")
    if max(pose) > _POSE or max(sure) > _UNCERTAINTY:
        raise BadRecord("face: impossible pose")
    at = _HEADER.size + _FACE.size
    if count > MAX_POINTS or at + count * _POINT.size + _IMAGE.size > length:
        raise BadRecord("face: more feature points than it has room for")
    points = tuple(_point(record, at + one * _POINT.size) for one in range(count))
    at += count * _POINT.size
    kind, picture, width, height, colours, source, _, _ = _IMAGE.unpack_from(record, at)
    _known("face image type", kind, list(FaceKind))
    _known("image data type", picture, list(Picture))
    _known("colour space", colours, {*range(_COLOUR_SPACES), *range(_VENDOR, 256)})
    _known("source", source, {*range(_SOURCES), *range(_VENDOR, 256)})
    face = FaceImage(FaceKind(kind), width, height, Picture(picture), record[at + _IMAGE.size :], points)
    _check(face)
    return face


def _known(what: str, value: int, values: Collection[int]) -> None:
    if value not in values:
        raise BadRecord(f"face: unknown {what} {value}")


def _point(record: bytes, at: int) -> FeaturePoint:
    kind, code, x, y, reserved = _POINT.unpack_from(record, at)
    if kind != _MPEG4_POINT or reserved:
        raise BadRecord("feature point: not one of MPEG-4")
    return FeaturePoint(code >> 4, code & 15, x, y)


def _check(face: FaceImage) -> None:
    if not (0 < face.width <= MAX_SIDE and 0 < face.height <= MAX_SIDE):
        raise BadRecord(f"picture: {face.width} x {face.height} pixels; at most {MAX_SIDE} a side")
    if len(face.points) > MAX_POINTS:
        raise BadRecord("face: more feature points than it has room for")
    for one in face.points:
        if not (0 < one.major < 16 and 0 < one.minor < 16):
            raise BadRecord("feature point: no name of MPEG-4")
        if not (0 <= one.x < face.width and 0 <= one.y < face.height):
            raise BadRecord("feature point: outside the picture")
    size = jpeg_size(face.data) if face.picture is Picture.JPEG else _jpeg2000_size(face.data)
    if size is None:
        raise BadRecord(f"picture: not {face.picture.name}")
    if size != (face.width, face.height):
        raise BadRecord("picture: another size than the record says")


def jpeg_size(data: bytes) -> tuple[int, int] | None:
    """Width and height in the frame header of a JPEG (ISO/IEC 10918-1 §B.2.2); None for what is none."""
    if data[:2] != bytes((0xFF, _SOI)):
        return None
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF and data[at + 1] != _SOS:
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4])
        if marker in _FRAMES:
            height, width = struct.unpack_from(">HH", data, at + 5)
            return width, height
        if length < 2:
            return None
        at += 2 + length
    return None


def _jpeg2000_size(data: bytes) -> tuple[int, int] | None:
    """The same of a JPEG 2000 codestream (SIZ, ISO/IEC 15444-1 §A.5.1) or of a JP2 file (its image header box)."""
    if data.startswith(b"\xff\x4f\xff\x51") and len(data) >= 24:
        right, bottom, left, top = struct.unpack_from(">IIII", data, 8)
        return right - left, bottom - top
    header = data.find(b"ihdr", 0, 128)
    if data.startswith(b"\x00\x00\x00\x0cjP  \r\n\x87\n") and 0 < header <= len(data) - 12:
        height, width = struct.unpack_from(">II", data, header + 4)
        return width, height
    return None
