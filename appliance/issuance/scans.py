"""A paper under the camera: photographed, made straight, kept as evidence of its line of the checklist."""

from __future__ import annotations

from appliance.casework.roles import Role
from appliance.clock import Deadline
from appliance.documents.scanning import NotAPaper, scan_of
from appliance.faults import DeviceFault, FaultCode
from appliance.issuance.finger_capture import CAPTURE_SECONDS
from appliance.issuance.machines import Machines, actor_of, case_of, keep
from appliance.queue.jobs import Job
from appliance.queue.worker import Result
from appliance.records.scans import add_scan
from appliance.records.store import Transaction


def capture_scan(machines: Machines, job: Job) -> Result:
    """One picture of the paper; dark or blurred it is kept too, as doubtful."""
    record = case_of(machines.store, job)
    with machines.rack.use("camera") as camera:
        still = camera.capture_still(Deadline.after(CAPTURE_SECONDS))
    try:
        found = scan_of(still.jpeg)
    except NotAPaper as error:
        raise DeviceFault(FaultCode.CAMERA_BROKEN_FRAME, str(error)) from error
    kept = keep(machines.store, machines.vault, record, found.jpeg)

    def store(tx: Transaction) -> None:
        by, paper = actor_of(job, Role.PETUGAS), (str(job.payload["paper"]), str(job.payload.get("letter", "")))
        add_scan(
            tx, record.id, paper, kept["blob"], kept["sha256"], found.doubt, by,
            picture=True, source="camera",
            edges=found.edges, brightness=found.brightness, sharpness=found.sharpness,
        )  # fmt: skip

    return store
