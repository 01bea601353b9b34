"""A cheap first look at a picture: does enough of it flow one way, as ridges do? Costs milliseconds where the engine
would spend a second on noise."""

from __future__ import annotations

import io
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from appliance.biometrics.finger_port import NoFinger, png_size

BLOCK = 16
"""Pixels a side at 500 ppi: two ridges."""
CONTRAST = 60
"""Least mean square of the grey steps in a block that is not empty glass."""
COHERENCE = 0.35
"""How far the grey steps of a block agree on one direction, 0 to 1 (Kass and Witkin 1987); white noise is below."""
LEAST_BLOCKS = 40
"""About 26 mm² of ridges. The worst invented prints have 98 such blocks, noise of 800 x 800 none."""


TOUCHED = 15
"""Least spread of grey in a block that skin touches."""
SMALL_BLOCKS = 150
"""Touched blocks below which the finger lay beside the middle or was not pressed flat: about 100 mm²."""
DARK, DRY_SHARE, WET_MEAN = 128, 0.27, 155
"""A dry finger has less than this share of dark dots where it touches, a wet one is darker than this on the whole."""


class Cause(StrEnum):
    """Why a capture is poor, as far as the picture tells it."""

    NONE = "finger.none"
    SMALL = "finger.small"
    DRY = "finger.dry"
    WET = "finger.wet"
    UNCLEAR = "finger.unclear"


def look(png: bytes) -> None:
    """Raises NoFinger for bytes that are no whole picture, and for one in which next to nothing flows."""
    if flowing(grey_of(png)) < LEAST_BLOCKS:
        raise NoFinger("no ridges found")


def cause(png: bytes) -> Cause:
    """Why a poor picture of a finger is poor; raises NoFinger for bytes that are no whole picture."""
    grey = grey_of(png)
    rows, columns = (side // BLOCK for side in grey.shape)
    cut = grey[: rows * BLOCK, : columns * BLOCK].reshape(rows, BLOCK, columns, BLOCK).swapaxes(1, 2)
    blocks = cut.reshape(rows * columns, BLOCK * BLOCK)
    touched = blocks[blocks.std(1) > TOUCHED]
    if len(touched) < LEAST_BLOCKS:
        return Cause.NONE
    if len(touched) < SMALL_BLOCKS:
        return Cause.SMALL
    if touched.mean() < WET_MEAN:
        return Cause.WET
    return Cause.DRY if (touched < DARK).mean() < DRY_SHARE else Cause.UNCLEAR


def grey_of(png: bytes) -> NDArray[Any]:
    """Rows of grey (0 to 255) of an 8-bit grey PNG within the engine's bounds; raises NoFinger."""
    png_size(png)
    try:
        with Image.open(io.BytesIO(png), formats=("PNG",)) as picture:
            return np.asarray(picture.convert("L"), np.float32)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise NoFinger("the PNG cannot be decoded") from error


def flowing(grey: NDArray[Any]) -> int:
    """How many blocks of a grey picture (rows x columns, 0 to 255) have contrast and one direction."""
    down, right = grey[2:, 1:-1] - grey[:-2, 1:-1], grey[1:-1, 2:] - grey[1:-1, :-2]
    across, along, mixed = _sums(right * right), _sums(down * down), _sums(right * down)
    strength = across + along
    told = strength > CONTRAST * BLOCK * BLOCK
    coherence = np.hypot(across - along, 2 * mixed) / np.maximum(strength, 1)
    return int((told & (coherence > COHERENCE)).sum())


def _sums(values: NDArray[Any]) -> NDArray[Any]:
    rows, columns = (side // BLOCK for side in values.shape)
    blocks = values[: rows * BLOCK, : columns * BLOCK].reshape(rows, BLOCK, columns, BLOCK)
    return np.asarray(blocks.sum((1, 3)))
