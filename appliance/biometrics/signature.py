"""A signature as the chip, the card and the centre want it: the pen's strokes drawn as a one-bit picture."""

from __future__ import annotations

import io
from collections.abc import Sequence
from itertools import pairwise

from PIL import Image, ImageDraw

from appliance.devices import Stroke
from appliance.faults import DeviceFault, FaultCode

WIDTH, HEIGHT, MARGIN = 300, 120, 6
_FINER = 4
MIN_EXTENT_MM = 5.0
"""A dot or a slip of the pen is not a signature."""


def picture(strokes: Sequence[Stroke]) -> bytes:
    """PNG, 300 × 120, 1 bit, black on white, the strokes as large as fits in their own proportions.

    Raises `signature_pad.empty` if what was written is smaller than 5 mm.
    """
    points = [point for stroke in strokes for point in stroke]
    if not points:
        raise DeviceFault(FaultCode.PAD_EMPTY)
    left, right = min(point.x for point in points), max(point.x for point in points)
    top, bottom = min(point.y for point in points), max(point.y for point in points)
    if max(right - left, bottom - top) < MIN_EXTENT_MM:
        raise DeviceFault(FaultCode.PAD_EMPTY, "smaller than 5 mm")
    room_x, room_y = (WIDTH - 2 * MARGIN) * _FINER, (HEIGHT - 2 * MARGIN) * _FINER
    scale = min(room_x / max(right - left, 1e-6), room_y / max(bottom - top, 1e-6))
    shift_x = (WIDTH * _FINER - (right - left) * scale) / 2
    shift_y = (HEIGHT * _FINER - (bottom - top) * scale) / 2
    canvas = Image.new("L", (WIDTH * _FINER, HEIGHT * _FINER), 255)
    draw = ImageDraw.Draw(canvas)
    for stroke in strokes:
        path = [(shift_x + (point.x - left) * scale, shift_y + (point.y - top) * scale) for point in stroke]
        for (start, end), point in zip(pairwise([path[0], *path]), stroke, strict=True):
            wide = (1.6 + 2.4 * point.pressure) * _FINER / 2
            draw.line([start, end], fill=0, width=max(1, round(wide)))
            draw.ellipse((end[0] - wide / 2, end[1] - wide / 2, end[0] + wide / 2, end[1] + wide / 2), fill=0)
    small = canvas.resize((WIDTH, HEIGHT), Image.Resampling.BOX).point(lambda grey: 255 if grey > 150 else 0)
    out = io.BytesIO()
    small.convert("1", dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    return out.getvalue()
