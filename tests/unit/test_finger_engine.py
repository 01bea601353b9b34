"""The real engine in its child process, on invented fingers."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.biometrics import compact, ridges, rules
from appliance.biometrics.child import PictureChild
from appliance.biometrics.engine import FingerEngine
from appliance.biometrics.finger_port import NoFinger
from appliance.biometrics.minutiae import Minutia, Template
from appliance.biometrics.nbis_bridge import Bridge2005
from appliance.faults import DeviceFault, FaultCode
from hw_sim.fingers import Condition, FingerCache, png
from hw_sim.people import Person

CACHE = FingerCache(Path(__file__).parents[2] / "build" / "fingers")
START = {"verb": "start", "engine": "nbis"}
SEED = Person("Uji Coba", 9001).finger_seed("right_index")


@pytest.fixture(scope="module")
def engine() -> Iterator[FingerEngine]:
    engine = FingerEngine()
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def templates(engine: FingerEngine) -> dict[tuple[int, int], tuple[Template, int]]:
    return {(f, t): engine.extract(CACHE.impression(SEED + f, t)) for f in range(3) for t in range(2)}


def test_the_same_finger_matches_and_others_do_not(
    engine: FingerEngine, templates: dict[tuple[int, int], tuple[Template, int]]
) -> None:
    for finger in range(3):
        probe = templates[finger, 0][0]
        scores = engine.match_many(probe, [templates[other, 1][0] for other in range(3)])
        assert scores[finger] > 55
        assert all(score < 50 for other, score in enumerate(scores) if other != finger)


def test_quality_and_minutiae_are_those_of_fingers(templates: dict[tuple[int, int], tuple[Template, int]]) -> None:
    for template, nfiq2 in templates.values():
        assert rules.good_enough(rules.Finger.RIGHT_INDEX, nfiq2, len(template.minutiae))
        assert (template.width, template.height) == (400, 480)


def test_the_card_template_still_matches(
    engine: FingerEngine, templates: dict[tuple[int, int], tuple[Template, int]]
) -> None:
    card = compact.read(compact.write(templates[0, 0][0]))
    assert rules.judge(engine.match(templates[0, 1][0], card)) is rules.Verdict.ACCEPT
    assert rules.judge(engine.match(templates[1, 1][0], card)) is not rules.Verdict.ACCEPT


def test_the_order_of_a_stored_template_does_not_matter(
    engine: FingerEngine, templates: dict[tuple[int, int], tuple[Template, int]]
) -> None:
    """Bozorth3 finds hardly a pair in minutiae that are not sorted by (x, y), and says nothing."""
    probe, stored = templates[0, 1][0], templates[0, 0][0]
    by_quality = Template(400, 480, tuple(sorted(stored.minutiae, key=lambda one: (-one.quality, one.y))))
    assert engine.match(probe, by_quality) == engine.match(probe, stored)


def test_the_trap_is_still_in_the_engine(templates: dict[tuple[int, int], tuple[Template, int]]) -> None:
    """If the engine ever sorts by itself, this tells that the precaution may go."""
    import nbis

    extractor = nbis.new_nbis_extractor(
        nbis.NbisExtractorSettings(
            min_quality=0.0, get_center=False, check_fingerprint=False, compute_nfiq2=False, ppi=None
        )
    )
    stored, probe = templates[0, 0][0], templates[0, 1][0]

    class Unsorted(Template):
        __slots__ = ()

        def for_matching(self) -> tuple[Minutia, ...]:
            return tuple(sorted(self.minutiae, key=lambda one: (-one.quality, one.y)))

    bridge = Bridge2005(extractor)
    ours = bridge.load(probe)
    right, wrong = bridge.load(stored), bridge.load(Unsorted(400, 480, stored.minutiae))
    assert ours.compare(wrong) < 0.7 * ours.compare(right)


def test_a_blank_glass_shows_no_finger(engine: FingerEngine) -> None:
    with pytest.raises(DeviceFault) as fault:
        engine.extract(CACHE.impression(SEED, 0, "blank"))
    assert fault.value.code is FaultCode.ENGINE_NO_FINGER


@pytest.mark.parametrize("bad", [b"", b"\x89PNG\r\n\x1a\n", b"GIF89a" * 20], ids=["empty", "cut", "gif"])
def test_what_is_no_picture_is_no_finger(engine: FingerEngine, bad: bytes) -> None:
    with pytest.raises(DeviceFault) as fault:
        engine.extract(bad)
    assert fault.value.code is FaultCode.ENGINE_NO_FINGER


def test_a_picture_beyond_the_bounds_is_refused_before_decoding(engine: FingerEngine) -> None:
    import numpy as np

    with pytest.raises(DeviceFault) as fault:
        engine.extract(png(np.full((1200, 900), 128, np.uint8)))
    assert fault.value.code is FaultCode.ENGINE_NO_FINGER


def test_noise_of_the_largest_size_is_refused_before_the_engine_looks_at_it() -> None:
    """The engine would need a second for it and call it a finger of middling quality."""
    import numpy as np

    noise = np.random.default_rng(7).integers(0, 256, (800, 800), dtype=np.uint8)
    with pytest.raises(NoFinger, match="no ridges"):
        ridges.look(png(noise))


@pytest.mark.parametrize("condition", ["normal", "dry", "wet", "worn", "bad", "partial", "hard"])
def test_no_finger_is_refused_by_the_first_look(condition: Condition) -> None:
    ridges.look(CACHE.impression(SEED, 0, condition))


@pytest.mark.parametrize(
    ("condition", "cause"), [("dry", "dry"), ("worn", "dry"), ("wet", "wet"), ("partial", "small"), ("blank", "none")]
)
def test_the_picture_tells_why_it_is_poor(engine: FingerEngine, condition: Condition, cause: str) -> None:
    for finger in range(2):
        assert engine.cause(CACHE.impression(SEED + finger, 0, condition)) == f"finger.{cause}"


def test_a_late_child_is_killed_and_the_next_call_starts_another() -> None:
    child = PictureChild()
    try:
        with pytest.raises(DeviceFault) as fault:
            child.ask(START, (), 0.02)
        assert fault.value.code is FaultCode.ENGINE_TIMEOUT
        assert child.pid is None
        child.ask(START)
        first = child.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        child.ask(START)
        assert child.pid not in (None, first)
    finally:
        child.close()


def test_an_idle_child_goes_and_comes_back() -> None:
    child = PictureChild(idle_s=0.05)
    try:
        child.ask(START)
        first = child.pid
        assert first is not None
        os.waitid(os.P_PID, first, os.WEXITED | os.WNOWAIT)
        child.ask(START)
        assert child.pid != first
    finally:
        child.close()
