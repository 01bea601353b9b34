"""Synthetic slaps: several invented fingers side by side on one glass, the hand turned and shifted."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from hw_sim.fingers import Grey

GLASS = (1500, 1900)
"""Rows, columns: 500 ppi, a little wider than the glass of real slap scanners, as these fingers are wide ones."""
PITCH = 400
STEPS = (60, 0, 40, 130)
"""Pixels by which index, middle, ring and little finger end below the longest."""
CLEAN = 245


def slap(
    fingers: Sequence[Grey], turn: float = 0.0, shift: tuple[int, int] = (0, 0), steps: Sequence[int] = STEPS
) -> Grey:
    """Impressions from left to right on one glass, turned clockwise by `turn` degrees, shifted by (right, down)."""
    glass = np.full(GLASS, CLEAN, np.uint8)
    left = (GLASS[1] - PITCH * len(fingers)) // 2
    for at, (finger, step) in enumerate(zip(fingers, steps, strict=False)):
        print_only = _touched(finger)
        height, width = print_only.shape
        top, start = 450 + step, left + at * PITCH + (PITCH - width) // 2
        part = glass[top : top + height, start : start + width]
        np.minimum(part, print_only, out=part)
    place = cv2.getRotationMatrix2D((GLASS[1] / 2, GLASS[0] / 2), -turn, 1)
    place[:, 2] += shift
    return np.asarray(
        cv2.warpAffine(glass, place, GLASS[::-1], flags=cv2.INTER_CUBIC, borderValue=(CLEAN,)), np.uint8
    )


def _touched(finger: Grey) -> Grey:
    """The part of an impression where the finger touched the glass."""
    soft = cv2.GaussianBlur(finger, (0, 0), 6)
    rows, columns = np.nonzero(soft < CLEAN - 30)
    return finger[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
