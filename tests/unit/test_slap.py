"""Cutting slaps: each finger is found, named and still matches its own single impression, and no other."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from appliance.biometrics import rules, slap
from appliance.biometrics.child import PictureChild
from appliance.biometrics.engine import FingerEngine
from appliance.biometrics.finger_port import NoFinger
from appliance.devices import FingerPosition as Finger
from hw_sim.fingers import FingerCache, Grey, png
from hw_sim.people import Person
from hw_sim.slaps import GLASS
from hw_sim.slaps import slap as composed

CACHE = FingerCache(Path(__file__).parents[2] / "build" / "fingers")
PERSON = Person("Uji Coba", 9001)


@pytest.fixture(scope="module")
def engine() -> Iterator[FingerEngine]:
    engine = FingerEngine(PictureChild())
    yield engine
    engine.close()


def single(finger: Finger, take: int) -> bytes:
    return CACHE.impression(PERSON.finger_seed(finger.value), take)


def hand(fingers: tuple[Finger, ...], take: int, turn: float, shift: tuple[int, int] = (0, 0)) -> Grey:
    left_to_right = sorted(fingers, key=slap.LEFT_TO_RIGHT.index)
    prints = [np.asarray(Image.open(io.BytesIO(single(finger, take)))) for finger in left_to_right]
    return composed(prints, turn, shift)


@pytest.mark.parametrize(
    ("number", "turn", "shift"), [(0, 15.0, (20, 60)), (1, -15.0, (-20, -40)), (2, 8.0, (200, 100))]
)
def test_each_finger_matches_its_own_impression_and_no_other(
    engine: FingerEngine, number: int, turn: float, shift: tuple[int, int]
) -> None:
    wanted = rules.SLAPS[number]
    cuts = slap.cut_png(png(hand(wanted, 1, turn, shift)), wanted)
    assert tuple(cuts) == wanted
    enrolled = {finger: engine.extract(single(finger, 0))[0] for finger in wanted}
    for finger, picture in cuts.items():
        probe, _ = engine.extract(picture)
        scores = dict(zip(enrolled, engine.match_many(probe, list(enrolled.values())), strict=True))
        alike = {other for other, score in scores.items() if score >= rules.ACCEPT_SCORE}
        assert alike == {finger}, scores


@pytest.mark.parametrize("turn", [-20.0, 0.0, 20.0])
def test_the_fingers_come_out_upright(turn: float) -> None:
    rows, columns = np.mgrid[0:300, 0:200]
    oval = np.where(((columns - 100) / 98) ** 2 + ((rows - 150) / 148) ** 2 < 1, 100, 245).astype(np.uint8)
    wanted = rules.SLAPS[1]
    for finger in slap.cut(composed([oval] * 4, turn), wanted).values():
        dark = finger < 170
        assert dark.any(axis=1).sum() == pytest.approx(300, abs=12)
        assert dark.any(axis=0).sum() == pytest.approx(200, abs=12)


def test_a_slap_without_its_missing_finger_is_cut_too() -> None:
    wanted = rules.SLAPS[0][:3]
    assert tuple(slap.cut(hand(wanted, 0, 5.0), wanted)) == wanted


def test_another_number_of_fingers_is_refused_with_both_counts() -> None:
    picture = hand(rules.SLAPS[0][:3], 0, 0.0)
    with pytest.raises(slap.WrongCount, match="3 fingers on the slap, 4 asked for") as caught:
        slap.cut(picture, rules.SLAPS[0])
    assert (caught.value.found, caught.value.wanted) == (3, 4)
    with pytest.raises(slap.WrongCount, match="0 fingers"):
        slap.cut(np.full(GLASS, 245, np.uint8), rules.SLAPS[2])


def test_what_is_no_slap_is_refused_within_its_time() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (slap.LARGEST_SIDE, slap.LARGEST_SIDE), np.uint8)
    huge = png(np.zeros((10, slap.LARGEST_SIDE + 1), np.uint8))
    whole = png(hand(rules.SLAPS[2], 0, 0.0))
    began = time.monotonic()
    with pytest.raises(NoFinger):
        slap.cut(noise, rules.SLAPS[0])
    for bad in (huge, whole[: len(whole) // 2], b"", b"GIF89a", png(noise[:50, :50])):
        with pytest.raises(NoFinger):
            slap.cut_png(bad, rules.SLAPS[0])
    assert time.monotonic() - began < 2
