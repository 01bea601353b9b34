"""Waiting until a print job is proved, and making sure that one is over."""

from __future__ import annotations

import time

from appliance.clock import Deadline
from appliance.devices import PrintJob, PrintState
from appliance.drivers.print_queue import PrintQueue
from appliance.drivers.printer_questions import ASK_SECONDS
from appliance.drivers.printer_traits import PrinterTraits
from appliance.drivers.transport_cups import one_connection_each
from appliance.drivers.transport_cups_changes import CupsChanges
from appliance.faults import DeviceFault, FaultCode

_POLL_SECONDS = (0.05, 0.5)
_SILENT_POLLS = 3
"""A printer that cannot be asked so many times in a row is unreachable."""


def settle(queue: PrintQueue, traits: PrinterTraits, key: str, by: Deadline) -> PrintJob:
    """Return when the job is printed and the printer's counter moved for it; anything else raises.

    `printer.job-aborted` (also canceled), `printer.job-unsettled` (ended without evidence), `printer.timed-out` at
    the deadline, or what stops the printer now; the job stays in the queue as it is.
    """
    pause, silent = _POLL_SECONDS[0], 0
    evidence_by: Deadline | None = None
    while True:
        look = queue.look(key)
        job = look.job
        if job is None:
            raise DeviceFault(FaultCode.PRINTER_UNSETTLED, "not in the queue's history")
        if job.state is PrintState.COMPLETED and job.counter_moved:
            return job
        if job.state in (PrintState.ABORTED, PrintState.CANCELED):
            raise DeviceFault(FaultCode.PRINTER_ABORTED, " ".join((job.state.value, *job.reasons)))
        try:
            look.raise_if_blocked()
            silent = 0
        except DeviceFault as fault:
            silent += 1
            if fault.code is not FaultCode.PRINTER_UNREACHABLE or silent >= _SILENT_POLLS:
                raise
        if job.state is PrintState.COMPLETED:
            evidence_by = evidence_by or _evidence_deadline(job, traits)
            if evidence_by.passed or by.passed:
                raise DeviceFault(FaultCode.PRINTER_UNSETTLED, f"completed, counter moved: {job.counter_moved}")
        if by.passed:
            raise DeviceFault(FaultCode.PRINTER_TIMEOUT, " ".join((job.state.value, *job.reasons)))
        time.sleep(min(pause, by.remaining()))
        pause = min(pause * 1.3, _POLL_SECONDS[1])


def _evidence_deadline(job: PrintJob, traits: PrinterTraits) -> Deadline:
    """A queue that does not wait ends before the medium is out; without a counter no evidence will come."""
    return Deadline.after(traits.evidence_seconds if job.counter_moved is None else traits.motion_seconds)


def purge(queue: PrintQueue, changes: CupsChanges, traits: PrinterTraits, key: str) -> None:
    """Cancel in the queue and at the printer, and wait until neither works on it.

    Raises `printer.unreachable` if the printer cannot be asked, `printer.timed-out` if CUPS does not take the
    cancellation, `printer.job-unsettled` if it goes on.
    """
    by = Deadline.after(traits.motion_seconds)
    for job in queue.waiting_of(key):
        changes.cancel(job.number, Deadline.after(ASK_SECONDS))
    while True:
        with one_connection_each():
            open_ones = queue.waiting_of(key)
            said = queue.attributes()
            busy = queue.busy_without_job(said)
            at_printer = [job for job in queue.at_printer(said, key) if not job.ended]
            if not open_ones and not busy and not at_printer:
                return
            for job in at_printer:
                queue.cancel_at_printer(said, job.number)
        if by.passed:
            raise DeviceFault(FaultCode.PRINTER_UNSETTLED, "still at work after cancel")
        time.sleep(_POLL_SECONDS[0])


def resume(queue: PrintQueue, changes: CupsChanges) -> None:
    """Start a stopped queue again: a person's act, never the driver's own.

    Raises `printer.paused` while a job still waits there, for it would print at once: purge first;
    `printer.start-refused` if CUPS does not let this account.
    """
    if queue.waiting():
        raise DeviceFault(FaultCode.PRINTER_STOPPED, "a job still waits")
    try:
        changes.enable(Deadline.after(ASK_SECONDS))
    except DeviceFault as fault:
        if fault.code is not FaultCode.PRINTER_OTHER:
            raise
        raise DeviceFault(FaultCode.PRINTER_STOPPED, fault.detail) from fault
