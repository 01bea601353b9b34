"""The table of the faces' rules, made from `tests/points.py` and from how their tests ended when they last ran."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from manual_tables import HEAD, table

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from points import POINTS, Point

RESULTS = Path(__file__).parent.parent / "tests" / "point_results.json"
NOT_RUN = "no result yet"


def points_manual() -> str:
    """Every rule, its kind, each test that proves it and how that ended."""
    text = HEAD.format(source="`tests/points.py` and its results") + (
        "# What the faces must hold\n\nA: a test proves it, each named here and run by `make test`. H is measured on "
        "the machine, D is judged by looking: both stand on the technician's printed checklist. Results are those of "
        "the newest `make points` (`tests/point_results.json`): a test is counted once for each panel, language or "
        "set of colours it runs with.\n\n"
    )
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    rows = [row for point in POINTS for row in _rows(point, results)]
    return text + table(("Point", "Kind", "Rule", "Proof", "Result"), rows)


def _rows(point: Point, results: dict[str, dict[str, int]]) -> Iterator[tuple[str, ...]]:
    """One row a proof; the rule stands in the first of them."""
    proofs = [(f"`{name}`", told(results.get(name, {}))) for name in point.tests]
    if point.kind != "A":
        proofs.append(("checklist", "by a person"))
    head = (str(point.number), point.kind, f"{point.words} {point.short}".strip())
    for place, proof in enumerate(proofs):
        yield (*(head if place == 0 else (head[0], head[1], "")), *proof)


def told(ends: dict[str, int]) -> str:
    """`5 passed`, `4 passed, 1 failed`, or that there is none."""
    return ", ".join(f"{count} {how}" for how, count in sorted(ends.items(), key=lambda one: -one[1])) or NOT_RUN
