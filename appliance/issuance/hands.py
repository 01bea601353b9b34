"""What is taken of a resident's hands beside the ten fingers: the photo of an exception, the second look at the index
fingers."""

from __future__ import annotations

from appliance.biometrics import fmr, rules
from appliance.casework.roles import SYSTEM
from appliance.clock import Deadline
from appliance.devices import FingerPosition
from appliance.issuance import recording
from appliance.issuance.machines import Machines, case_of, keep
from appliance.queue.jobs import Job
from appliance.queue.worker import Result
from appliance.records import audit, cases
from appliance.records.cases import Evidence
from appliance.records.store import Transaction


def _asked(tx: Transaction, job: Job) -> list[Evidence]:
    """The fingers that wait to be seen by a second officer and have no photo yet."""
    found = cases.evidence_of(tx, str(job.case_id), "finger", job.position)
    return [item for item in found if item.state == "asked" and not item.facts.get("photo")]


def capture_hand(machines: Machines, job: Job) -> Result:
    """The hand with the fingers that cannot be recorded, for the second officer; sealed like every picture."""
    record = case_of(machines.store, job)
    with machines.store.read() as tx:
        wanted = {item.id for item in _asked(tx, job)}
    if not wanted:
        return lambda _: None  # taken before the power went, or answered since
    with machines.rack.use("camera") as camera:
        still = camera.capture_still(Deadline.after(recording.CAPTURE_SECONDS))
    kept = keep(machines.store, machines.vault, record, still.jpeg)

    def store(tx: Transaction) -> None:
        waiting = [item for item in _asked(tx, job) if item.id in wanted]
        fingers = [item.name for item in waiting]
        taken = cases.add_evidence(
            tx,
            record.id,
            "hand_photo",
            position=job.position,
            blob=kept["blob"],
            sha256=kept["sha256"],
            fingers=fingers,
        )
        for item in waiting:
            cases.change_evidence(tx, item, "asked", photo=taken.id)
        audit.record(tx, "hand-capture-complete", SYSTEM, record.id, resident=job.position, fingers=fingers)

    return store


def recapture(machines: Machines, job: Job) -> Result:
    """Both index fingers once more, each against its own first capture and the other's; nothing of it is kept but
    the verdict."""
    record, names = case_of(machines.store, job), [str(name) for name in job.payload["fingers"]]
    with machines.store.read() as tx:
        found = cases.evidence_of(tx, record.id, "template", job.position)
        stored = {item.name: item for item in found if item.state != "superseded" and item.name in names}
        attempt = 1 + sum(
            item.state != "superseded" for item in cases.evidence_of(tx, record.id, "recheck", job.position)
        )
    first = {
        name: fmr.read(machines.vault.get(record.id, record.wrapped_key, str(item.blob))).template
        for name, item in stored.items()
    }
    own, other = dict[FingerPosition, int](), dict[FingerPosition, int]()
    for name in first:
        taken = recording.take_fingers(machines, [FingerPosition(name)])[0]
        scores = (
            machines.fingers.match_many(taken.template, list(first.values())) if taken.template else [0] * len(first)
        )
        for against, score in zip(first, scores, strict=True):
            (own if against == name else other)[FingerPosition(name)] = score
    verdict = rules.second_look(own, other)

    def store(tx: Transaction) -> None:
        cases.add_evidence(
            tx, record.id, "recheck", position=job.position, attempt=attempt, state=str(verdict), fingers=list(first)
        )
        audit.record(tx, "finger-recheck-complete", SYSTEM, record.id, resident=job.position, verdict=str(verdict))

    return store
