"""Handover: the holder's own finger against the template read from the very card in hand (Permendagri 8/2016)."""

from __future__ import annotations

from appliance.biometrics import cbeff, rules
from appliance.biometrics.minutiae import BadTemplate, Template
from appliance.biometrics.rules import Verdict
from appliance.casework.roles import SYSTEM, Role
from appliance.chip import condition, verifier
from appliance.clock import Deadline
from appliance.devices import FingerPosition
from appliance.faults import DeviceFault, FaultCode
from appliance.issuance.card import card_of, profile_of
from appliance.issuance.machines import Machines, actor_of, person_in, person_of
from appliance.issuance.recording import take_fingers
from appliance.queue import jobs
from appliance.queue.jobs import Job
from appliance.queue.worker import Result
from appliance.records import audit, blanks, cases
from appliance.records.blanks import BlankState
from appliance.records.moves import move_ktp
from appliance.records.store import Transaction

CARD_SECONDS = 30.0


def _templates_on_card(machines: Machines, job: Job) -> dict[FingerPosition, Template]:
    """Templates by finger, from a card that is proven to be this resident's own; they stay in memory."""
    profile = profile_of(machines)
    person = person_of(machines.store, job)
    with machines.store.read() as tx:
        expected = str(card_of(tx, job).facts["uid"])
    with machines.rack.use("chip_encoder") as encoder, machines.rack.use("secure_access_module") as sam:
        content = verifier.read_card(encoder, Deadline.after(CARD_SECONDS))
        if content.uid.hex() != expected:
            raise DeviceFault(FaultCode.CARD_WRONG, "this is another resident's card")
        files = condition.read_fingers(encoder, sam, profile)
    report = verifier.judge(content, machines.chip_roots, machines.clock())
    if not report.valid:
        raise DeviceFault(FaultCode.CARD_VERIFY_MISMATCH, ",".join(report.reasons))
    if report.fields.text.get("nik") != person.nik or not verifier.fingers_match(report.fields, files):
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
    taken = take_fingers(machines, [finger])[0]
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
    actor = actor_of(job, Role.PETUGAS)
    person = person_in(tx, job)
    card = card_of(tx, job)
    blanks.move(tx, card.name, BlankState.HANDED_OVER, actor)
    cases.change_evidence(tx, card, "handed_over")
    document = f"KTP-{person.position}"
    cases.add_evidence(
        tx,
        person.case_id,
        "handover",
        position=person.position,
        name="KTP",
        document=document,
        receiver=person.biodata.full_name,
        relation="yang bersangkutan",
        officer=actor.name,
    )
    move_ktp(tx, person, "hand_over_card", actor, blank=card.name)
    where = {"case_id": person.case_id, "position": person.position}
    jobs.put(tx, "render", "receipt", f"receipt:{person.case_id}:{document}", document=document, **where)  # type: ignore[arg-type]
    key = f"report-card:{card.name}:CARD_ISSUED"
    jobs.put(tx, "centre", "report-card", key, serial=card.name, state="CARD_ISSUED", **where)  # type: ignore[arg-type]
