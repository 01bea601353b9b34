"""The pre-filter of a search, on invented points: turned, shifted, thinned and pushed about."""

from __future__ import annotations

import math
import tracemalloc

import numpy as np
import pytest

from appliance.biometrics import compact
from appliance.biometrics.minutiae import Kind, Minutia, Template
from appliance.biometrics.rules import SHORTLIST
from appliance.biometrics.shortlist import shortlist


def points(seed: int, count: int = 70) -> list[tuple[float, float, float]]:
    random = np.random.default_rng(seed)
    return [(random.uniform(60, 340), random.uniform(60, 420), random.uniform(0, 360)) for _ in range(count)]


def placed(seed: int, turn: float, right: float, down: float, share: float = 1.0) -> Template:
    """The points of a finger after a turn (degrees, counter-clockwise) and a shift; `share` of them, jittered."""
    random = np.random.default_rng([seed, 77])
    angle = math.radians(turn)
    found = []
    for x, y, direction in points(seed):
        if random.uniform() > share:
            continue
        x, y = x - 200 + random.normal(0, 1.5), y - 240 + random.normal(0, 1.5)
        moved_x = 300 + right + x * math.cos(angle) + y * math.sin(angle)
        moved_y = 300 + down + y * math.cos(angle) - x * math.sin(angle)
        direction = round(direction + turn + random.normal(0, 3)) % 360
        found.append(Minutia(round(moved_x), round(moved_y), direction, Kind.ENDING, 50))
    return Template(800, 800, tuple(found))


GALLERY = [compact.write(placed(seed, 0, 0, 0)) for seed in range(600)]


@pytest.mark.parametrize("turn", [-40, -20, 0, 7, 35])
@pytest.mark.parametrize(("right", "down"), [(0, 0), (60, -45)])
def test_the_right_finger_comes_first(turn: float, right: float, down: float) -> None:
    for seed in (3, 251, 599):
        likely = shortlist(placed(seed, turn, right, down, 0.7), GALLERY, SHORTLIST)
        assert len(likely) == SHORTLIST
        assert likely[0][0] == seed
        assert likely[0][1] > 1.5 * likely[1][1]


def test_more_than_45_degrees_is_another_placement() -> None:
    assert shortlist(placed(3, 100, 0, 0), GALLERY, 1)[0][1] < 0.5 * shortlist(placed(3, 0, 0, 0), GALLERY, 1)[0][1]


def test_nothing_to_search_with_or_in() -> None:
    assert shortlist(placed(3, 0, 0, 0), [], SHORTLIST) == []
    assert shortlist(Template(400, 480, ()), GALLERY, SHORTLIST) == []
    assert [votes for _, votes in shortlist(placed(3, 0, 0, 0), [b"", b""], SHORTLIST)] == [0, 0]


def test_sixty_points_in_one_place_are_no_trouble() -> None:
    heap = Template(400, 480, (Minutia(100, 100, 90, Kind.ENDING, 50),) * 60)
    likely = dict(shortlist(heap, [compact.write(heap), *GALLERY[:5]], 6))
    assert likely[0] == 3600
    assert max(votes for at, votes in likely.items() if at) < 3600


def test_what_it_takes_grows_with_the_gallery_by_blocks_only() -> None:
    """Work memory is that of one block; only a number a finger is kept besides."""
    probe = placed(3, 0, 0, 0)
    peaks = []
    for times in (1, 8):
        gallery = GALLERY * times
        tracemalloc.start()
        shortlist(probe, gallery, SHORTLIST)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert (peaks[1] - peaks[0]) / (7 * len(GALLERY)) < 100
