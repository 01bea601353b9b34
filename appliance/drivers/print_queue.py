"""One queue and the printer behind it, as far as they can be asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from appliance.clock import Deadline
from appliance.devices import PrintJob
from appliance.drivers import ipp, printer_abilities
from appliance.drivers import printer_questions as asked
from appliance.drivers.print_evidence import ABORTED, COMPLETED, PROCESSING, SeenJob, judge, seen
from appliance.drivers.print_history import PrintHistory
from appliance.drivers.transport_cups import Address, ask, one_connection_each
from appliance.faults import DeviceFault, FaultCode


@dataclass(frozen=True, slots=True)
class Look:
    """A job, None where nobody knows it, and what queue and printer said beside it; `fault` is why one did not."""

    job: PrintJob | None
    queue: asked.Attributes = field(default_factory=dict)
    printer: asked.Attributes | None = None
    fault: DeviceFault | None = None

    def raise_if_blocked(self) -> None:
        """Raise what stops the printer or the queue now, or keeps them from telling."""
        if self.fault is not None:
            raise self.fault
        said = self.queue if self.printer is None else self.printer
        if (worst := asked.blocking_reason(said)) is not None:
            raise worst.fault()
        raise_if_stopped(self.queue)


class PrintQueue:
    """All raise `printer.unreachable` if the queue, or the printer where it is meant, does not answer."""

    def __init__(self, at: Address) -> None:
        self.at = at
        self._history = PrintHistory(lambda first, most: asked.jobs(at, "all", first, most))

    def attributes(self) -> asked.Attributes:
        """What the queue says of itself."""
        return asked.attributes_of(self.at, asked.QUEUE_FIELDS, "queue")

    def printer(self, queue: asked.Attributes) -> asked.Attributes | None:
        """What the printer says of itself; None if it cannot be asked at all."""
        at = self._printer_address(queue)
        return None if at is None else asked.attributes_of(at, asked.DEVICE_FIELDS, "printer")

    def abilities(self, queue: asked.Attributes) -> asked.Attributes:
        """What a document may ask for, and the counter: in the printer's words, else in the queue's."""
        at = self._printer_address(queue)
        fields = (*printer_abilities.FIELDS, *asked.COUNTERS)
        return asked.attributes_of(at or self.at, fields if at else printer_abilities.FIELDS, "printer")

    def known_as(self, key: str, number: int) -> None:
        """Under which number the queue has just taken the job."""
        self._history.keep(key, number)

    def look_again(self) -> None:
        """Trust nothing that was read of the queue's history before."""
        self._history.forget()

    def listed(self, key: str) -> list[SeenJob]:
        """Every job of this name in the queue's history, by number, empty ones too."""
        return self._history.jobs(key)

    def queued(self, key: str) -> SeenJob | None:
        """The newest job of this name that has a document."""
        newest = self._history.newest(key)
        if newest is not None and not newest.empty:
            return newest
        return with_document(self.listed(key))

    def at_printer(self, queue: asked.Attributes, key: str) -> list[SeenJob]:
        """The jobs of this name in the printer's own list."""
        at = self._printer_address(queue)
        return [] if at is None else asked.jobs_named(at, key, ("not-completed", "completed"))

    def job(self, key: str) -> PrintJob | None:
        """The job with the printer's own evidence, as far as the printer can be asked; see `DocumentPrinter.job`."""
        return self.look(key).job

    def look(self, key: str) -> Look:
        """The job and what queue and printer say of themselves, all of one moment and each question asked once."""
        with one_connection_each():
            queued = self.queued(key)
            try:
                queue = self.attributes()
            except DeviceFault as fault:
                if queued is None:
                    raise
                return Look(judge(key, queued, [], None), fault=fault)
        # A connection to cupsd is not held while a printer is waited for: meanwhile it writes no job down.
        with one_connection_each():
            return self.judged(key, queued, queue)

    def judged(self, key: str, queued: SeenJob | None, queue: asked.Attributes) -> Look:
        """As `look`, of what the queue has just said; a printer that knows nothing of the job is asked no more."""
        if queued is not None and not queued.ended and asked.number(queue, "printer-state") == asked.IDLE:
            queued = self._as_it_stands(key, queued)
        printed: list[SeenJob] | None = None
        printer, fault = None, None
        try:
            printed = self.at_printer(queue, key)
        except DeviceFault:
            if queued is None:
                raise
        if queued is None and not printed:
            return Look(None, queue)
        try:
            # After its jobs: then its counter is no older than what they tell.
            printer = self.printer(queue)
        except DeviceFault as error:
            if queued is None:
                raise
            fault = error
        counter = None if printed is None else asked.counter_of(printer or {})
        return Look(judge(key, queued or SeenJob(0, COMPLETED), printed or [], counter), queue, printer, fault)

    def _as_it_stands(self, key: str, queued: SeenJob) -> SeenJob:
        """The job while its queue does nothing.

        A cupsd that was killed may come up with a job that it gave up at once, for want of its document, and goes on
        to tell of it as of one that waits: it stands in the list of all jobs only.
        """
        if any(job.number == queued.number for job in self.waiting()):
            return queued
        again = next((job for job in self.listed(key) if job.number == queued.number), queued)
        return again if again.ended else replace(again, state=ABORTED, reasons=(*again.reasons, "not waiting"))

    def waiting(self) -> list[SeenJob]:
        """Our jobs that the queue has not ended."""
        return [seen(job) for job in asked.jobs(self.at, "not-completed")]

    def waiting_of(self, key: str) -> list[SeenJob]:
        """The jobs of this name that the queue has not ended."""
        mine = {job.number for job in self.listed(key)}
        return [job for job in self.waiting() if job.number in mine]

    def busy_without_job(self, queue: asked.Attributes) -> bool:
        """Whether the queue's filters still run for a job that it calls ended."""
        if asked.number(queue, "printer-state") != asked.PROCESSING:
            return False
        return all(job.state != PROCESSING for job in self.waiting())

    def cancel_at_printer(self, queue: asked.Attributes, number: int) -> None:
        """Cancel behind the queue's back; a refusal means that the job has ended meanwhile."""
        at = self._printer_address(queue)
        if at is None:
            return
        fields: list[ipp.Field] = [
            (ipp.INTEGER, "job-id", number),
            (ipp.NAME, "requesting-user-name", asked.USER),
        ]
        ask(at, ipp.CANCEL_JOB, fields, Deadline.after(asked.ASK_SECONDS))

    def _printer_address(self, queue: asked.Attributes) -> Address | None:
        at = asked.device_address(queue)
        return at and replace(at, tap=self.at.tap)


def with_document(listed: Sequence[SeenJob]) -> SeenJob | None:
    """The newest of these jobs that has a document."""
    return next((job for job in reversed(listed) if not job.empty), None)


def raise_if_stopped(queue: asked.Attributes) -> None:
    """Raises `printer.paused` if the queue is stopped."""
    if asked.number(queue, "printer-state") == asked.STOPPED:
        raise DeviceFault(FaultCode.PRINTER_STOPPED, " ".join(asked.texts(queue, "printer-state-reasons")))
