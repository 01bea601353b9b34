"""A photograph of a paper made a scan: its edges found, laid straight, small enough to keep, and how legible it is.

Runs in the child of `scanning`; nothing else imports it, because decoders are native code.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from appliance.documents.paper_rules import PaperSeen, doubt_of
from appliance.documents.scanning import MAX_PIXELS

LONGEST_SIDE = 2200
"""Pixels: about 190 dots an inch of an A4 sheet, enough for the small print of a letter."""
LARGEST = 600_000
"""Bytes of a kept scan."""
LEAST_SHARE = 0.15
"""Of the picture; a smaller quadrangle is something on the paper, not the paper."""
SOLID = 0.9
"""How much of a quadrangle its outline must enclose."""
RIM = 0.01
"""Of the picture: a corner so near its border is where the picture ends, not the paper."""
WHITE = 253
"""Grey of what is blown out, from; a JPEG wavers by two."""

Picture = NDArray[Any]


class BadPaper(ValueError):
    """The bytes are not a whole JPEG or PNG of bounded size."""


@dataclass(frozen=True, slots=True)
class PaperScan:
    """A JPEG of at most `LARGEST` bytes, whether the paper's edges were found; `doubt` is dark, blurred or ""."""

    jpeg: bytes
    edges: bool
    brightness: float
    sharpness: float
    doubt: str


def one_thread() -> None:
    """Let the library work on one core: the other serves residents."""
    cv2.setNumThreads(1)


def scan(picture: bytes) -> PaperScan:
    """The paper in the picture; without four edges the whole picture. Raises `BadPaper`."""
    image = _decoded(picture)
    corners = corners_in(image)
    paper = image if corners is None else _straight(image, corners)
    brightness, sharpness, _ = _measured(paper)
    return PaperScan(_jpeg(paper), corners is not None, brightness, sharpness, doubt_of(brightness, sharpness))


def look(picture: bytes) -> PaperSeen:
    """The same paper measured without keeping anything of it. Raises `BadPaper`."""
    image = _decoded(picture)
    corners = corners_in(image)
    measures = _measured(image if corners is None else _straight(image, corners))
    if corners is None:
        return PaperSeen(False, False, 0.0, *measures)
    size = np.array([image.shape[1], image.shape[0]], np.float32)
    inside = bool((corners > RIM * size).all() and (corners < (1 - RIM) * size).all())
    return PaperSeen(True, inside, float(cv2.contourArea(corners)) / float(size.prod()), *measures)


def _decoded(data: bytes) -> Picture:
    try:
        with Image.open(io.BytesIO(data), formats=("JPEG", "PNG")) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise BadPaper("too many pixels")
            return np.asarray(picture.convert("RGB"))
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise BadPaper("no whole picture") from error


def corners_in(image: Picture) -> NDArray[np.float32] | None:
    """The paper's corners from the upper left clockwise in pixels (4 x 2), or None if no quadrangle stands out."""
    factor = 800 / max(image.shape[:2])
    small = cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    grey = cv2.GaussianBlur(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), (5, 5), 0)
    _, bright = cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    edges = cv2.dilate(cv2.Canny(grey, 40, 120), np.ones((3, 3), np.uint8))
    best, largest = None, LEAST_SHARE * grey.size
    for mask in (bright, edges):
        outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        for outline in outlines:
            hull = cv2.convexHull(outline)
            four = cv2.approxPolyDP(hull, 0.03 * cv2.arcLength(hull, closed=True), closed=True)
            area = cv2.contourArea(four)
            # A sheet fills its own outline; a scatter of bright spots does not.
            solid = cv2.contourArea(outline) >= SOLID * area
            if len(four) == 4 and solid and largest < area < 0.98 * grey.size:
                best, largest = four, area
    return None if best is None else _ordered(best.reshape(4, 2).astype(np.float32) / factor)


def _ordered(points: NDArray[np.float32]) -> NDArray[np.float32]:
    middle = points.mean(axis=0)
    turn = np.arctan2(points[:, 1] - middle[1], points[:, 0] - middle[0])
    around = points[np.argsort(turn)]
    return np.roll(around, -int(np.argmin(around.sum(axis=1))), axis=0)


def _straight(image: Picture, corners: NDArray[np.float32]) -> Picture:
    left, right = (np.linalg.norm(corners[a] - corners[b]) for a, b in ((0, 3), (1, 2)))
    top, bottom = (np.linalg.norm(corners[a] - corners[b]) for a, b in ((0, 1), (3, 2)))
    width, height = max(8, int(max(top, bottom))), max(8, int(max(left, right)))
    place = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    return np.asarray(cv2.warpPerspective(image, cv2.getPerspectiveTransform(corners, place), (width, height)))


def _measured(paper: Picture) -> tuple[float, float, float]:
    factor = min(1.0, 1000 / paper.shape[0])
    grey = cv2.cvtColor(paper, cv2.COLOR_RGB2GRAY)
    small = cv2.resize(grey, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    # The outermost strip is the table's edge, not the paper.
    rim = max(1, min(small.shape) // 25)
    inner = small[rim:-rim, rim:-rim]
    inner = inner if inner.size else small
    return float(inner.mean()), float(cv2.Laplacian(inner, cv2.CV_64F).var()), float((inner >= WHITE).mean())


def _jpeg(paper: Picture) -> bytes:
    picture = Image.fromarray(paper)
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    for quality in (80, 65, 50, 35, 20):
        out = io.BytesIO()
        picture.save(out, "JPEG", quality=quality, optimize=True)
        if out.tell() <= LARGEST:
            return out.getvalue()
    picture.thumbnail((LONGEST_SIDE // 2, LONGEST_SIDE // 2))
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=35)
    return out.getvalue()
