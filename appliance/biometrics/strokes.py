"""Strokes of a pen or finger as a page sends them: JSON text into values, or one sentence about the mistake; pure."""

from __future__ import annotations

import json
import math

from appliance.devices import Stroke, StrokePoint

LARGEST_TEXT = 1_000_000
"""Bytes of UTF-8; twenty thousand points with two decimals each are about half of it."""
MOST_STROKES = 200
MOST_POINTS = 20_000
WIDEST_MM = 400.0
LONGEST_MS = 600_000


def read_strokes(text: str) -> tuple[Stroke, ...]:
    """Strokes from `[[[x, y, pressure, at_ms], …], …]`; an empty list is no stroke.

    x and y are millimetres from the upper left (0-400), pressure is 0-1, at_ms whole milliseconds since the first
    pen-down (0-600,000), never falling from one point to the next. Raises ValueError naming the first mistake.
    """
    if len(text) > LARGEST_TEXT or len(text.encode(errors="replace")) > LARGEST_TEXT:
        raise ValueError(f"strokes: more than {LARGEST_TEXT} bytes")
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError("strokes: not JSON") from error
    if not isinstance(found, list) or not all(isinstance(stroke, list) for stroke in found):
        raise ValueError("strokes: must be a list of lists of points")
    if len(found) > MOST_STROKES:
        raise ValueError(f"strokes: more than {MOST_STROKES} strokes")
    if sum(len(stroke) for stroke in found) > MOST_POINTS:
        raise ValueError(f"strokes: more than {MOST_POINTS} points")
    strokes, last = [], 0
    for at, stroke in enumerate(found, 1):
        if not stroke:
            raise ValueError(f"strokes: stroke {at} has no point")
        points = []
        for number, row in enumerate(stroke, 1):
            point = _point(row, f"strokes: stroke {at}, point {number}")
            if point.at_ms < last:
                raise ValueError(f"strokes: stroke {at}, point {number}: time goes backwards")
            last = point.at_ms
            points.append(point)
        strokes.append(tuple(points))
    return tuple(strokes)


def _point(row: object, where: str) -> StrokePoint:
    if not isinstance(row, list) or len(row) != 4:
        raise ValueError(f"{where}: must be four numbers")
    x = _number(row[0], WIDEST_MM, f"{where}: x")
    y = _number(row[1], WIDEST_MM, f"{where}: y")
    pressure = _number(row[2], 1.0, f"{where}: pressure")
    at_ms = row[3]
    if type(at_ms) is not int or not 0 <= at_ms <= LONGEST_MS:
        raise ValueError(f"{where}: time must be whole milliseconds from 0 to {LONGEST_MS}")
    return StrokePoint(x, y, pressure, at_ms)


def _number(value: object, most: float, where: str) -> float:
    # JSON's true is no number although Python's is; Python's JSON also knows NaN and Infinity, which no comparison
    # below would refuse by itself.
    if type(value) not in {int, float} or not isinstance(value, int | float):
        raise ValueError(f"{where} must be a number")
    if not 0 <= value <= most or not math.isfinite(value):
        raise ValueError(f"{where} must be from 0 to {most:g}")
    return float(value)
