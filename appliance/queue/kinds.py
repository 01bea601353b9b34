"""What each kind of job is to people: who waits for it, how long it may be silent, may it be given up. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum


class Urgency(IntEnum):
    """Who waits while the job waits; a higher one is taken first."""

    NOBODY = 0
    DESK = 1
    RESIDENT = 2


@dataclass(frozen=True, slots=True)
class Kind:
    """`quiet_s` is longer than the step itself waits for its device or office, so silence beyond it is trouble.

    `card` says that a blank is in work: such a job is given up only by declaring the card spoiled. Whether another
    may be given up depends on whether an officer can begin the same act again (`gives_up`).
    """

    urgency: Urgency
    quiet_s: int
    gives_up: bool = False
    card: bool = False


_OTHER = Kind(Urgency.DESK, 300)

KINDS: Mapping[str, Kind] = {
    "prepare": Kind(Urgency.DESK, 120, card=True),
    "encode": Kind(Urgency.DESK, 120, card=True),
    "read-fingers": Kind(Urgency.RESIDENT, 180, gives_up=True),
    "see-face": Kind(Urgency.RESIDENT, 180, gives_up=True),
    "print-card": Kind(Urgency.DESK, 300, card=True),
    "print-kk": Kind(Urgency.DESK, 240, gives_up=True),
    "resume-queue": Kind(Urgency.RESIDENT, 120),
    "withdraw-prints": Kind(Urgency.RESIDENT, 120),
    "capture": Kind(Urgency.RESIDENT, 180, gives_up=True),
    "search-capture": Kind(Urgency.RESIDENT, 240, gives_up=True),
    "capture-photo": Kind(Urgency.RESIDENT, 120, gives_up=True),
    "capture-scan": Kind(Urgency.RESIDENT, 120, gives_up=True),
    "capture-hand": Kind(Urgency.RESIDENT, 120, gives_up=True),
    "recapture": Kind(Urgency.RESIDENT, 240, gives_up=True),
    "capture-signature": Kind(Urgency.RESIDENT, 180, gives_up=True),
    "capture-thumb": Kind(Urgency.RESIDENT, 180, gives_up=True),
    "keep-officer-finger": Kind(Urgency.DESK, 180),
    "read-slip": Kind(Urgency.RESIDENT, 60, gives_up=True),
    "read-family-card": Kind(Urgency.RESIDENT, 60, gives_up=True),
    "check-card": Kind(Urgency.RESIDENT, 60, gives_up=True),
    "print-ticket": Kind(Urgency.RESIDENT, 120, gives_up=True),
    "print-code": Kind(Urgency.RESIDENT, 120, gives_up=True),
    "report-slip": Kind(Urgency.RESIDENT, 120, gives_up=True),
    "receipt": Kind(Urgency.RESIDENT, 120),
    "return-slip": Kind(Urgency.DESK, 120, gives_up=True),
    "kk-draft": Kind(Urgency.DESK, 120),
    "face-minutes": Kind(Urgency.DESK, 120),
    "destruction-minutes": Kind(Urgency.NOBODY, 300),
    "enter": Kind(Urgency.DESK, 300, gives_up=True),
    "call-nik": Kind(Urgency.DESK, 120, gives_up=True),
    "sign": Kind(Urgency.DESK, 300, gives_up=True),
    "search": Kind(Urgency.RESIDENT, 300),
    "personalise": Kind(Urgency.DESK, 300, card=True),
    "enrol": Kind(Urgency.DESK, 300),
    "enrolment-state": Kind(Urgency.NOBODY, 300),
    "void": Kind(Urgency.DESK, 300),
    "report-card": Kind(Urgency.NOBODY, 300),
    "try-device": Kind(Urgency.NOBODY, 240),
    "erase-trial": Kind(Urgency.NOBODY, 60),
}
"""Every kind that a lane works; a test holds this to the steps of both machine processes."""

LANE_DEVICES: Mapping[str, tuple[str, ...]] = {
    "encoder": ("chip_encoder", "secure_access_module"),
    "card_printer": ("card_printer",),
    "document_printer": ("document_printer",),
    "scanner": ("fingerprint_scanner",),
    "camera": ("camera",),
    "pad": ("signature_pad",),
    "code_reader": ("barcode_reader",),
    "receipt_printer": ("receipt_printer",),
}
"""The devices that the work of a lane needs."""


def kind_of(name: str) -> Kind:
    """What is known of this kind; a kind that is not in the table is desk work."""
    return KINDS.get(name, _OTHER)
