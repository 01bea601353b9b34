"""Printing a slip that somebody waits for; what goes wrong holds nothing up, for the screen shows the same."""

from __future__ import annotations

from collections.abc import Callable

from appliance.clock import Deadline
from appliance.devices import PrintDocument, Printer
from appliance.faults import DeviceFault, FaultCode
from appliance.issuance.machines import Machines
from appliance.queue.jobs import Job
from appliance.queue.worker import NotYet
from appliance.records.store import STORAGE_FAULTS

PRINTER = "receipt_printer"
WAIT_SECONDS = 60.0
"""How long a resident waits for his paper; what was not printed by then is not wanted any more."""
PRINT_SECONDS = 20.0
LOOK_AGAIN_MS = 2_000
LATE = "late"


def print_slip(machines: Machines, job: Job, drawn: Callable[[int], bytes], name: str) -> str:
    """One slip by the key of its job at most once; why it did not come out, empty if it did.

    `drawn` gives it as PNG for a roll so many millimetres wide. What cannot be printed now is purged: a paper that
    comes out later lies there for somebody else.
    """
    late = machines.clock() - job.created_at > WAIT_SECONDS * 1000
    if late and job.attempts == 1:
        return LATE
    paper = 58 if "paper=58" in machines.settings.devices.get(PRINTER, "") else 80
    document = PrintDocument(drawn(paper), "image/png", f"custom_receipt_{paper}x200mm", name)
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
