"""Bringing a document into the queue once, whatever happens on the way.

CUPS takes a job in two steps: first the job with its name, then its document. A submission that broke off has left
nothing, an empty job of that name, or the whole job; what is still on the wire can only become an empty job, for a
document needs the number of a job that was answered. Empty jobs never print, and canceled ones take no document any
more; so whoever looks by name and cancels the empty ones may submit again.
"""

from __future__ import annotations

import time

from appliance.clock import Deadline
from appliance.devices import PrintDocument, PrintJob, PrintState
from appliance.drivers import printer_abilities
from appliance.drivers import printer_questions as asked
from appliance.drivers.print_evidence import SeenJob, counter_note
from appliance.drivers.print_queue import PrintQueue, raise_if_stopped, with_document
from appliance.drivers.printer_traits import PrinterTraits
from appliance.drivers.transport_cups import one_connection_each
from appliance.drivers.transport_cups_changes import CupsChanges, Doubtful
from appliance.faults import DeviceFault, FaultCode

_ARRIVAL_SECONDS = 1.0
"""How long a document that was sent whole may need to appear in its job after its sender has ended."""
_LOOK_SECONDS = 0.05


def submit_once(
    queue: PrintQueue, changes: CupsChanges, traits: PrinterTraits, document: PrintDocument, key: str
) -> PrintJob:
    """Queue the document unless the key is known; see `Printer.submit` for what it raises.

    `printer.timed-out` means that it may be queued: no answer, and then the queue could not be asked either.
    """
    changes.start()
    with one_connection_each():
        listed = queue.listed(key)
        said = queue.attributes()
    with one_connection_each():
        found = queue.judged(key, with_document(listed), said).job
        if found is None and listed:
            found = _job_without_leftovers(queue, changes, key)
        if found is not None:
            return found
        raise_if_stopped(said)
        if not asked.flag(said, "printer-is-accepting-jobs"):
            raise DeviceFault(FaultCode.PRINTER_STOPPED, " ".join(asked.texts(said, "printer-state-reasons")))
        abilities = queue.abilities(said)
    printer_abilities.refuse_what_it_has_not(abilities, document)
    before = asked.counter_of(abilities)
    options = {**printer_abilities.job_options(document), "print-scaling": "none", **traits.job_options}
    if before is not None:
        options["job-billing"] = counter_note(before)
    data = traits.encode(document)
    by = Deadline.after(traits.submit_seconds)
    try:
        number = changes.submit(key, document.title, options, data, by, traits.format)
    except Doubtful as doubt:
        found = _after_doubt(queue, changes, key)
        if found is None:
            raise DeviceFault(_without_job(doubt), f"not queued: {doubt.detail}") from doubt
        return found
    queue.known_as(key, number)
    return PrintJob(key, number, PrintState.PENDING, (), False)


def _without_job(doubt: Doubtful) -> FaultCode:
    """The fault once it is known that nothing is queued: then no medium can have been touched."""
    return FaultCode.PRINTER_UNREACHABLE if doubt.code is FaultCode.PRINTER_TIMEOUT else doubt.code


def _after_doubt(queue: PrintQueue, changes: CupsChanges, key: str) -> PrintJob | None:
    queue.look_again()
    try:
        return queue.job(key) or _job_without_leftovers(queue, changes, key)
    except DeviceFault as fault:
        detail = f"submitted or not: the queue cannot be asked ({fault.code})"
        raise DeviceFault(FaultCode.PRINTER_TIMEOUT, detail) from fault


def _job_without_leftovers(queue: PrintQueue, changes: CupsChanges, key: str) -> PrintJob | None:
    """The job if its document arrives yet; None after its empty jobs are canceled."""
    by = Deadline.after(_ARRIVAL_SECONDS)
    while open_ones := _open_and_empty(queue, key):
        if by.passed:
            for job in open_ones:
                changes.cancel(job.number, Deadline.after(asked.ASK_SECONDS))
            break
        time.sleep(_LOOK_SECONDS)
    return queue.job(key)


def _open_and_empty(queue: PrintQueue, key: str) -> list[SeenJob]:
    return [job for job in queue.listed(key) if job.empty and not job.ended]
