"""What became of a print job, judged from the queue, the printer's own job list and its counter. Pure.

CUPS 2.4 reports `completed` for a job that the printer aborted, so its word never counts alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from appliance.devices import PrintJob, PrintState

PENDING, HELD, PROCESSING, STOPPED, CANCELED, ABORTED, COMPLETED = 3, 4, 5, 6, 7, 8, 9
"""job-state (RFC 8011 §5.3.7)."""

_STATES = {
    PENDING: PrintState.PENDING,
    HELD: PrintState.PENDING,
    PROCESSING: PrintState.PRINTING,
    STOPPED: PrintState.PENDING,
    CANCELED: PrintState.CANCELED,
    ABORTED: PrintState.ABORTED,
    COMPLETED: PrintState.COMPLETED,
}
_COUNTER_MARK = "counter="
_NOTE = re.compile(rf"{_COUNTER_MARK}([0-9]{{1,10}})")
"""No counter has more digits: IPP's integers have 31 bits (RFC 8011 §5.1.4)."""


@dataclass(frozen=True, slots=True)
class SeenJob:
    """A job as the queue or the printer lists it; only the queue keeps `counter_before`."""

    number: int
    state: int
    reasons: tuple[str, ...] = ()
    impressions: int | None = None
    counter_before: int | None = None
    kilobytes: int | None = None

    @property
    def empty(self) -> bool:
        """Whether the queue knows of no document of the job: as long as that is so it does not print.

        CUPS forgets the number of documents once their files are removed, but not their size (`job-k-octets`). A
        cupsd that is killed may come up with less than it had told: then the job waits for ever, and only the
        printer knows whether it printed.
        """
        return self.kilobytes == 0

    @property
    def ended(self) -> bool:
        """Whether the job has come to its end there."""
        return self.state >= CANCELED


def counter_note(counter: int | None) -> str:
    """The text kept with the queued job so that the counter at submit outlives a crash."""
    return "" if counter is None else f"{_COUNTER_MARK}{counter}"


def _number(values: Iterable[object]) -> int | None:
    # IPP's booleans are integers to Python; a printer that answers one has not told a number.
    return next((value for value in values if type(value) is int), None)


def _noted(note: str) -> int | None:
    """The counter kept in a note of ours; None for anybody else's words in that place."""
    found = _NOTE.fullmatch(note)
    return None if found is None else int(found[1])


def seen(attributes: Mapping[str, tuple[object, ...]]) -> SeenJob:
    """A job from its IPP attributes."""
    return SeenJob(
        _number(attributes.get("job-id", ())) or 0,
        _number(attributes.get("job-state", ())) or PENDING,
        tuple(str(reason) for reason in attributes.get("job-state-reasons", ()) if reason != "none"),
        _number(attributes.get("job-impressions-completed", ())),
        _noted(str(next(iter(attributes.get("job-billing", ())), ""))),
        _number(attributes.get("job-k-octets", ())),
    )


def _moved(queued: SeenJob, printed: SeenJob | None, counter: int | None) -> bool | None:
    if printed is not None and printed.impressions is not None:
        return printed.impressions > 0
    if queued.counter_before is None or counter is None:
        return None
    return counter > queued.counter_before


def _state(queued: SeenJob, printed: SeenJob | None) -> PrintState:
    if printed is None or not queued.ended:
        return _STATES.get(queued.state, PrintState.UNKNOWN)
    # The queue is through with it: now the printer's word counts, also when it is still at work.
    return _STATES.get(printed.state, PrintState.UNKNOWN)


def judge(key: str, queued: SeenJob, at_printer: Iterable[SeenJob], counter: int | None) -> PrintJob:
    """The job's true state.

    `at_printer` are the jobs of this name in the printer's own list (a backend that reconnects may have made
    several; one that printed outweighs the others); `counter` is the printer's counter now, None if unknown.
    """
    mine = sorted(at_printer, key=lambda job: (job.impressions or 0, not job.ended, job.number))
    printed = mine[-1] if mine else None
    state = _state(queued, printed)
    reasons = tuple(dict.fromkeys((*queued.reasons, *(printed.reasons if printed else ()))))
    return PrintJob(key, queued.number, state, reasons, _moved(queued, printed, counter))
