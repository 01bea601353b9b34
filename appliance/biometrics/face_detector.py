"""Finds faces with the BlazeFace short-range model (128 × 128 input, 896 anchors), about 3 ms a picture."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

SIDE = 128
MIN_SCORE = 0.5
MAX_OVERLAP = 0.3


@dataclass(frozen=True, slots=True)
class Face:
    """A face in pixels: its box (left, top, right, bottom) and the points as the picture shows them."""

    score: float
    box: tuple[float, float, float, float]
    left_eye: tuple[float, float]
    right_eye: tuple[float, float]
    nose: tuple[float, float]


@cache
def _network() -> Any:
    with as_file(files("appliance.biometrics") / "models" / "face_detection_short_range.tflite") as model:
        return cv2.dnn.readNetFromTFLite(str(model))


@cache
def _anchors() -> NDArray[Any]:
    """Centres of the 2 × 16 × 16 and 6 × 8 × 8 anchors, in parts of the input's side."""
    centres = [
        ((column + 0.5) / cells, (row + 0.5) / cells)
        for cells, copies in ((16, 2), (8, 6))
        for row in range(cells)
        for column in range(cells)
        for _ in range(copies)
    ]
    return np.array(centres)


def faces_in(rgb: NDArray[Any]) -> list[Face]:
    """The faces of an RGB picture, best first."""
    height, width = rgb.shape[:2]
    side = max(height, width)
    top, left = (side - height) // 2, (side - width) // 2
    square = np.zeros((side, side, 3), np.uint8)
    square[top : top + height, left : left + width] = rgb
    small = cv2.resize(square, (SIDE, SIDE), interpolation=cv2.INTER_AREA).astype(np.float32) / 127.5 - 1
    network = _network()
    network.setInput(small.transpose(2, 0, 1)[None])
    outputs = {one.shape[-1]: one for one in network.forward(network.getUnconnectedOutLayersNames())}
    scores = 1 / (1 + np.exp(-np.clip(outputs[1].reshape(-1), -80, 80)))
    raw = outputs[16].reshape(-1, 8, 2) / SIDE
    kept: list[Face] = []
    for index in np.argsort(-scores):
        if scores[index] < MIN_SCORE:
            break
        points = (raw[index] + _anchors()[index]) * side - (left, top)
        half = raw[index, 1] * side / 2
        box = (*(points[0] - half), *(points[0] + half))
        eyes = sorted((tuple(points[2]), tuple(points[3])))
        face = Face(float(scores[index]), box, eyes[0], eyes[1], tuple(points[4]))
        if all(_overlap(face.box, other.box) < MAX_OVERLAP for other in kept):
            kept.append(face)
    return kept


def _overlap(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    if width <= 0 or height <= 0:
        return 0.0
    both = (one[2] - one[0]) * (one[3] - one[1]) + (other[2] - other[0]) * (other[3] - other[1])
    return width * height / (both - width * height)
