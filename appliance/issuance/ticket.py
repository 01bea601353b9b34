"""Printing a number of the queue."""

from __future__ import annotations

from functools import partial

from appliance.casework.ticket import SERVICES
from appliance.documents.ticket_slip import TicketSlip, ticket_slip
from appliance.issuance.machines import Machines
from appliance.issuance.paper_values import moment
from appliance.issuance.roll import LATE, print_slip
from appliance.queue import jobs
from appliance.queue.jobs import Job
from appliance.queue.worker import Result
from appliance.records import tickets


def print_ticket(machines: Machines, job: Job) -> Result:
    """One slip for one number; tells `why` it did not come out."""
    why = _printed(machines, job)
    return lambda tx: jobs.tell(tx, job, why=why)


def _printed(machines: Machines, job: Job) -> str:
    with machines.store.read() as tx:
        one = tickets.find(tx, str(job.payload["day"]), int(job.payload["number"]))
    if one is None:
        return LATE
    slip = TicketSlip(machines.settings.office.name, one.label, SERVICES[one.service], moment(one.taken_at))
    return print_slip(machines, job, partial(ticket_slip, slip), one.label)
