"""The table of the faces' rules, made from `tests/points.py`."""

from __future__ import annotations

import sys
from pathlib import Path

from manual_tables import HEAD, table

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from points import POINTS, Point


def points_manual() -> str:
    """Every rule, its kind and what proves it."""
    text = HEAD.format(source="`tests/points.py`") + (
        "# What the faces must hold\n\nA: a test proves it, each named here and run by `make test`. H is measured on "
        "the machine, D is judged by looking: both stand on the technician's printed checklist.\n\n"
    )
    return text + table(("Point", "Kind", "Rule", "Proof"), [_row(point) for point in POINTS])


def _row(point: Point) -> tuple[str, str, str, str]:
    proof = "<br>".join([*(f"`{name}`" for name in point.tests), *(("checklist",) if point.kind != "A" else ())])
    return str(point.number), point.kind, f"{point.words} {point.short}".strip(), proof
