"""The mark of a thumb in place of a signature, in one bit (ICAO Doc 9303-10, DG7: displayed signature or usual mark).

Only ridge and furrow are left of the picture, each dot judged beside its own surroundings, so that a dry edge and a
wet middle come out alike.
"""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from appliance.biometrics.finger_port import NoFinger
from appliance.biometrics.ridges import TOUCHED, grey_of
from appliance.biometrics.signature import HEIGHT, WIDTH

SHARE = 0.45
"""Of life size at 500 ppi: a ridge and its furrow are 4 dots here and 3 of a card printer, 300 to the inch. Twice as
large would need more of the chip than beside a portrait is free."""
_AROUND = 9
"""Dots at 500 ppi to each side of the one that is judged: two ridges across."""
_PATCH = 16
_BLANK = -2.0
_LEAST = 2_000
"""Touched dots below which there is no thumb; 5 mm²."""


def mark(png: bytes) -> bytes:
    """PNG, 300 × 120, 1 bit, black ridges on white, the middle 13 mm of the thumb; raises NoFinger without one."""
    grey = grey_of(png)
    mean = _mean(grey, _AROUND)
    spread = np.sqrt(np.maximum(_mean(grey * grey, _AROUND) - mean * mean, 0))
    touched = _mean((spread > TOUCHED).astype(np.float64), _PATCH) > 0.5
    rows, columns = np.nonzero(touched)
    if len(rows) < _LEAST:
        raise NoFinger("no thumb in the picture")
    depth = np.where(touched, (mean - grey) / np.maximum(spread, TOUCHED), _BLANK)
    window = _window(depth, (rows.min() + rows.max()) // 2, (columns.min() + columns.max()) // 2)
    small = Image.fromarray(window.astype(np.float32)).resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
    dots = Image.fromarray(np.where(np.asarray(small) > 0, 0, 255).astype(np.uint8))
    out = io.BytesIO()
    dots.convert("1", dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    return out.getvalue()


def _window(depth: NDArray[Any], row: int, column: int) -> NDArray[Any]:
    """What of the finger comes into the picture, about its middle, blank where the glass ends."""
    high, wide = round(HEIGHT / SHARE), round(WIDTH / SHARE)
    ample = np.pad(depth, ((high, high), (wide, wide)), constant_values=_BLANK)
    top, left = row + high - high // 2, column + wide - wide // 2
    return ample[top : top + high, left : left + wide]


def _mean(values: NDArray[Any], reach: int) -> NDArray[Any]:
    """The mean of the square of 2 × reach + 1 dots about each dot, from running sums."""
    sums = np.pad(values.astype(np.float64), ((reach + 1, reach), (reach + 1, reach)), mode="edge")
    sums = sums.cumsum(0).cumsum(1)
    side = 2 * reach + 1
    found: NDArray[Any] = sums[side:, side:] - sums[:-side, side:] - sums[side:, :-side] + sums[:-side, :-side]
    return found / (side * side)
