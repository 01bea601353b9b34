"""The photo of a hand with fingers that cannot be recorded."""

from __future__ import annotations

from appliance.casework.roles import SYSTEM
from appliance.clock import Deadline
from appliance.issuance.finger_capture import CAPTURE_SECONDS
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
        still = camera.capture_still(Deadline.after(CAPTURE_SECONDS))
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
