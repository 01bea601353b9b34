"""Printing a number of the queue; what goes wrong holds nothing up, for the number is on the screen already."""

from __future__ import annotations

from appliance.casework.ticket import SERVICES
from appliance.clock import Deadline
from appliance.devices import PrintDocument, Printer
from appliance.documents.ticket_slip import TicketSlip, ticket_slip
from appliance.faults import DeviceFault, FaultCode
from appliance.issuance.machines import Machines
from appliance.issuance.paper_values import moment
from appliance.queue import jobs
from appliance.queue.jobs import Job
from appliance.queue.worker import NotYet, Result
from appliance.records import tickets
from appliance.records.store import STORAGE_FAULTS

PRINTER = "receipt_printer"
WAIT_SECONDS = 60.0
"""How long a resident waits for his paper; what was not printed by then is not wanted any more."""
PRINT_SECONDS = 20.0
LOOK_AGAIN_MS = 2_000
LATE = "late"


def print_ticket(machines: Machines, job: Job) -> Result:
    """One slip for one number, by the key of its job at most once; tells `why` it did not come out.

    What cannot be printed now is purged: a paper that comes out later lies there for somebody else.
    """
    why = _printed(machines, job)
    return lambda tx: jobs.tell(tx, job, why=why)


def _printed(machines: Machines, job: Job) -> str:
    day, number = str(job.payload["day"]), int(job.payload["number"])
    with machines.store.read() as tx:
        one = tickets.find(tx, day, number)
    late = machines.clock() - job.created_at > WAIT_SECONDS * 1000
    if one is None or (late and job.attempts == 1):
        return LATE
    paper = 58 if "paper=58" in machines.settings.devices.get(PRINTER, "") else 80
    slip = TicketSlip(machines.settings.office.name, one.label, SERVICES[one.service], moment(one.taken_at))
    document = PrintDocument(ticket_slip(slip, paper), "image/png", f"custom_receipt_{paper}x200mm", one.label)
    try:
        with machines.rack.use(PRINTER) as printer:
            if late:
                _purge(printer, job.key)
                return LATE
            try:
                printer.submit(document, job.key)
                printer.settle(job.key, Deadline.after(PRINT_SECONDS))
            except DeviceFault as fault:
                # A roll counts nothing: sent is the most that is known of it.
                if fault.code is FaultCode.PRINTER_UNSETTLED:
                    return ""
                if fault.code not in STORAGE_FAULTS:
                    _purge(printer, job.key)
                raise
    except DeviceFault as fault:
        if fault.code in STORAGE_FAULTS:
            raise NotYet(LOOK_AGAIN_MS, fault) from fault
        return str(fault.code)
    return ""


def _purge(printer: Printer, key: str) -> None:
    """It must not come out later; a queue that does not take that now is asked until it does."""
    try:
        printer.purge(key)
    except DeviceFault as fault:
        raise NotYet(LOOK_AGAIN_MS, fault) from fault
