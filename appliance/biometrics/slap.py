"""Cutting a slap (4-4-2) into its fingers: which ridges belong together, how the hand lies, who is who.

Fingers are told apart by the dark they leave on the glass, not by their ridges; who is who follows from the order of
the hand alone, so a hand laid down in place of the other is not noticed here: comparing the fingers does that.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from appliance.biometrics.finger_port import MAX_SIDE, MIN_SIDE, NoFinger, png_header
from appliance.devices import FingerPosition as Finger

Grey = NDArray[np.uint8]

LARGEST_SIDE = 2000
"""Pixels at 500 ppi; the usual glass of a slap scanner, 3.2 by 3 inches, has 1600 by 1500."""
LARGEST_BYTES = 5_000_000
LARGEST_LEAN = 30.0
"""Degrees that a slap is turned back at most; a finger rounder than tall tells nothing about its lean."""

_BLOCK = 8
_FAINTEST = 20.0
"""Levels of grey, averaged over a ridge and its valley, by which the lightest finger is darker than the glass."""
_SMALLEST = 100 * 100 // _BLOCK**2
_MARGIN = 16
_PAPER = 255

LEFT_TO_RIGHT: tuple[Finger, ...] = (
    Finger.LEFT_LITTLE,
    Finger.LEFT_RING,
    Finger.LEFT_MIDDLE,
    Finger.LEFT_INDEX,
    Finger.LEFT_THUMB,
    Finger.RIGHT_THUMB,
    Finger.RIGHT_INDEX,
    Finger.RIGHT_MIDDLE,
    Finger.RIGHT_RING,
    Finger.RIGHT_LITTLE,
)
"""As ink on paper shows them, palms down and tips up; taken to be what scanners deliver, not seen with a real one."""


class WrongCount(NoFinger):
    """Another number of fingers lay on the glass than was asked for."""

    def __init__(self, found: int, wanted: int) -> None:
        super().__init__(f"{found} fingers on the slap, {wanted} asked for")
        self.found = found
        self.wanted = wanted


@dataclass(frozen=True, slots=True)
class _Blob:
    """The dark of one finger, in blocks: its mask, its middle (x, y) and its second moments about it."""

    mask: Grey
    middle: NDArray[np.float64]
    spread: NDArray[np.float64]


def cut(slap: Grey, wanted: Sequence[Finger]) -> dict[Finger, Grey]:
    """The fingers of one slap, each upright on white, in the order of `wanted`.

    `slap` is 8-bit grey at 500 ppi, ridges dark, tips up within `LARGEST_LEAN`, at most `LARGEST_SIDE` a side.
    Raises `WrongCount` when it does not show exactly as many fingers, `NoFinger` for a picture beyond the bounds.
    """
    if slap.ndim != 2 or not all(MIN_SIDE <= side <= LARGEST_SIDE for side in slap.shape):
        raise NoFinger(f"a slap has {MIN_SIDE} to {LARGEST_SIDE} pixels a side")
    found = _blobs(slap)
    lean = _lean(found)
    down = np.array([-np.sin(lean), np.cos(lean)])
    across = np.array([np.cos(lean), np.sin(lean)])
    found = _tips(sorted(found, key=lambda one: float(one.middle @ down)), across)
    if len(found) != len(wanted):
        raise WrongCount(len(found), len(wanted))
    found.sort(key=lambda one: float(one.middle @ across))
    order = sorted(wanted, key=LEFT_TO_RIGHT.index)
    one_hand = len({finger.value.split("_")[0] for finger in wanted}) == 1
    cuts = {
        finger: _upright(slap, blob, lean if one_hand else _lean([blob]))
        for finger, blob in zip(order, found, strict=True)
    }
    return {finger: cuts[finger] for finger in wanted}


def cut_png(slap: bytes, wanted: Sequence[Finger]) -> dict[Finger, bytes]:
    """The same from PNG to PNG (8-bit grey, 500 ppi); raises as `cut` does, before decoding if the header tells."""
    if len(slap) > LARGEST_BYTES:
        raise NoFinger(f"more than {LARGEST_BYTES // 1_000_000} MB")
    width, height = png_header(slap)
    if max(width, height) > LARGEST_SIDE:
        raise NoFinger(f"{width} x {height} pixels; a slap has at most {LARGEST_SIDE} a side")
    try:
        with Image.open(io.BytesIO(slap), formats=("PNG",)) as picture:
            pixels = np.asarray(picture)
    except (OSError, SyntaxError, ValueError) as error:
        raise NoFinger("the PNG cannot be decoded") from error
    return {finger: _png(one) for finger, one in cut(pixels, wanted).items()}


def _png(picture: Grey) -> bytes:
    out = io.BytesIO()
    Image.fromarray(picture).save(out, "PNG", dpi=(500, 500))
    return out.getvalue()


def _blobs(slap: Grey) -> list[_Blob]:
    size = (slap.shape[1] // _BLOCK, slap.shape[0] // _BLOCK)
    small = cv2.GaussianBlur(cv2.resize(slap, size, interpolation=cv2.INTER_AREA).astype(np.float32), (0, 0), 1.2)
    dark = np.percentile(small, 95) - small
    inked = dark > max(_FAINTEST, 0.3 * float(np.percentile(dark, 98)))
    count, labels, table, _ = cv2.connectedComponentsWithStats(inked.astype(np.uint8), connectivity=4)
    large = [number for number in range(1, count) if table[number, cv2.CC_STAT_AREA] >= _SMALLEST]
    return [_blob((labels == number).astype(np.uint8)) for number in large]


def _blob(mask: Grey) -> _Blob:
    points = np.argwhere(mask)[:, ::-1].astype(np.float64)
    middle = points.mean(axis=0)
    away = points - middle
    return _Blob(mask, middle, away.T @ away / len(away))


def _lean(blobs: Sequence[_Blob]) -> float:
    """Radians, clockwise, by which the common long axis of these fingers leans from upright, within the bounds."""
    if not blobs:
        return 0.0
    (xx, xy), (_, yy) = np.sum([one.spread for one in blobs], axis=0)
    lean = 0.5 * np.arctan2(-2 * xy, yy - xx)
    most = np.deg2rad(LARGEST_LEAN)
    return float(lean) if abs(lean) <= most else 0.0


def _tips(from_above: Sequence[_Blob], across: NDArray[np.float64]) -> list[_Blob]:
    """Without what lies below a finger: its second joint, which many people lay down as well."""
    tips: list[_Blob] = []
    for one in from_above:
        reach = 1.5 * np.sqrt([across @ tip.spread @ across for tip in tips])
        if not any(abs((one.middle - tip.middle) @ across) < far for tip, far in zip(tips, reach, strict=True)):
            tips.append(one)
    return tips


def _upright(slap: Grey, blob: _Blob, lean: float) -> Grey:
    mask: Any = cv2.dilate(blob.mask, np.ones((3, 3), np.uint8))
    mask = cv2.resize(mask, slap.shape[::-1], interpolation=cv2.INTER_NEAREST)
    alone = np.where(mask > 0, slap, _PAPER).astype(np.uint8)
    turn = np.array([[np.cos(lean), np.sin(lean)], [-np.sin(lean), np.cos(lean)]])
    points = (np.argwhere(blob.mask)[:, ::-1] + 0.5) * _BLOCK @ turn.T
    low, high = points.min(axis=0) - _MARGIN, points.max(axis=0) + _MARGIN
    width, height = np.maximum(np.ceil(high - low), MIN_SIDE).astype(int)
    if max(width, height) > MAX_SIDE:
        raise NoFinger(f"{width} x {height} pixels are no single finger")
    place = np.hstack([turn, -low[:, None]])
    return np.asarray(
        cv2.warpAffine(
            alone, place, (int(width), int(height)), flags=cv2.INTER_CUBIC,
            borderMode=cv2.BORDER_CONSTANT, borderValue=(_PAPER,),
        ),
        np.uint8,
    )  # fmt: skip
