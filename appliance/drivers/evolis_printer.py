"""Card printer over the maker's SDK: `evolis:PRINTER NAME[?journal=FOLDER][&encoder=contactless]`.

The printer keeps no jobs, so what was sent stands in a journal here, and the printer's own card counter is the
evidence. Not proven on hardware: the wire behind the SDK is not published, and no Evolis printer has run this.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote

from appliance.clock import Deadline
from appliance.devices import CardStop, DeviceStatus, PrintDocument, PrintJob, PrintState
from appliance.drivers import evolis_states, printer_abilities
from appliance.drivers.print_journal import Entry, PrintJournal
from appliance.drivers.printer_questions import Attributes
from appliance.drivers.transport_evolis import EvolisLink
from appliance.faults import DeviceFault, FaultCode, Item

ASK_SECONDS = 5.0
MOTION_SECONDS = 120.0
MOVE_SECONDS = 40.0
"""The SDK waits 30 s for a card to come where it shall."""
STATIONS = {"contactless": "CONTACTLESS", "contact": "CONTACT"}
"""Where the encoder inside reaches the chip (`CardPos` of the SDK)."""
JOURNAL = Path("/var/lib/siaga/evolis")
_PAUSE_SECONDS = 0.05
_HAS: Attributes = {
    "media-supported": ("om_id-1_54x86mm",),
    "copies-supported": (1,),
    "sides-supported": ("one-sided",),
    "print-color-mode-supported": ("color",),
    "printer-resolution-supported": (b"\0\0\1\x2c\0\0\1\x2c\3",),
}
_BUSY = ("BUSY", "INF_PRINTING_RUNNING", "INF_RETRANSFER_RUNNING")


class EvolisPrinter:
    """A `CardPrinter` for pictures of one side at 300 dots an inch."""

    def __init__(
        self,
        name: str,
        journal: Path,
        ask_seconds: float = ASK_SECONDS,
        link: EvolisLink | None = None,
        encoder: str = "",
    ) -> None:
        self._link = link or EvolisLink(name)
        self._journal = PrintJournal(journal)
        self._ask_seconds = ask_seconds
        self._station = STATIONS.get(encoder)

    @property
    def process_id(self) -> int | None:
        """The child process in which the SDK runs; None if none does."""
        return self._link.process_id

    def open(self) -> None:
        """See that SDK and printer are there; raises `printer.unreachable`."""
        self._look()

    def close(self) -> None:
        """End the child process."""
        self._link.close()

    def status(self) -> DeviceStatus:
        """The printer's state, its word verbatim in the detail."""
        try:
            said = self._look()
        except DeviceFault as fault:
            return DeviceStatus("down", (fault.code.value,), detail={"why": fault.detail})
        word, code = said["state"], evolis_states.meaning(said["state"])
        detail = {"state": word, "firmware": said["firmware"], "counter": str(said["counter"])}
        for name, percent in _percent(said["ribbon"]).items():
            detail |= {"marker-names": name, "marker-levels": str(percent)}
        reasons = () if code is None else (code.value,)
        level: Any = "down" if evolis_states.blocks(word) else "limited" if reasons else "ok"
        return DeviceStatus(level, reasons, said["model"], said["serial"], detail)

    def self_test(self) -> DeviceStatus:
        """The same as status: every other test of the printer costs a card."""
        return self.status()

    def counter(self) -> int:
        """Cards in the printer's life; raises `printer.other` if it does not tell."""
        count = self._look()["counter"]
        if count is None:
            raise DeviceFault(FaultCode.PRINTER_OTHER, "no counter")
        return int(count)

    def supplies(self) -> Mapping[str, int]:
        """Percent of the ribbon left; nothing if it is not told."""
        return _percent(self._look()["ribbon"])

    def move_card(self, to: CardStop, by: Deadline) -> None:
        """As `CardMover`; raises what the printer says of itself, `printer.not-supported` without an encoder inside.

        Where a card is cannot be asked of the SDK: the chip that answers at the encoder is the evidence.
        """
        if self._station is None:
            raise DeviceFault(FaultCode.PRINTER_UNSUPPORTED, "no encoder=contactless or encoder=contact in its URI")
        self._raise_if_blocked(self._look())
        place = self._station if to is CardStop.ENCODER else "REJECT"
        refused = self._link.move(place, Deadline.after(min(MOVE_SECONDS, by.remaining())))
        if refused:
            self._raise_if_blocked(self._look())
            raise DeviceFault(FaultCode.PRINTER_OTHER, f"{place}: {refused}")

    def submit(self, document: PrintDocument, key: str) -> PrintJob:
        """Begin to print unless the key is known; whatever stops the printer is raised before anything is begun."""
        known = self.job(key)
        if known is not None:
            return known
        printer_abilities.refuse_what_it_has_not(_HAS, document)
        if document.format != "image/png":
            raise DeviceFault(FaultCode.PRINTER_UNSUPPORTED, f"{document.format}, takes image/png")
        self._raise_if_blocked(self._look())
        entry = Entry(key, self._journal.next_number(), self.counter())
        self._journal.keep(entry)
        refused = self._begin(document.data)
        if refused:
            self._journal.forget(key)
            raise DeviceFault(FaultCode.PRINTER_UNSUPPORTED, refused)
        return self._seen(entry, False)

    def _begin(self, picture: bytes) -> str:
        """As `EvolisLink.begin`; where the child ends in it the job stays, for a card may be on its way."""
        try:
            return self._link.begin(picture, MOTION_SECONDS, self._deadline())
        except DeviceFault as fault:
            raise DeviceFault(FaultCode.PRINTER_TIMEOUT, f"begun or not: {fault.detail}") from fault

    def job(self, key: str) -> PrintJob | None:
        """The job by its key; one whose end nobody saw is judged by the card counter."""
        entry = self._journal.get(key)
        if entry is None:
            return None
        if entry.state is not PrintState.PRINTING:
            return self._seen(entry, entry.state is PrintState.COMPLETED)
        result = self._link.progress(self._deadline())
        if result == "":
            return self._seen(entry, False)
        return self._ended(entry, result)

    def _ended(self, entry: Entry, result: str | None) -> PrintJob:
        moved = self.counter() > entry.before
        if moved:
            state = PrintState.COMPLETED
        else:
            state = PrintState.UNKNOWN if result is None else PrintState.ABORTED
        ended = replace(entry, state=state, reason=result or "its end was not seen")
        if state is not PrintState.UNKNOWN:
            self._journal.keep(ended)
        return self._seen(ended, moved)

    @staticmethod
    def _seen(entry: Entry, moved: bool) -> PrintJob:
        reasons = (entry.reason,) if entry.reason else ()
        return PrintJob(entry.key, entry.number, entry.state, reasons, moved)

    def settle(self, key: str, by: Deadline) -> PrintJob:
        """Return when the card counter moved for the job; otherwise as for every printer.

        A job that the printer refused before a card moved is forgotten: it may be submitted again.
        """
        while True:
            job = self.job(key)
            if job is None:
                raise DeviceFault(FaultCode.PRINTER_UNSETTLED, "never begun")
            if job.state is PrintState.COMPLETED:
                return job
            if job.state is PrintState.UNKNOWN:
                raise DeviceFault(FaultCode.PRINTER_UNSETTLED, "counter did not move")
            if job.state is not PrintState.PRINTING:
                self._raise_why(key, job)
            if by.passed:
                raise DeviceFault(FaultCode.PRINTER_TIMEOUT, "still printing")
            time.sleep(min(_PAUSE_SECONDS, by.remaining()))

    def _raise_why(self, key: str, job: PrintJob) -> None:
        try:
            self._raise_if_blocked(self._look())
        except DeviceFault as fault:
            if fault.row.item is Item.UNTOUCHED and fault.code is not FaultCode.PRINTER_UNREACHABLE:
                self._journal.forget(key)
            raise
        raise DeviceFault(FaultCode.PRINTER_ABORTED, " ".join((job.state.value, *job.reasons)))

    def purge(self, key: str) -> None:
        """Break the sending off, and wait until the printer is at rest; `printer.job-unsettled` if it goes on."""
        entry = self._journal.get(key)
        if entry is None:
            return
        self._link.close()
        by = Deadline.after(MOTION_SECONDS)
        while (said := self._look())["state"] in _BUSY:
            if by.passed:
                raise DeviceFault(FaultCode.PRINTER_UNSETTLED, "still at work")
            time.sleep(_PAUSE_SECONDS)
        if entry.state is PrintState.PRINTING:
            came_out = said["counter"] is not None and said["counter"] > entry.before
            state = PrintState.COMPLETED if came_out else PrintState.CANCELED
            self._journal.keep(replace(entry, state=state, reason="purged"))

    def resume(self) -> None:
        """It has no queue that could be stopped."""

    def _deadline(self) -> Deadline:
        return Deadline.after(self._ask_seconds)

    def _look(self) -> dict[str, Any]:
        return self._link.look(self._deadline())

    @staticmethod
    def _raise_if_blocked(said: Mapping[str, Any]) -> None:
        if evolis_states.blocks(said["state"]):
            raise DeviceFault(evolis_states.meaning(said["state"]) or FaultCode.PRINTER_OTHER, said["state"])


def from_uri(uri: str) -> EvolisPrinter:
    """The printer of `evolis:PRINTER NAME[?journal=FOLDER][&encoder=contactless|contact]`; ValueError otherwise."""
    name, _, query = uri.partition(":")[2].partition("?")
    if not name:
        raise ValueError("card_printer: must be evolis:PRINTER NAME")
    asked = {key: values[0] for key, values in parse_qs(query).items()}
    encoder = asked.get("encoder", "")
    if encoder and encoder not in STATIONS:
        raise ValueError(f"card_printer: encoder must be {' or '.join(STATIONS)}")
    return EvolisPrinter(unquote(name), Path(asked.get("journal", str(JOURNAL))), encoder=encoder)


def _percent(ribbon: Any) -> dict[str, int]:
    if not ribbon or ribbon[2] <= 0:
        return {}
    percent = round(100 * ribbon[1] / ribbon[2])
    # One panel of three hundred is a whole card, not nothing.
    return {str(ribbon[0]): max(1 if ribbon[1] > 0 else 0, min(100, percent))}
