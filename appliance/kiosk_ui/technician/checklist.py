"""The commissioning checklist: what only a person at the machine can check, as data (`commissioning.toml`)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

SOURCE = Path(__file__).parents[1] / "catalogue" / "commissioning.toml"
HOW = {"H": "diukur", "D": "dilihat"}


@dataclass(frozen=True, slots=True)
class Point:
    """One point: its number in the list of rules, how it is checked (H measured, D judged), and where it is from."""

    number: int
    how: str
    text: str
    source: str


@dataclass(frozen=True, slots=True)
class Group:
    """Points that are checked together."""

    title: str
    points: tuple[Point, ...]


def load(path: Path = SOURCE) -> tuple[Group, ...]:
    """The checklist in its order; a row with other keys raises TypeError."""
    rows = tomllib.loads(path.read_text(encoding="utf-8"))["group"]
    return tuple(Group(row["title"], tuple(Point(**point) for point in row["point"])) for row in rows)
