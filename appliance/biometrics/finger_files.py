"""Finger pictures and records as files hold them: what one is and whether it can be used, before anything decodes it.

PNG (ISO/IEC 15948), WSQ (FBI IAFIS-IC-0110), finger minutiae record (ISO/IEC 19794-2:2005), finger image record
(ISO/IEC 19794-4:2005).
"""

from __future__ import annotations

import io
import struct
from enum import StrEnum

from PIL import Image

from appliance.biometrics import fir, fmr
from appliance.biometrics.finger_port import NoFinger, bounded, png_size

WHOLE_PPI = 500
_ROUNDING = 0.02
"""pHYs counts whole pixels a metre, and some scanners are a little off."""


class Kind(StrEnum):
    """What a file is by its first bytes."""

    PNG = "png"
    WSQ = "wsq"
    RECORD = "record"
    IMAGES = "images"


_BEGINS = {Kind.PNG: b"\x89PNG\r\n\x1a\n", Kind.WSQ: b"\xff\xa0", Kind.RECORD: fmr.MAGIC, Kind.IMAGES: fir.MAGIC}


def kind_of(data: bytes) -> Kind:
    """PNG, WSQ, minutiae or image record; raises NoFinger for anything else."""
    for kind, magic in _BEGINS.items():
        if data.startswith(magic):
            return kind
    raise NoFinger("neither PNG nor WSQ nor a finger record of 2005")


def check_png(picture: bytes) -> None:
    """Raises NoFinger unless a PNG is grey, within the bounds, whole, and of 500 ppi as far as it says."""
    png_size(picture)
    at, ended = 8, False
    while not ended:
        if at + 12 > len(picture):
            raise NoFinger("the PNG is cut off")
        length, name = struct.unpack_from(">I4s", picture, at)
        if name == b"pHYs" and length == 9 and at + 17 <= len(picture):
            across, down, unit = struct.unpack_from(">IIB", picture, at + 8)
            _check_resolution(across, down, unit)
        ended = name == b"IEND"
        at += 12 + length


def _check_resolution(across: int, down: int, unit: int) -> None:
    if unit != 1:  # a shape of pixels, no scale
        return
    for metre in (across, down):
        ppi = metre * 0.0254
        if abs(ppi - WHOLE_PPI) > _ROUNDING * WHOLE_PPI:
            raise NoFinger(f"{ppi:.0f} ppi; {WHOLE_PPI} are needed")


def check_wsq(picture: bytes) -> None:
    """Raises NoFinger unless the frame header of a WSQ file names a size within the bounds."""
    at = 2
    while at + 4 <= len(picture):
        marker, length = struct.unpack_from(">HH", picture, at)
        if marker == 0xFFA2 and at + 10 <= len(picture):
            lines, samples = struct.unpack_from(">HH", picture, at + 6)
            bounded(samples, lines, len(picture))
            return
        if marker >> 8 != 0xFF or length < 2:
            break
        at += 2 + length
    raise NoFinger("the WSQ file has no frame header")


def the_one_picture(record: bytes) -> bytes:
    """The picture of a finger image record with one finger, as PNG or WSQ; raises NoFinger, fir.BadRecord."""
    images = fir.read(record)
    if len(images.fingers) != 1:
        raise NoFinger(f"a record of {len(images.fingers)} fingers; one is needed")
    (one,) = images.fingers
    if images.coding in {fir.Coding.PNG, fir.Coding.WSQ}:
        return one.data
    if images.coding in {fir.Coding.JPEG, fir.Coding.JPEG2000}:
        raise NoFinger(f"a picture coded as {images.coding.name}, which is not read here")
    bounded(one.width, one.height, len(one.data))
    out = io.BytesIO()
    Image.frombytes("L", (one.width, one.height), one.data).save(out, "PNG")
    return out.getvalue()
