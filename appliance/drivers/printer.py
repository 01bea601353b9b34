"""Printers behind a CUPS queue: one driver for sheets and cards, which differ by values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from appliance.clock import Deadline
from appliance.devices import DeviceStatus, PrintDocument, PrintJob
from appliance.drivers import ipp, print_settling
from appliance.drivers import printer_questions as asked
from appliance.drivers.print_queue import PrintQueue
from appliance.drivers.print_submission import submit_once
from appliance.drivers.printer_status import status_of
from appliance.drivers.printer_traits import CARDS, SHEETS, PrinterTraits
from appliance.drivers.transport_cups import Address, address, ask
from appliance.drivers.transport_cups_changes import CupsChanges
from appliance.drivers.wire_log import Tap, no_tap
from appliance.faults import DeviceFault, FaultCode


class QueuedPrinter:
    """A `DocumentPrinter`, `CardPrinter` or `ReceiptPrinter` at `ipp://host[:port]/printers/NAME` or
    `ipp://%2Fpath%2Fcups.sock/printers/NAME`; ValueError for other addresses.

    The key of a job is its job-name in the queue and at the printer; the counter at submit is kept in the job's
    `job-billing`. So everything is found again after a crash as long as the queue keeps its history.
    """

    def __init__(
        self,
        uri: str,
        traits: PrinterTraits,
        queue: Callable[[Address], PrintQueue] = PrintQueue,
        tap: Tap = no_tap,
    ) -> None:
        at = replace(address(uri), tap=tap)
        self._traits = traits
        self._queue = queue(at)
        self._changes = CupsChanges(at, asked.USER)

    @property
    def process_id(self) -> int | None:
        """The child process that speaks to CUPS through pycups; None if none runs."""
        return self._changes.process_id

    def open(self) -> None:
        """See that the queue is there, and the printer behind it if it can be asked; raises `printer.unreachable`."""
        self._queue.printer(self._queue.attributes())

    def close(self) -> None:
        """End the child process."""
        self._changes.close()

    # -- what it says of itself ----------------------------------------------------------------------

    def status(self) -> DeviceStatus:
        """Queue and printer in one, as `printer_status.status_of` puts them together."""
        try:
            queue = self._queue.attributes()
        except DeviceFault as fault:
            return DeviceStatus("down", (fault.code.value,), detail={"queue": fault.detail})
        try:
            device = self._queue.printer(queue)
        except DeviceFault as fault:
            model = asked.text(queue, "printer-make-and-model")
            return DeviceStatus("down", (fault.code.value,), model, detail=asked.told(queue))
        return status_of(queue, device)

    def self_test(self) -> DeviceStatus:
        """`status`, after the queue has accepted the usual medium in a job of no print, and pycups is there."""
        fields: list[ipp.Field] = [
            (ipp.NAME, "requesting-user-name", asked.USER),
            (ipp.MIME_TYPE, "document-format", self._traits.format),
        ]
        template: list[ipp.Field] = [
            (ipp.KEYWORD, "media", self._traits.media),
            *((ipp.ENUM, name, int(value)) for name, value in self._traits.job_options.items()),
        ]
        by = Deadline.after(asked.ASK_SECONDS)
        try:
            self._changes.ready(by)
            answer = ask(self._queue.at, ipp.VALIDATE_JOB, fields, by, template)
        except DeviceFault as fault:
            return DeviceStatus("down", (fault.code.value,), detail={"queue": fault.detail})
        if not answer.ok:
            detail = {"validate-job": f"{answer.status:#x}"}
            return DeviceStatus("down", (FaultCode.PRINTER_OTHER.value,), detail=detail)
        return self.status()

    def counter(self) -> int:
        """Sheets or cards in the printer's life; raises `printer.other` if it does not count."""
        count = asked.counter_of(self._queue.printer(self._queue.attributes()) or {})
        if count is None:
            raise DeviceFault(FaultCode.PRINTER_OTHER, "no counter")
        return count

    def supplies(self) -> Mapping[str, int]:
        """Percent by supply name; a level that the printer does not know is left out."""
        said = self._queue.printer(self._queue.attributes()) or {}
        levels = said.get("marker-levels", ())
        return {
            str(name): level
            for name, level in zip(said.get("marker-names", ()), levels, strict=False)
            if isinstance(level, int) and level >= 0
        }

    # -- jobs ------------------------------------------------------------------------------------------

    def submit(self, document: PrintDocument, key: str) -> PrintJob:
        """Queue the document unless the key is known; raises `printer.paused` if the queue is stopped.

        `printer.unreachable` and `printer.other` mean that it is not queued, `printer.timed-out` that nobody can say.
        """
        return submit_once(self._queue, self._changes, self._traits, document, key)

    def job(self, key: str) -> PrintJob | None:
        """The job by its key, with the printer's own evidence as far as the printer can be asked.

        A job that the queue has forgotten but the printer knows is judged by the printer alone (`queue_id` 0).
        Raises `printer.unreachable` if the queue cannot be asked, or has no such job and the printer cannot be asked.
        """
        return self._queue.job(key)

    def settle(self, key: str, by: Deadline) -> PrintJob:
        """As `print_settling.settle`."""
        return print_settling.settle(self._queue, self._traits, key, by)

    def purge(self, key: str) -> None:
        """As `print_settling.purge`."""
        print_settling.purge(self._queue, self._changes, self._traits, key)

    def resume(self) -> None:
        """As `print_settling.resume`."""
        print_settling.resume(self._queue, self._changes)


def document_printer(uri: str, tap: Tap = no_tap) -> QueuedPrinter:
    """The `DocumentPrinter` behind this queue."""
    return QueuedPrinter(uri, SHEETS, tap=tap)


def card_printer(uri: str, tap: Tap = no_tap) -> QueuedPrinter:
    """The `CardPrinter` behind this queue."""
    return QueuedPrinter(uri, CARDS, tap=tap)
