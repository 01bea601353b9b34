"""Which finger is good enough, which fingers are the same, whom a match lets through. Pure; thresholds are here only.

Scores are Bozorth3's for two prints of the card's sixty minutiae (0 and up), quality is NFIQ 2 (0-100). A person
decides; these rules propose.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

from appliance.devices import FingerPosition as Finger

ACCEPT_SCORE = 40
"""1:1, also the alarm that one finger was presented for two."""
AGAIN_SCORE = 25
SELF_CHECK_SCORE = 60
"""Both index fingers captured again must reach this against their own first capture."""
ALMOST_SAME_SCORE = 30
"""Within ten fingers: both are captured again."""
SEARCH_ONE_FINGER_SCORE = 48
SEARCH_TWO_FINGERS_SCORE = 32
SHORTLIST = 20
"""Fingers that the pre-filter of a search leaves for the matcher."""
QUICK_MINUTIAE = 30
"""Of a finger's minutiae, what tells it apart from others in a third of the time, where it need not be judged."""
MIN_MINUTIAE = 12
MAX_ATTEMPTS = 3
MAX_HANDOVER_TRIES = 4

SLAPS: tuple[tuple[Finger, ...], ...] = (
    (Finger.RIGHT_INDEX, Finger.RIGHT_MIDDLE, Finger.RIGHT_RING, Finger.RIGHT_LITTLE),
    (Finger.LEFT_INDEX, Finger.LEFT_MIDDLE, Finger.LEFT_RING, Finger.LEFT_LITTLE),
    (Finger.RIGHT_THUMB, Finger.LEFT_THUMB),
)
"""4-4-2, in the order of capture."""

_WEAK = frozenset({Finger.RIGHT_RING, Finger.RIGHT_LITTLE, Finger.LEFT_RING, Finger.LEFT_LITTLE})


def quality_wanted(finger: Finger) -> int:
    """The NFIQ 2 value from which a finger is accepted: 40, ring and little fingers 30."""
    return 30 if finger in _WEAK else 40


def good_enough(finger: Finger, nfiq2: int, minutiae: int) -> bool:
    """Whether one capture of a finger is accepted as it is."""
    return nfiq2 >= quality_wanted(finger) and minutiae >= MIN_MINUTIAE


class Verdict(StrEnum):
    """What follows from a 1:1 comparison."""

    ACCEPT = "accept"
    AGAIN = "again"
    REFUSE = "refuse"


def judge(score: int) -> Verdict:
    """40 and above accepts, 25 to 39 asks for the finger again, less refuses."""
    if score >= ACCEPT_SCORE:
        return Verdict.ACCEPT
    return Verdict.AGAIN if score >= AGAIN_SCORE else Verdict.REFUSE


class CaptureState(StrEnum):
    """Where one finger stands."""

    TODO = "todo"
    AGAIN = "again"
    ACCEPTED = "accepted"
    FORCED = "forced"


def capture_state(finger: Finger, attempts: Sequence[tuple[int, int]]) -> CaptureState:
    """The finger's state after `attempts` of (NFIQ 2, minutiae); after three poor ones the best is kept, `forced`."""
    if not attempts:
        return CaptureState.TODO
    if any(good_enough(finger, *attempt) for attempt in attempts):
        return CaptureState.ACCEPTED
    if len(attempts) < MAX_ATTEMPTS or all(minutiae < MIN_MINUTIAE for _, minutiae in attempts):
        return CaptureState.AGAIN
    return CaptureState.FORCED


def best_attempt(attempts: Sequence[tuple[int, int]]) -> int:
    """Which attempt to keep: a finger before no finger, then the highest NFIQ 2, then the most minutiae."""
    return max(range(len(attempts)), key=lambda at: (attempts[at][1] >= MIN_MINUTIAE, *attempts[at]))


def slap_without(slap: Sequence[Finger], exceptions: Collection[Finger]) -> tuple[Finger, ...]:
    """The fingers of a slap that are there to be captured."""
    return tuple(finger for finger in slap if finger not in exceptions)


@dataclass(frozen=True, slots=True)
class Doubles:
    """Fingers that look presented twice (`same`), and pairs to capture again to be sure (`almost`)."""

    same: tuple[tuple[Finger, Finger], ...]
    almost: tuple[tuple[Finger, Finger], ...]


def pairs_to_compare(fingers: Sequence[Finger]) -> tuple[tuple[Finger, Finger], ...]:
    """All pairs within one recording: 45 for ten fingers."""
    return tuple(combinations(fingers, 2))


def doubles(scores: Mapping[tuple[Finger, Finger], int]) -> Doubles:
    """The same finger presented twice, from the scores of `pairs_to_compare`."""
    return Doubles(
        tuple(pair for pair, score in scores.items() if score >= ACCEPT_SCORE),
        tuple(pair for pair, score in scores.items() if ALMOST_SAME_SCORE <= score < ACCEPT_SCORE),
    )


class SecondLook(StrEnum):
    """What both index fingers, taken once more after the ten, say of the first capture."""

    OWN = "accepted"
    SWAPPED = "swapped"
    OTHER = "other"


def second_look(own: Mapping[Finger, int], other: Mapping[Finger, int]) -> SecondLook:
    """From each finger's score against its own first capture and against that of the other hand.

    60 and above on every finger is the same hands; both matching the other hand is hands given for one another;
    anything else is another's finger, or one that is hard to read.
    """
    if all(score >= SELF_CHECK_SCORE for score in own.values()):
        return SecondLook.OWN
    if other and all(other[finger] >= ACCEPT_SCORE and own.get(finger, 0) < ACCEPT_SCORE for finger in other):
        return SecondLook.SWAPPED
    return SecondLook.OTHER


class Alert(StrEnum):
    """How a search came upon somebody: one finger very much alike, or two fingers alike."""

    ONE_FINGER = "one_finger"
    TWO_FINGERS = "two_fingers"


def alert(scores: Sequence[int]) -> Alert | None:
    """Whether a person found by a search (one score for each of his fingers) is shown to a person: 48 on one finger,
    or 32 on two."""
    if max(scores, default=0) >= SEARCH_ONE_FINGER_SCORE:
        return Alert.ONE_FINGER
    return Alert.TWO_FINGERS if sum(score >= SEARCH_TWO_FINGERS_SCORE for score in scores) >= 2 else None


_CARD_ORDER = ("index", "thumb", "middle", "ring", "little")


def card_fingers(captured: Collection[Finger]) -> tuple[Finger, ...]:
    """The fingers for the chip: right and left index, else thumb, else middle, ring, little finger of that hand."""
    chosen = []
    for hand in ("right", "left"):
        of_hand = (Finger(f"{hand}_{name}") for name in _CARD_ORDER)
        chosen.extend([finger for finger in of_hand if finger in captured][:1])
    return tuple(chosen)
