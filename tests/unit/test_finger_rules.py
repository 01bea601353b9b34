"""The thresholds and the order of recording."""

from __future__ import annotations

import pytest

from appliance.biometrics import rules
from appliance.biometrics.rules import CaptureState, Verdict
from appliance.devices import FingerPosition as Finger

INDEX, RING = Finger.RIGHT_INDEX, Finger.LEFT_RING


@pytest.mark.parametrize(
    ("score", "verdict"),
    [(0, Verdict.REFUSE), (24, Verdict.REFUSE), (25, Verdict.AGAIN), (39, Verdict.AGAIN), (40, Verdict.ACCEPT)],
)
def test_one_to_one(score: int, verdict: Verdict) -> None:
    assert rules.judge(score) is verdict


def test_weak_fingers_need_less() -> None:
    assert rules.good_enough(RING, 30, 12) and not rules.good_enough(INDEX, 39, 60)
    assert not rules.good_enough(INDEX, 90, 11)


def test_three_poor_captures_are_forced_to_the_best() -> None:
    poor = [(20, 50), (35, 40), (31, 60)]
    states = [rules.capture_state(INDEX, poor[:count]) for count in range(4)]
    assert states == [CaptureState.TODO, CaptureState.AGAIN, CaptureState.AGAIN, CaptureState.FORCED]
    assert rules.best_attempt(poor) == 1
    assert rules.capture_state(INDEX, [(20, 50), (44, 30)]) is CaptureState.ACCEPTED


def test_no_finger_is_never_forced() -> None:
    assert rules.capture_state(INDEX, [(0, 0)] * 5) is CaptureState.AGAIN
    assert rules.best_attempt([(90, 3), (20, 40)]) == 1


def test_forty_five_pairs_and_their_doubles() -> None:
    pairs = rules.pairs_to_compare(list(Finger))
    assert len(pairs) == 45
    scores = dict.fromkeys(pairs, 12) | {pairs[3]: 76, pairs[7]: 33}
    assert rules.doubles(scores) == rules.Doubles((pairs[3],), (pairs[7],))


@pytest.mark.parametrize(
    ("own", "other", "verdict"),
    [
        ((140, 95), (8, 11), "accepted"),
        ((60, 60), (8, 11), "accepted"),
        ((140, 59), (8, 11), "other"),
        ((8, 11), (140, 95), "swapped"),
        ((140, 11), (8, 140), "other"),
        ((8, 11), (9, 12), "other"),
    ],
)
def test_the_second_look_knows_own_swapped_and_other_fingers(
    own: tuple[int, int], other: tuple[int, int], verdict: str
) -> None:
    index = Finger.RIGHT_INDEX, Finger.LEFT_INDEX
    scores = dict(zip(index, own, strict=True)), dict(zip(index, other, strict=True))
    assert rules.second_look(*scores) == verdict


def test_the_second_look_at_one_finger_alone() -> None:
    assert rules.second_look({Finger.LEFT_INDEX: 61}, {}) == "accepted"
    assert rules.second_look({Finger.LEFT_INDEX: 11}, {}) == "other"


def test_the_card_gets_index_fingers_or_the_next_best() -> None:
    everything = set(Finger)
    assert rules.card_fingers(everything) == (Finger.RIGHT_INDEX, Finger.LEFT_INDEX)
    assert rules.card_fingers(everything - {Finger.RIGHT_INDEX}) == (Finger.RIGHT_THUMB, Finger.LEFT_INDEX)
    missing = {Finger.LEFT_INDEX, Finger.LEFT_THUMB}
    assert rules.card_fingers(everything - missing) == (Finger.RIGHT_INDEX, Finger.LEFT_MIDDLE)
    assert rules.card_fingers({Finger.LEFT_LITTLE}) == (Finger.LEFT_LITTLE,)
    assert rules.card_fingers(set()) == ()


def test_search_alarm() -> None:
    assert rules.alert([48]) is rules.alert([3, 60, 40]) is rules.Alert.ONE_FINGER
    assert rules.alert([32, 33]) is rules.Alert.TWO_FINGERS
    assert rules.alert([47, 31]) is rules.alert([]) is None


def test_a_slap_without_its_missing_finger() -> None:
    assert rules.slap_without(rules.SLAPS[1], {Finger.LEFT_LITTLE}) == rules.SLAPS[1][:3]
