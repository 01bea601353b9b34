"""What a resident holds before the code reader: the code of his case, and nothing else of it is kept."""

from __future__ import annotations

from appliance.casework.slip_code import case_code
from appliance.clock import Deadline
from appliance.faults import DeviceFault, FaultCode
from appliance.issuance.machines import Machines
from appliance.queue import jobs
from appliance.queue.jobs import Job
from appliance.queue.worker import Result
from appliance.records.store import Transaction

READ_SECONDS = 20.0
"""How long a person may look for his slip."""
FOREIGN = "foreign"
"""A code was read that is none of ours."""


def read_slip(machines: Machines, job: Job, seconds: float = READ_SECONDS) -> Result:
    """Wait for a slip; the job ends either way and tells `code`, or `why` there is none.

    Nothing is held up by it: who still wants to know asks again. After a restart nobody stands there any more.
    """
    stands_there = machines.clock() - job.created_at < READ_SECONDS * 1000
    code, why = _held(machines, seconds) if stands_there else ("", "")

    def told(tx: Transaction) -> None:
        jobs.tell(tx, job, code=code, why=why)

    return told


def _held(machines: Machines, seconds: float) -> tuple[str, str]:
    try:
        with machines.rack.use("barcode_reader") as reader:
            text = reader.scan(Deadline.after(seconds))
    except DeviceFault as fault:
        return "", str(fault.code if fault.code is not FaultCode.BARCODE_TIMEOUT else "")
    code = case_code(text)
    return (code, "") if code else ("", FOREIGN)
