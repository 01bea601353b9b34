"""How bright and how sharp a whole picture is, for a trial of the camera; a portrait is judged by its own rules."""

from __future__ import annotations

import io
from dataclasses import dataclass

from PIL import Image, ImageFilter, ImageStat

from appliance.faults import DeviceFault, FaultCode

_LAPLACIAN = ImageFilter.Kernel((3, 3), (0, 1, 0, 1, -4, 1, 0, 1, 0), scale=1, offset=128)
BURNT_FROM = 250
DARK, BRIGHT, BURNT, FLAT = 40.0, 220.0, 0.25, 20.0
"""Doubtful below, above, above and below: mean grey, mean grey, share of burnt-out pixels, sharpness.

An empty wall and a face out of focus have 6 to 9; noise of the sensor alone may have 50, so that eyes are asked too.
"""
MAX_PIXELS = 4096 * 3072


@dataclass(frozen=True, slots=True)
class StillMeasures:
    """Mean grey (0-255), variance of the Laplacian (clipped at ±128), and the share of burnt-out pixels (0-1)."""

    brightness: float
    sharpness: float
    burnt: float


def measured(jpeg: bytes) -> StillMeasures:
    """The measures of a JPEG; `camera.broken_frame` if it is none, or one of more than `MAX_PIXELS`."""
    try:
        with Image.open(io.BytesIO(jpeg), formats=["JPEG"]) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise DeviceFault(FaultCode.CAMERA_BROKEN_FRAME, "too many pixels")
            grey = picture.convert("L")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise DeviceFault(FaultCode.CAMERA_BROKEN_FRAME, "no whole JPEG") from error
    counts = grey.histogram()
    edges = ImageStat.Stat(grey.filter(_LAPLACIAN))
    return StillMeasures(ImageStat.Stat(grey).mean[0], edges.var[0], sum(counts[BURNT_FROM:]) / max(1, sum(counts)))


def doubt_of(found: StillMeasures) -> str:
    """What is wrong with it for certain: `dark`, `bright`, `burnt` or `flat` (blurred, or nothing in it); else ""."""
    if found.brightness < DARK:
        return "dark"
    if found.brightness > BRIGHT:
        return "bright"
    if found.burnt > BURNT:
        return "burnt"
    return "flat" if found.sharpness < FLAT else ""
