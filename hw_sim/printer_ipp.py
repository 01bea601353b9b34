"""What a printer answers on the wire: the operations of IPP Everywhere (PWG 5100.14)."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from hw_sim import ipp
from hw_sim.ipp import Attribute, Message, Tag, of
from hw_sim.printer_jobs import Job, JobState, State
from hw_sim.printer_media import job_template

if TYPE_CHECKING:
    from hw_sim.printer import Printer


OK, NOT_POSSIBLE, NOT_FOUND, FORMAT, NOT_SUPPORTED, BUSY = 0, 0x404, 0x406, 0x40A, 0x501, 0x507
PRINT_JOB, VALIDATE_JOB, CREATE_JOB, SEND_DOCUMENT, CANCEL_JOB, GET_JOB, GET_JOBS, GET_PRINTER = (
    2,
    4,
    5,
    6,
    8,
    9,
    10,
    11,
)
FORMATS = {
    "sheet": ("application/pdf", "image/pwg-raster"),
    "card": ("image/pwg-raster",),
}


def breaks(printer: Printer, begun: bytes) -> bool:
    """Whether the connection breaks now, the request having come so far."""
    if printer.hangs_up:
        return True
    if printer.drops and int.from_bytes(begun[2:4], "big") in (PRINT_JOB, SEND_DOCUMENT):
        printer.drops -= 1
        return True
    return False


def _operation_group(text: str = "") -> ipp.Group:
    attributes = {
        "attributes-charset": of(Tag.CHARSET, "utf-8"),
        "attributes-natural-language": of(Tag.LANGUAGE, "en"),
    }
    if text:
        attributes["status-message"] = of(Tag.TEXT, text)
    return Tag.OPERATION, attributes


def _only(wanted: Attribute | None, attributes: dict[str, Attribute]) -> dict[str, Attribute]:
    names = set(wanted.values) if wanted else {"all"}
    if names & {"all", "job-template", "job-description", "printer-description"}:
        return attributes
    return {name: value for name, value in attributes.items() if name in names}


def _describe(printer: Printer, job: Job) -> dict[str, Attribute]:
    return {
        "job-id": of(Tag.INTEGER, job.number),
        "job-uri": of(Tag.URI, f"{printer.uri}/{job.number}"),
        "job-name": of(Tag.NAME, job.name),
        "job-originating-user-name": of(Tag.NAME, job.user),
        "job-state": of(Tag.ENUM, int(job.state)),
        "job-state-reasons": of(Tag.KEYWORD, *job.reasons),
        "job-impressions-completed": of(Tag.INTEGER, job.impressions),
        "job-media-sheets-completed": of(Tag.INTEGER, job.impressions),
        "time-at-creation": of(Tag.INTEGER, job.created),
    }


def printer_attributes(printer: Printer) -> dict[str, Attribute]:
    """Everything the printer says of itself now."""
    names = [name for name, _ in printer.build.supplies]
    stopped = printer.state == State.STOPPED
    return {
        **job_template(printer.kind, printer.build.model, printer.formats, printer.uri),
        "operations-supported": of(
            Tag.ENUM, PRINT_JOB, VALIDATE_JOB, CREATE_JOB, SEND_DOCUMENT, CANCEL_JOB, GET_JOB, GET_JOBS, GET_PRINTER
        ),
        "printer-state": of(Tag.ENUM, int(printer.state)),
        "printer-state-reasons": of(Tag.KEYWORD, *(sorted(printer.reasons) or ["none"])),
        "printer-state-message": of(Tag.TEXT, "Stopped." if stopped else "Ready."),
        "printer-is-accepting-jobs": of(Tag.BOOLEAN, True),
        "printer-up-time": of(Tag.INTEGER, int(time.monotonic()) + 1),
        "queued-job-count": of(
            Tag.INTEGER, sum(job.state < JobState.CANCELED for job in list(printer.jobs.values()))
        ),
        "printer-impressions-completed": of(Tag.INTEGER, printer.counter),
        "printer-media-sheets-completed": of(Tag.INTEGER, printer.counter),
        "marker-names": of(Tag.NAME, *names),
        "marker-types": of(Tag.KEYWORD, *(kind for _, kind in printer.build.supplies)),
        "marker-colors": of(Tag.NAME, *("#000000" for _ in names)),
        "marker-levels": of(Tag.INTEGER, *(printer.levels[name] for name in names)),
        "marker-low-levels": of(Tag.INTEGER, *(5 for _ in names)),
        "marker-high-levels": of(Tag.INTEGER, *(100 for _ in names)),
    }


def answer_to(printer: Printer, request: Message) -> Message | bytes:
    """What the printer answers to one request; while it is mute, nothing; while it is confused, no IPP."""
    while printer.mute_answers:
        time.sleep(0.02)
    if printer.confused:
        return b"<html>501</html>"
    operation = _OPERATIONS.get(request.code)
    if operation is None:
        return Message(NOT_SUPPORTED, request.request_id, (_operation_group("no such operation"),))
    status, groups = operation(printer, request)
    return Message(status, request.request_id, (_operation_group(), *groups))


Result = tuple[int, tuple[ipp.Group, ...]]


def _new_job(printer: Printer, request: Message) -> Job:
    name = request.text("job-name", "untitled")
    job = printer.create(name, request.text("requesting-user-name", "anonymous"), request.number("copies", 1))
    job.asked = {
        key: value.first
        for group, attributes in request.groups
        if group == Tag.JOB
        for key, value in attributes.items()
    }
    return job


def _find(printer: Printer, request: Message) -> Job | None:
    number = request.number("job-id") or int(request.text("job-uri").rpartition("/")[2] or 0)
    return printer.jobs.get(number)


def _create(printer: Printer, request: Message) -> Result:
    if printer.busy_answers:
        return BUSY, ()
    return OK, ((Tag.JOB, _describe(printer, _new_job(printer, request))),)


def _print(printer: Printer, request: Message) -> Result:
    if printer.busy_answers:
        return BUSY, ()
    if request.text("document-format", printer.formats[0]) not in printer.formats:
        return FORMAT, ()
    job = _new_job(printer, request)
    printer.give(job, request.text("document-format"), request.data)
    return OK, ((Tag.JOB, _describe(printer, job)),)


def _send(printer: Printer, request: Message) -> Result:
    job = _find(printer, request)
    if job is None:
        return NOT_FOUND, ()
    if job.data or job.state != JobState.PENDING:
        return NOT_POSSIBLE, ()
    if request.text("document-format", printer.formats[0]) not in printer.formats:
        return FORMAT, ()
    printer.give(job, request.text("document-format"), request.data)
    return OK, ((Tag.JOB, _describe(printer, job)),)


def _validate(printer: Printer, request: Message) -> Result:
    return (BUSY if printer.busy_answers else OK), ()


def _cancel(printer: Printer, request: Message) -> Result:
    job = _find(printer, request)
    if job is None:
        return NOT_FOUND, ()
    return (OK if printer.cancel(job) else NOT_POSSIBLE), ()


def _job(printer: Printer, request: Message) -> Result:
    job = _find(printer, request)
    if job is None:
        return NOT_FOUND, ()
    return OK, ((Tag.JOB, _only(request.attribute("requested-attributes"), _describe(printer, job))),)


def _jobs(printer: Printer, request: Message) -> Result:
    which = request.text("which-jobs", "not-completed")
    wanted = request.attribute("requested-attributes") or of(Tag.KEYWORD, "job-id", "job-uri")
    chosen = [
        job
        for job in list(printer.jobs.values())
        if which == "all" or (job.state >= JobState.CANCELED) == (which == "completed")
    ]
    limit = request.number("limit", len(chosen))
    newest_first = sorted(chosen, key=lambda job: -job.number) if which == "completed" else chosen
    return OK, tuple((int(Tag.JOB), _only(wanted, _describe(printer, job))) for job in newest_first[:limit])


def _printer(printer: Printer, request: Message) -> Result:
    return OK, ((Tag.PRINTER, _only(request.attribute("requested-attributes"), printer_attributes(printer))),)


_OPERATIONS: dict[int, Callable[[Printer, Message], Result]] = {
    PRINT_JOB: _print,
    VALIDATE_JOB: _validate,
    CREATE_JOB: _create,
    SEND_DOCUMENT: _send,
    CANCEL_JOB: _cancel,
    GET_JOB: _job,
    GET_JOBS: _jobs,
    GET_PRINTER: _printer,
}
