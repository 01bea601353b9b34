"""Measures a camera frame against the portrait rules and cuts the portrait out. Runs in the child process."""

from __future__ import annotations

import io
import math
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from appliance.biometrics.face_detector import Face, faces_in
from appliance.biometrics.portrait_rules import (
    CROP_HEIGHT,
    CROP_WIDTH,
    EYE_DISTANCE,
    EYE_LINE,
    Cloth,
    Measure,
    PortraitReport,
    Rule,
    measured,
)

MAX_PIXELS = 4096 * 3072
MAX_BYTES = 12_000_000
PATCH_WIDTH, PATCH_HEIGHT = 160, 208

Picture = NDArray[Any]


class BadPicture(ValueError):
    """The bytes are not a whole picture (JPEG, PNG) of bounded size."""


def examine(picture: bytes, cloth: str | None) -> PortraitReport:
    """All rules on one frame; without exactly one face only that rule is measured."""
    rgb = _decoded(picture)
    faces = faces_in(rgb)
    if len(faces) != 1:
        return PortraitReport((measured(Rule.ONE_FACE, len(faces)),), None)
    face = faces[0]
    place = _placed(face)
    levelled = _cut(rgb, place)
    crop = levelled if _inside(rgb, place) else None
    measures = [measured(Rule.ONE_FACE, 1), *_posture(face, crop is not None), *_light(levelled)]
    if cloth is not None:
        measures.append(measured(Rule.CLOTH_COLOUR, _share_of_cloth(levelled, Cloth(cloth))))
    return PortraitReport(tuple(measures), _jpeg(crop) if crop is not None else None)


def redraw(picture: bytes) -> bytes:
    """A JPEG or JPEG 2000 picture (a chip's portrait, ISO/IEC 19794-5) as a JPEG that any browser shows."""
    return _jpeg(_decoded(picture, ("JPEG", "JPEG2000")))


def _decoded(data: bytes, formats: tuple[str, ...] = ("JPEG", "PNG")) -> Picture:
    if len(data) > MAX_BYTES:
        raise BadPicture(f"more than {MAX_BYTES // 1_000_000} MB")
    try:
        with Image.open(io.BytesIO(data), formats=formats) as picture:
            width, height = picture.size
            if width * height <= MAX_PIXELS:
                return np.asarray(picture.convert("RGB"))
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise BadPicture("picture cannot be decoded") from error
    raise BadPicture(f"{width} x {height} pixels; at most {MAX_PIXELS // 1_000_000} million")


def _posture(face: Face, inside: bool) -> list[Measure]:
    (left_x, left_y), (right_x, right_y) = face.left_eye, face.right_eye
    distance = math.hypot(right_x - left_x, right_y - left_y)
    roll = math.atan2(right_y - left_y, right_x - left_x)
    nose_x, nose_y = face.nose[0] - (left_x + right_x) / 2, face.nose[1] - (left_y + right_y) / 2
    turned = (nose_x * math.cos(roll) + nose_y * math.sin(roll)) / distance
    return [
        measured(Rule.EYES_FAR_ENOUGH, distance),
        measured(Rule.INSIDE_FRAME, float(inside)),
        measured(Rule.HEAD_UPRIGHT, math.degrees(roll)),
        measured(Rule.LOOKS_AHEAD, turned),
    ]


def _placed(face: Face) -> Picture:
    """The affine map from the crop's pixels to the frame's: eyes level, at their line and distance."""
    (left_x, left_y), (right_x, right_y) = face.left_eye, face.right_eye
    scale = math.hypot(right_x - left_x, right_y - left_y) / (EYE_DISTANCE * CROP_WIDTH)
    roll = math.atan2(right_y - left_y, right_x - left_x)
    cosine, sine = scale * math.cos(roll), scale * math.sin(roll)
    x, y = CROP_WIDTH / 2, EYE_LINE * CROP_HEIGHT
    centre_x, centre_y = (left_x + right_x) / 2, (left_y + right_y) / 2
    return np.array(
        [[cosine, -sine, centre_x - cosine * x + sine * y], [sine, cosine, centre_y - sine * x - cosine * y]]
    )


def _inside(rgb: Picture, place: Picture) -> bool:
    corners = np.array([[0, 0, 1], [CROP_WIDTH, 0, 1], [0, CROP_HEIGHT, 1], [CROP_WIDTH, CROP_HEIGHT, 1]]).T
    x, y = place @ corners
    height, width = rgb.shape[:2]
    return bool(x.min() >= 0 and y.min() >= 0 and x.max() <= width and y.max() <= height)


def _cut(rgb: Picture, place: Picture) -> Picture:
    flags = cv2.INTER_AREA if np.hypot(place[0, 0], place[1, 0]) < 1 else cv2.INTER_LINEAR
    # warpAffine skips pixels when it shrinks; halving first keeps the sharpness measure honest.
    while np.hypot(place[0, 0], place[1, 0]) > 2:
        rgb = cv2.resize(rgb, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
        place = place / 2
    size = (CROP_WIDTH, CROP_HEIGHT)
    return np.asarray(
        cv2.warpAffine(rgb, place, size, flags=flags | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE)
    )


def _face_patch(crop: Picture) -> Picture:
    left, top = (CROP_WIDTH - PATCH_WIDTH) // 2, round(EYE_LINE * CROP_HEIGHT) - PATCH_HEIGHT // 3
    return crop[top : top + PATCH_HEIGHT, left : left + PATCH_WIDTH]


def _light(crop: Picture) -> list[Measure]:
    grey = cv2.cvtColor(_face_patch(crop), cv2.COLOR_RGB2GRAY)
    halves = grey[:, : PATCH_WIDTH // 2].mean(), grey[:, PATCH_WIDTH // 2 :].mean()
    return [
        measured(Rule.SHARP, float(cv2.Laplacian(grey, cv2.CV_64F).var())),
        measured(Rule.BRIGHT, float(grey.mean())),
        measured(Rule.NOT_BURNT, float((grey >= 250).mean())),
        measured(Rule.NOT_BLACK, float((grey <= 15).mean())),
        measured(Rule.LIT_EVENLY, float(abs(halves[0] - halves[1]) / max(1.0, grey.mean()))),
    ]


def _share_of_cloth(crop: Picture, cloth: Cloth) -> float:
    """How much of the top band and of the side strips above the shoulders has the cloth's colour (HSV)."""
    band, side = CROP_HEIGHT // 16, CROP_WIDTH // 10
    parts = (crop[:band], crop[: CROP_HEIGHT // 2, :side], crop[: CROP_HEIGHT // 2, -side:])
    hsv = np.concatenate([cv2.cvtColor(part, cv2.COLOR_RGB2HSV).reshape(-1, 3) for part in parts])
    hue, saturation, value = hsv.T
    match cloth:
        case Cloth.RED:
            fits = ((hue < 8) | (hue > 172)) & (saturation > 110) & (value > 70)
        case Cloth.ORANGE:
            fits = (hue >= 8) & (hue <= 22) & (saturation > 110) & (value > 90)
        case Cloth.BLUE:
            fits = (hue >= 95) & (hue <= 130) & (saturation > 90) & (value > 60)
    return float(fits.mean())


def _jpeg(crop: Picture) -> bytes:
    out = io.BytesIO()
    Image.fromarray(crop).save(out, "JPEG", quality=92, optimize=True)
    return out.getvalue()
