"""The thumb of a resident in place of his signature: taken for it, proven his own, kept as a one-bit picture."""

from __future__ import annotations

from appliance.casework.roles import SYSTEM
from appliance.devices import FingerPosition
from appliance.faults import DeviceFault, FaultCode
from appliance.issuance import finger_look
from appliance.issuance.finger_capture import TakenFinger, take_fingers
from appliance.issuance.machines import Machines, case_of, keep, person_in
from appliance.queue.jobs import Job
from appliance.queue.worker import Result
from appliance.records.signatures import add_thumb_mark
from appliance.records.store import Transaction


def capture_thumb(machines: Machines, job: Job) -> Result:
    """One capture: his mark if it is the thumb that was recorded of him, else a try of which no picture is kept."""
    record = case_of(machines.store, job)
    finger = take_fingers(machines, job, [FingerPosition(str(job.payload["finger"]))])[0]
    state, picture = _judged(machines, job, finger)
    kept = None if picture is None else keep(machines.store, machines.vault, record, picture)

    def store(tx: Transaction) -> None:
        # A late answer: sent to the centre, or begun anew, while the thumb was on the glass.
        if person_in(tx, job).ktp_state == "MEREKAM":
            add_thumb_mark(
                tx, record.id, int(job.position or 0), finger.image.position.value, state, kept, SYSTEM,
                reason=str(job.payload["reason"]), quality=finger.quality, cause=finger.cause,
            )  # fmt: skip

    return store


def _judged(machines: Machines, job: Job, finger: TakenFinger) -> tuple[str, bytes | None]:
    if finger.template is None:
        return "tried", None
    if finger_look.officer_of(machines, finger.template):
        return "officer", None
    if not finger_look.as_recorded(machines, job, finger):
        return "other", None
    try:
        return "accepted", machines.fingers.mark(finger.image.image)
    except DeviceFault as fault:
        if fault.code is not FaultCode.ENGINE_NO_FINGER:
            raise
        return "tried", None
