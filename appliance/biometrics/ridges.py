"""A cheap first look at a picture: does enough of it flow one way, as ridges do? Costs milliseconds where the engine
would spend a second on noise."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from appliance.biometrics.finger_port import NoFinger

BLOCK = 16
"""Pixels a side at 500 ppi: two ridges."""
CONTRAST = 60
"""Least mean square of the grey steps in a block that is not empty glass."""
COHERENCE = 0.35
"""How far the grey steps of a block agree on one direction, 0 to 1 (Kass and Witkin 1987); white noise is below."""
LEAST_BLOCKS = 40
"""About 26 mm² of ridges. The worst invented prints have 98 such blocks, noise of 800 x 800 none."""


def look(png: bytes) -> None:
    """Raises NoFinger for bytes that are no whole picture, and for one in which next to nothing flows."""
    try:
        with Image.open(io.BytesIO(png), formats=("PNG",)) as picture:
            grey = np.asarray(picture.convert("L"), np.float32)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise NoFinger("the PNG cannot be decoded") from error
    if flowing(grey) < LEAST_BLOCKS:
        raise NoFinger("no ridges found")


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
