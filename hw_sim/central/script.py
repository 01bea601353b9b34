"""What the biometric centre answers: the words of a case file's `central` object and what they mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

OUTCOMES: Mapping[str, tuple[str, ...]] = {
    "prr": ("SENT_FOR_ENROLLMENT", "RECEIVED_AT_CENTRAL", "PRINT_READY_RECORD"),
    "sfe_stuck": ("SENT_FOR_ENROLLMENT",),
    "duplicate_record": ("SENT_FOR_ENROLLMENT", "RECEIVED_AT_CENTRAL", "DUPLICATE_RECORD"),
    "enroll_failure_at_central": ("SENT_FOR_ENROLLMENT", "RECEIVED_AT_CENTRAL", "ENROLL_FAILURE_AT_CENTRAL"),
    "adjudicate_record": ("SENT_FOR_ENROLLMENT", "RECEIVED_AT_CENTRAL", "ADJUDICATE_RECORD"),
    "search_failure_at_central": ("SENT_FOR_ENROLLMENT", "RECEIVED_AT_CENTRAL", "SEARCH_FAILURE_AT_CENTRAL"),
}
REASONS = {
    "DUPLICATE_RECORD": "the same person stands under another number",
    "ENROLL_FAILURE_AT_CENTRAL": "the biometrics cannot be read",
    "ADJUDICATE_RECORD": "similar to another person, an expert decides",
    "SEARCH_FAILURE_AT_CENTRAL": "the search failed, send again",
}
SEARCHES = ("no_hit", "hit_other_region", "hit_inactive")


@dataclass(frozen=True, slots=True)
class CentreScript:
    """What the centre answers for one case; each list is used in order and its last entry then repeats.

    `person` is whom a hit finds: biodata as in a case file.
    """

    searches: Sequence[str] = ("no_hit",)
    enrolments: Sequence[str] = ("prr",)
    person: Mapping[str, object] = field(default_factory=dict)
