"""The thumb as a one-bit picture: small, never clipped into a bar, and its ridges still those of its owner."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from appliance.biometrics import thumb_mark
from appliance.biometrics.engine import FingerEngine
from appliance.biometrics.finger_port import NoFinger
from appliance.faults import DeviceFault, FaultCode
from hw_sim.fingers import Condition, FingerCache, png
from hw_sim.people import Person

CACHE = FingerCache(Path(__file__).parents[2] / "build" / "fingers")
SEEDS = [Person("Uji Coba", 9100 + number).finger_seed("right_thumb") for number in range(4)]


@pytest.fixture(scope="module")
def engine() -> Iterator[FingerEngine]:
    found = FingerEngine(seconds=60)
    yield found
    found.close()


@pytest.mark.parametrize("condition", ["normal", "dry", "wet", "worn", "partial", "hard"])
def test_it_is_a_small_picture_of_ridges_in_the_middle(condition: Condition) -> None:
    data = thumb_mark.mark(CACHE.impression(SEEDS[0], 0, condition))
    image = Image.open(io.BytesIO(data))
    assert (image.size, image.mode) == ((300, 120), "1")
    assert len(data) < 2_600, "beside portrait and fingers the chip holds no more"
    ink = ~np.asarray(image)
    columns = np.nonzero(ink.any(0))[0]
    assert 40 < (columns.min() + columns.max()) / 2 < 260, "the thumb is not in the middle"
    steps = np.count_nonzero(ink[:, 1:] != ink[:, :-1]) + np.count_nonzero(ink[1:] != ink[:-1])
    assert 0.35 < ink[20:100, columns.min() + 20 : columns.max() - 20].mean() < 0.75
    assert 3 < 2 * ink.size / max(1, steps) < 60, "neither noise nor one blot"


def test_what_is_printed_is_still_its_owners_thumb(engine: FingerEngine) -> None:
    """Enlarged to 500 ppi, as an examiner would, it matches another capture of the same thumb and none of others."""
    taken = [engine.extract(CACHE.impression(seed, 1))[0] for seed in SEEDS]
    for number, seed in enumerate(SEEDS):
        small = Image.open(io.BytesIO(thumb_mark.mark(CACHE.impression(seed, 0)))).convert("L")
        large = small.resize((667, 267), Image.Resampling.BICUBIC)
        scores = engine.match_many(engine.extract(png(np.asarray(large)))[0], taken)
        assert scores[number] >= 40, scores
        assert max(score for other, score in enumerate(scores) if other != number) < scores[number] / 2, scores


def test_the_child_makes_it_and_an_empty_glass_is_no_thumb(engine: FingerEngine) -> None:
    picture = CACHE.impression(SEEDS[0], 0)
    assert engine.mark(picture) == thumb_mark.mark(picture)
    empty = CACHE.impression(SEEDS[0], 0, "blank")
    with pytest.raises(NoFinger, match="no thumb"):
        thumb_mark.mark(empty)
    for wrong in (empty, b"", b"GIF89a", png(np.zeros((90, 90), np.uint8))):
        with pytest.raises(DeviceFault) as fault:
            engine.mark(wrong)
        assert fault.value.code is FaultCode.ENGINE_NO_FINGER
