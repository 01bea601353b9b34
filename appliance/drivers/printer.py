"""Printers behind a CUPS queue: one driver for sheets and cards, which differ by values."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from appliance.clock import Deadline
from appliance.devices import DeviceStatus, PrintDocument, PrintJob, PrintState
from appliance.drivers import ipp
from appliance.drivers import printer_questions as asked
from appliance.drivers.picture_pdf import pdf_of
from appliance.drivers.print_evidence import COMPLETED, PROCESSING, SeenJob, counter_note, judge, seen
from appliance.drivers.printer_status import status_of
from appliance.drivers.transport_cups import Address, address, ask
from appliance.faults import DeviceFault, FaultCode

_SUBMIT_SECONDS = 30.0
_POLL_SECONDS = (0.05, 0.5)
_EVIDENCE_SECONDS = 2.0
"""How long to go on asking a printer that has told nothing of a job that the queue has ended."""
_SILENT_POLLS = 3
"""A printer that cannot be asked so many times in a row is unreachable."""


@dataclass(frozen=True, slots=True)
class PrinterTraits:
    """What differs between printers: usual medium, job attributes, and how long a medium in motion may take."""

    media: str
    motion_seconds: float
    job_fields: tuple[ipp.Field, ...] = field(default=())


SHEETS = PrinterTraits("iso_a4_210x297mm", 30.0)
# orientation-requested 4 (landscape): without it CUPS turns a card that lies the other way round, upside down.
CARDS = PrinterTraits("om_id-1_54x86mm", 90.0, ((ipp.ENUM, "orientation-requested", 4),))


class QueuedPrinter:
    """A `DocumentPrinter` or `CardPrinter` at `ipp://host[:port]/printers/NAME` or
    `ipp://%2Fpath%2Fcups.sock/printers/NAME`; ValueError for other addresses.

    The key of a job is its job-name in the queue and at the printer; the counter at submit is kept in the job's
    `job-billing`. So everything is found again after a crash as long as the queue keeps its history.
    """

    def __init__(self, uri: str, traits: PrinterTraits) -> None:
        self._queue = address(uri)
        self._traits = traits
        # Only to spare CUPS its whole history at each look; the history itself is what counts.
        self._numbers: dict[str, int] = {}

    def open(self) -> None:
        """See that the queue is there; raises `printer.unreachable`."""
        self._queue_attributes()

    def close(self) -> None:
        """Nothing is held open between calls."""

    # -- what it says of itself ----------------------------------------------------------------------

    def status(self) -> DeviceStatus:
        """Queue and printer in one, as `printer_status.status_of` puts them together."""
        try:
            queue = self._queue_attributes()
        except DeviceFault as fault:
            return DeviceStatus("down", (fault.code.value,), detail={"queue": fault.detail})
        try:
            device = self._device_attributes(queue)
        except DeviceFault as fault:
            model = asked.text(queue, "printer-make-and-model")
            return DeviceStatus("down", (fault.code.value,), model, detail=asked.told(queue))
        return status_of(queue, device)

    def self_test(self) -> DeviceStatus:
        """`status`, after the queue has accepted the usual medium in a job that is not printed."""
        template = [(ipp.KEYWORD, "media", self._traits.media), *self._traits.job_fields]
        try:
            fields = [
                (ipp.NAME, "requesting-user-name", asked.USER),
                (ipp.MIME_TYPE, "document-format", "application/pdf"),
            ]
            answer = ask(self._queue, ipp.VALIDATE_JOB, fields, Deadline.after(asked.ASK_SECONDS), template)
        except DeviceFault as fault:
            return DeviceStatus("down", (fault.code.value,), detail={"queue": fault.detail})
        if not answer.ok:
            return DeviceStatus(
                "down", (FaultCode.PRINTER_OTHER.value,), detail={"validate-job": f"{answer.status:#x}"}
            )
        return self.status()

    def counter(self) -> int:
        """Sheets or cards in the printer's life; raises `printer.other` if it does not count."""
        count = asked.counter_of(self._device_attributes(self._queue_attributes()) or {})
        if count is None:
            raise DeviceFault(FaultCode.PRINTER_OTHER, "no counter")
        return count

    def supplies(self) -> Mapping[str, int]:
        """Percent by supply name; a level that the printer does not know is left out."""
        said = self._device_attributes(self._queue_attributes()) or {}
        levels = said.get("marker-levels", ())
        return {
            str(name): level
            for name, level in zip(said.get("marker-names", ()), levels, strict=False)
            if isinstance(level, int) and level >= 0
        }

    # -- jobs ------------------------------------------------------------------------------------------

    def submit(self, document: PrintDocument, key: str) -> PrintJob:
        """Queue the document unless the key is known; raises `printer.paused` if the queue is stopped."""
        found = self.job(key)
        if found is not None:
            return found
        queue = self._queue_attributes()
        if asked.number(queue, "printer-state") == asked.STOPPED or not asked.flag(
            queue, "printer-is-accepting-jobs"
        ):
            raise DeviceFault(FaultCode.PRINTER_STOPPED, " ".join(asked.texts(queue, "printer-state-reasons")))
        before = asked.counter_of(self._device_attributes(queue) or {})
        data = pdf_of(document.data) if document.format == "image/png" else document.data
        fields: list[ipp.Field] = [
            (ipp.NAME, "requesting-user-name", asked.USER),
            (ipp.NAME, "job-name", key),
            (ipp.NAME, "document-name", document.title),
            (ipp.MIME_TYPE, "document-format", "application/pdf"),
        ]
        template: list[ipp.Field] = [
            (ipp.KEYWORD, "media", document.media),
            (ipp.KEYWORD, "print-scaling", "none"),
            (ipp.INTEGER, "copies", document.copies),
            *self._traits.job_fields,
        ]
        if before is not None:
            template.append((ipp.TEXT, "job-billing", counter_note(before)))
        try:
            answer = ask(self._queue, ipp.PRINT_JOB, fields, Deadline.after(_SUBMIT_SECONDS), template, data)
        except DeviceFault:
            # The answer may have been lost after the job was taken.
            found = self.job(key)
            if found is None:
                raise
            return found
        if not answer.ok:
            raise DeviceFault(FaultCode.PRINTER_OTHER, f"print-job {answer.status:#06x}")
        job = next(iter(answer.of(ipp.JOB_GROUP)), {})
        return PrintJob(key, asked.number(job, "job-id") or 0, PrintState.PENDING, (), False)

    def job(self, key: str) -> PrintJob | None:
        """The job by its key, with the printer's own evidence as far as the printer can be asked.

        A job that the queue has forgotten but the printer knows is judged by the printer alone (`queue_id` 0).
        Raises `printer.unreachable` if the queue cannot be asked, or has no such job and the printer cannot be asked.
        """
        queued = self._queued(key)
        try:
            queue = self._queue_attributes()
            printed = self._at_printer(queue, key)
            counter = asked.counter_of(self._device_attributes(queue) or {})
        except DeviceFault:
            if queued is None:
                raise
            printed, counter = [], None
        if queued is None and not printed:
            return None
        return judge(key, queued or SeenJob(0, COMPLETED), printed, counter)

    def settle(self, key: str, by: Deadline) -> PrintJob:
        """Return when the job is printed and the printer's counter moved for it; anything else raises.

        `printer.job-aborted` (also canceled), `printer.job-unsettled` (ended without evidence), `printer.timed-out`
        at the deadline, or what stops the printer now; the job stays in the queue as it is.
        """
        pause, silent = _POLL_SECONDS[0], 0
        evidence_by: Deadline | None = None
        while True:
            job = self.job(key)
            if job is None:
                raise DeviceFault(FaultCode.PRINTER_UNSETTLED, "not in the queue's history")
            if job.state is PrintState.COMPLETED and job.counter_moved:
                return job
            if job.state in (PrintState.ABORTED, PrintState.CANCELED):
                raise DeviceFault(FaultCode.PRINTER_ABORTED, " ".join((job.state.value, *job.reasons)))
            try:
                self._raise_if_blocked()
                silent = 0
            except DeviceFault as fault:
                silent += 1
                if fault.code is not FaultCode.PRINTER_UNREACHABLE or silent >= _SILENT_POLLS:
                    raise
            if job.state is PrintState.COMPLETED:
                evidence_by = evidence_by or self._evidence_deadline(job)
            if job.state is PrintState.COMPLETED and evidence_by is not None and (evidence_by.passed or by.passed):
                raise DeviceFault(FaultCode.PRINTER_UNSETTLED, f"completed, counter moved: {job.counter_moved}")
            if by.passed:
                raise DeviceFault(FaultCode.PRINTER_TIMEOUT, " ".join((job.state.value, *job.reasons)))
            time.sleep(min(pause, by.remaining()))
            pause = min(pause * 1.3, _POLL_SECONDS[1])

    def purge(self, key: str) -> None:
        """Cancel in the queue and at the printer, and wait until neither works on it.

        Raises `printer.unreachable` if the printer cannot be asked, `printer.job-unsettled` if it goes on.
        """
        by = Deadline.after(self._traits.motion_seconds)
        queued = self._queued(key)
        if queued is not None and not queued.ended:
            self._cancel(self._queue, queued.number)
        while True:
            queued = self._queued(key)
            queue = self._queue_attributes()
            busy = asked.number(queue, "printer-state") == asked.PROCESSING and not self._processing()
            at_printer = [job for job in self._at_printer(queue, key) if not job.ended]
            if (queued is None or queued.ended) and not busy and not at_printer:
                return
            device = asked.device_address(queue)
            if device is not None:
                for job in at_printer:
                    self._cancel(device, job.number)
            if by.passed:
                raise DeviceFault(FaultCode.PRINTER_UNSETTLED, "still at work after cancel")
            time.sleep(_POLL_SECONDS[0])

    def resume(self) -> None:
        """Start a stopped queue again: a person's act, never the driver's own.

        Raises `printer.paused` while a job still waits there, for it would print at once: purge first.
        """
        if asked.jobs(self._queue, "not-completed"):
            raise DeviceFault(FaultCode.PRINTER_STOPPED, "a job still waits")
        fields = [(ipp.NAME, "requesting-user-name", asked.USER)]
        answer = ask(self._queue, ipp.RESUME_PRINTER, fields, Deadline.after(asked.ASK_SECONDS))
        if not answer.ok:
            raise DeviceFault(FaultCode.PRINTER_STOPPED, f"resume-printer {answer.status:#06x}")

    # -- asking ------------------------------------------------------------------------------------------

    def _queue_attributes(self) -> asked.Attributes:
        return asked.attributes_of(self._queue, asked.QUEUE_FIELDS, "queue")

    def _device_attributes(self, queue: asked.Attributes) -> asked.Attributes | None:
        device = asked.device_address(queue)
        return None if device is None else asked.attributes_of(device, asked.DEVICE_FIELDS, "printer")

    def _queued(self, key: str) -> SeenJob | None:
        known = self._numbers.get(key, 0)
        found = next(reversed(asked.jobs_named(self._queue, key, ("all",), known)), None)
        if found is not None:
            self._numbers[key] = found.number
        return found

    def _at_printer(self, queue: asked.Attributes, key: str) -> list[SeenJob]:
        device = asked.device_address(queue)
        return [] if device is None else asked.jobs_named(device, key, ("not-completed", "completed"))

    def _processing(self) -> bool:
        return any(seen(job).state == PROCESSING for job in asked.jobs(self._queue, "not-completed"))

    def _cancel(self, at: Address, number: int) -> None:
        fields: list[ipp.Field] = [
            (ipp.INTEGER, "job-id", number),
            (ipp.NAME, "requesting-user-name", asked.USER),
        ]
        # A refusal means that the job has ended meanwhile; the caller looks again either way.
        ask(at, ipp.CANCEL_JOB, fields, Deadline.after(asked.ASK_SECONDS))

    def _raise_if_blocked(self) -> None:
        queue = self._queue_attributes()
        device = self._device_attributes(queue)
        for said in (device, queue if device is None else None):
            if said is not None and (worst := asked.blocking_reason(said)) is not None:
                raise worst.fault()
        if asked.number(queue, "printer-state") == asked.STOPPED:
            raise DeviceFault(FaultCode.PRINTER_STOPPED, " ".join(asked.texts(queue, "printer-state-reasons")))

    def _evidence_deadline(self, job: PrintJob) -> Deadline:
        """A queue that does not wait ends before the medium is out; without a counter no evidence will come."""
        return Deadline.after(_EVIDENCE_SECONDS if job.counter_moved is None else self._traits.motion_seconds)


def document_printer(uri: str) -> QueuedPrinter:
    """The `DocumentPrinter` behind this queue."""
    return QueuedPrinter(uri, SHEETS)


def card_printer(uri: str) -> QueuedPrinter:
    """The `CardPrinter` behind this queue."""
    return QueuedPrinter(uri, CARDS)
