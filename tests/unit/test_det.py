"""The error rates that `make bench-biometrics` tells, by hand on a handful of scores."""

from __future__ import annotations

import sys
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "bench"))

import finger_sets
from det import Scores, picture

from appliance.biometrics.minutiae import Kind, Minutia, Template

APART = Scores((80, 90, 100), (3, 9, 20, 39))
MIXED = Scores((20, 50, 60, 70), (5, 10, 30, 55))


def test_rates_at_a_threshold() -> None:
    assert (APART.fmr(40), APART.fnmr(40)) == (0, 0)
    assert (APART.fmr(39), APART.fnmr(81)) == (0.25, 1 / 3)
    assert (MIXED.fmr(30), MIXED.fnmr(30)) == (0.5, 0.25)


def test_the_rate_at_which_both_are_alike() -> None:
    assert APART.eer() == 0
    assert MIXED.eer() == 0.25


def test_the_picture_is_one_with_a_line_a_set() -> None:
    found = ElementTree.fromstring(picture({"good": APART, "poor": MIXED}))
    lines = [one for one in found.iter() if one.tag.endswith("polyline")]
    assert len(lines) == 2
    assert {one.text for one in found.iter() if one.tag.endswith("text")} >= {"good", "poor"}


class Counting:
    """An engine whose score is how many minutiae both have."""

    name = "counting"

    def match(self, probe: Template, gallery: list[Template]) -> list[int]:
        mine = {(one.x, one.y) for one in probe.minutiae}
        return [len(mine & {(one.x, one.y) for one in other.minutiae}) for other in gallery]


def template(*rows: int) -> Template:
    return Template(400, 480, tuple(Minutia(10, row, 90, Kind.ENDING, 50) for row in rows))


def test_every_pair_is_compared_once_and_a_missing_finger_counts_as_refused() -> None:
    prints = {"a": [template(1, 2, 3), template(1, 2, 4)], "b": [template(3), None]}
    found = finger_sets.scores(Counting(), prints)  # type: ignore[arg-type]
    assert sorted(found.genuine) == [0, 2]
    assert sorted(found.impostor) == [0, 0, 0, 1]


def test_composed_forms_are_card_forms_of_nobody() -> None:
    random = np.random.default_rng(1)
    prints = {
        str(finger): [
            Template(400, 480, tuple(Minutia(int(x), int(y), int(x) % 360, Kind.ENDING, 50) for x, y in points))
        ]
        for finger, points in enumerate(random.integers(50, 350, (3, 60, 2)))
    }
    forms = finger_sets.composed(prints, 40)
    assert len(set(forms)) == 40
    assert all(len(form) % 3 == 0 and 0 < len(form) <= 180 for form in forms)


@pytest.mark.parametrize("name", ["1_0.png", "1-0.png"])
def test_a_folder_is_read_by_finger_and_take(tmp_path: Path, name: str) -> None:
    class Reading(Counting):
        def extract(self, picture: bytes) -> tuple[Template, int]:
            return template(*picture), 50

    (tmp_path / name).write_bytes(bytes([1, 2]))
    (tmp_path / name.replace("0", "1")).write_bytes(bytes([2, 3]))
    assert finger_sets.of_folder(Reading(), tmp_path) == {"1": [template(1, 2), template(2, 3)]}  # type: ignore[arg-type]
