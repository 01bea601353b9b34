"""A picture as libfprint hands it out (`FpImage`): its size, its scale, whether it is whole."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from appliance.drivers import nb1010

MOST_PIXELS = 5000 * 5000
"""What libfprint itself takes for the largest picture that can be real."""
KNOWN_PPI = {"nb1010": nb1010.PPI}
"""libfprint's drivers of which the scale is published though they do not tell it."""
LEAST_PPI, MOST_PPI = 200, 1200

_HEAD = struct.Struct(">IId")
_EMPTY_SHARE = 8


class BadPicture(ValueError):
    """What came is no whole picture."""


@dataclass(frozen=True, slots=True)
class RawPicture:
    """8-bit grey lines, ridges dark; `ppi` is what libfprint says of the scale, 0 if it says nothing."""

    width: int
    height: int
    ppi: int
    grey: bytes


def raw_picture(data: bytes) -> RawPicture:
    """The picture of a reply: width(4), height(4), pixels per millimetre (8, a double), grey; raises BadPicture.

    libfprint fills what a reader did not send with 0, which is the colour of ridges: a picture with an eighth of
    its lines so at the top or the bottom is not whole.
    """
    if len(data) < _HEAD.size:
        raise BadPicture("no picture")
    width, height, ppmm = _HEAD.unpack_from(data)
    grey = data[_HEAD.size :]
    if not 0 < width * height <= MOST_PIXELS or len(grey) != width * height:
        raise BadPicture(f"{len(grey)} pixels for {width} × {height}")
    ppi = round(ppmm * 25.4) if 0 < ppmm < MOST_PPI else 0
    edge = bytes(width * max(1, height // _EMPTY_SHARE))
    if grey.startswith(edge) or grey.endswith(edge):
        raise BadPicture("a part of the picture is missing")
    return RawPicture(width, height, ppi, grey)


def scale(driver: str, told: int, named: int) -> int:
    """Pixels an inch: what the configuration names, else libfprint tells, else is published; 0 for unknown."""
    return named or told or KNOWN_PPI.get(driver, 0)
