"""Handover: the holder's own finger against the template read from the very card in hand (Permendagri 8/2016).

Whose finger cannot be matched is looked at by two officers, beside the portrait in the same chip.
"""

from __future__ import annotations

from appliance.biometrics import cbeff, rules
from appliance.biometrics.minutiae import BadTemplate, Template
from appliance.biometrics.rules import Verdict
from appliance.casework.roles import SYSTEM, Role
from appliance.chip import condition, reading, verifier
from appliance.chip.verifier import CardContent, Report
from appliance.clock import Deadline
from appliance.devices import FingerPosition
from appliance.faults import DeviceFault, FaultCode
from appliance.issuance.card import card_of, profile_of
from appliance.issuance.finger_capture import take_fingers
from appliance.issuance.machines import Machines, actor_of, case_of, keep, person_in, person_of
from appliance.queue.handovers import BY_FINGER, card_handed_over
from appliance.queue.jobs import Job
from appliance.queue.worker import Result
from appliance.records import audit, cases
from appliance.records.store import Transaction

CARD_SECONDS = 30.0
CAMERA_SECONDS = 30.0


def _own_card(machines: Machines, job: Job, content: CardContent) -> Report:
    """The proof that this is the resident's own card, whole and true; raises `card.*`."""
    person = person_of(machines.store, job)
    with machines.store.read() as tx:
        expected = str(card_of(tx, job).facts["uid"])
    if content.uid.hex() != expected:
        raise DeviceFault(FaultCode.CARD_WRONG, "this is another resident's card")
    report = verifier.judge(content, machines.chip_roots, machines.clock())
    if not report.valid:
        raise DeviceFault(FaultCode.CARD_VERIFY_MISMATCH, ",".join(report.reasons))
    if report.fields.text.get("nik") != person.nik:
        raise DeviceFault(FaultCode.CARD_WRONG, "the chip is another person's")
    return report


def _templates_on_card(machines: Machines, job: Job) -> dict[FingerPosition, Template]:
    """Templates by finger, from a card that is proven to be this resident's own; they stay in memory."""
    profile = profile_of(machines)
    with machines.rack.use("chip_encoder") as encoder, machines.rack.use("secure_access_module") as sam:
        content = verifier.read_card(encoder, Deadline.after(CARD_SECONDS), reading.load(profile.name))
        report = _own_card(machines, job, content)
        files = condition.read_fingers(encoder, sam, profile)
    if not verifier.fingers_match(report.fields, files):
        raise DeviceFault(FaultCode.CARD_WRONG, "the chip is another person's")
    try:
        return dict(cbeff.read(data) for data in files.values())
    except BadTemplate as error:
        raise DeviceFault(FaultCode.CARD_VERIFY_MISMATCH, str(error)) from error


def match(machines: Machines, job: Job) -> Result:
    """One try of the 1:1 match; accepted, the card is the holder's and the ledger says so in the same transaction."""
    on_card = _templates_on_card(machines, job)
    if not on_card:
        raise DeviceFault(FaultCode.CARD_VERIFY_MISMATCH, "no finger on the card")
    wanted = str(job.payload.get("finger") or "")
    finger = FingerPosition(wanted) if wanted in on_card else next(iter(on_card))
    taken = take_fingers(machines, job, [finger])[0]
    score = machines.fingers.match(taken.template, on_card[finger]) if taken.template else 0
    verdict = rules.judge(score)
    attempt = int(job.payload["attempt"])

    def store(tx: Transaction) -> None:
        cases.add_evidence(
            tx,
            str(job.case_id),
            "match",
            position=job.position,
            name=finger.value,
            attempt=attempt,
            state=str(verdict),
            quality=taken.quality,
            score=score,
        )
        facts = {"resident": job.position, "finger": finger.value, "attempt": attempt, "verdict": str(verdict)}
        audit.record(tx, "card-match-complete", SYSTEM, job.case_id, **facts)
        if verdict is Verdict.ACCEPT:
            _handed_over(tx, job)

    return store


def _handed_over(tx: Transaction, job: Job) -> None:
    person, card = person_in(tx, job), card_of(tx, job)
    actor = actor_of(job, Role.PETUGAS)
    card_handed_over(tx, person, card, "hand_over_card", actor, BY_FINGER, actor)


def see_face(machines: Machines, job: Job) -> Result:
    """For a holder whose finger cannot be matched: the portrait out of the chip in hand beside a picture of today.

    The program compares nothing: two people look, and both answer for it.
    """
    record, how = case_of(machines.store, job), reading.load(profile_of(machines).name)
    with machines.rack.use("chip_encoder") as encoder:
        report = _own_card(machines, job, verifier.read_card(encoder, Deadline.after(CARD_SECONDS), how))
    if report.fields.portrait is None:
        raise DeviceFault(FaultCode.CARD_VERIFY_MISMATCH, "no portrait on the card")
    with machines.rack.use("camera") as camera:
        still = camera.capture_still(Deadline.after(CAMERA_SECONDS))
    on_card = keep(machines.store, machines.vault, record, machines.portraits.redraw(report.fields.portrait))
    crop = machines.portraits.examine(still.jpeg, None).crop
    today = keep(machines.store, machines.vault, record, crop or still.jpeg)
    attempt = int(job.payload["attempt"])

    def store(tx: Transaction) -> None:
        for kind, kept, state in (("face_on_card", on_card, "accepted"), ("face_today", today, "asked")):
            cases.add_evidence(
                tx,
                record.id,
                kind,
                position=job.position,
                attempt=attempt,
                state=state,
                blob=kept["blob"],
                sha256=kept["sha256"],
                cause=job.payload["cause"],
                officer=job.payload["actor"],
            )
        audit.record(tx, "card-face-complete", SYSTEM, record.id, resident=job.position, attempt=attempt)

    return store
