"""Printing the code of a case for who has just reported it."""

from __future__ import annotations

from functools import partial

from appliance.documents.code_slip import CodeSlip, code_slip
from appliance.issuance.machines import Machines
from appliance.issuance.paper_values import moment, status_link
from appliance.issuance.roll import print_slip
from appliance.queue import jobs
from appliance.queue.jobs import Job
from appliance.queue.worker import Result

NEXT_STEP = "Bawa surat asli ke meja petugas."


def print_code(machines: Machines, job: Job) -> Result:
    """One slip for one report; tells `why` it did not come out. Nothing of the case but its code is on it."""
    code = str(job.payload["code"])
    office = machines.settings.office.name
    slip = CodeSlip(office, code, status_link(machines.settings, code), NEXT_STEP, moment(job.created_at))
    why = print_slip(machines, job, partial(code_slip, slip), code)
    return lambda tx: jobs.tell(tx, job, why=why)
