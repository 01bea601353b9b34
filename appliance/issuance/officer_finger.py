"""An officer's own finger for the look at residents' fingers: taken once, kept as a card form, never as a picture."""

from __future__ import annotations

from dataclasses import replace

from appliance.biometrics import compact, rules
from appliance.casework.roles import Role
from appliance.casework.sop import NotAllowed
from appliance.devices import FingerPosition
from appliance.faults import DeviceFault
from appliance.issuance.finger_capture import TakenFinger, take_fingers
from appliance.issuance.finger_look import officer_of
from appliance.issuance.machines import Machines, actor_of
from appliance.queue.jobs import Job
from appliance.queue.worker import Result
from appliance.records import officer_fingers
from appliance.records.officer_fingers import Capture
from appliance.records.store import STORAGE_FAULTS, Transaction

WAITS_MS = 300_000
"""Who asked for it stands before the glass; later it may be anybody's finger that lies there."""


def keep_officer_finger(machines: Machines, job: Job) -> Result:
    """One capture; whatever the device or the finger does wrong is its outcome and never holds the job."""
    with machines.store.read() as tx:
        capture, now = officer_fingers.last_capture(tx), tx.now
    if capture is None or capture.id != job.payload["capture"] or capture.state != "waiting":
        return lambda _: None
    if job.attempts > 1:
        return _told(replace(capture, state="cut"))
    if not 0 <= now - capture.at <= WAITS_MS:
        return _told(replace(capture, state="late"))
    try:
        finger = take_fingers(machines, job, [FingerPosition(capture.finger)])[0]
    except DeviceFault as fault:
        if fault.code in STORAGE_FAULTS:
            raise
        return _told(replace(capture, state="failed", fault=str(fault.code)))
    return _judged(machines, job, capture, finger)


def _judged(machines: Machines, job: Job, capture: Capture, finger: TakenFinger) -> Result:
    template = finger.template
    if template is None or not rules.good_enough(finger.image.position, finger.quality, len(template.minutiae)):
        return _told(replace(capture, state="poor", cause=finger.cause))
    owner = officer_of(machines, template)
    if owner not in {None, job.payload["account"]}:
        return _told(replace(capture, state="another"))
    form, by = compact.write(template), actor_of(job, Role(str(job.payload["role"])))

    def store(tx: Transaction) -> None:
        try:
            officer_fingers.keep(tx, capture.login, capture.finger, form, by)
            state = "kept"
        except NotAllowed:
            state = "gone"
        officer_fingers.put_capture(tx, replace(capture, state=state))

    return store


def _told(capture: Capture) -> Result:
    return lambda tx: officer_fingers.put_capture(tx, capture)
