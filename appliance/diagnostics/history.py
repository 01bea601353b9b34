"""The last 24 hours of every device: its states from when to when, what it used up, and since when it rests.

It is a small ring of levels, fault codes, percentages and counts, and of nothing else. It is written once a minute,
and five seconds after a change at the latest, so that a power cut loses a minute at most; what nobody asked in that
time stays unknown.
"""

from __future__ import annotations

import contextlib
import json
import os
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from appliance.clock import Clock, to_local
from appliance.devices import DeviceStatus, Level
from appliance.diagnostics.board import CORRECTED_MS, STALE_MS, DeviceReading
from appliance.diagnostics.rest import Rest, rested, with_rest
from appliance.diagnostics.supplies import Wear, levels_in, worn

FILE = "history.json"
KEPT_MS = 24 * 3_600_000
SPANS_MOST = 400
"""A device that flaps every few minutes fills this in a day; the oldest go first."""
CHANGED_SECONDS = 5.0
"""A device that flaps many times a second must not wear the disk out."""
SAVE_TURNS = 12


@dataclass(frozen=True, slots=True)
class Span:
    """One state without a break, `since` to `until` (UTC milliseconds), with its reasons."""

    since: int
    until: int
    level: Level
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Past:
    """What is kept of one device: its spans, the oldest first, what it used up a day, and since when it rests."""

    spans: tuple[Span, ...] = ()
    wear: Wear = field(default_factory=Wear)
    rest: Rest = field(default_factory=Rest)


def grown(spans: tuple[Span, ...], one: DeviceReading, now: int) -> tuple[Span, ...]:
    """The spans with an answer of `now` added: the last one goes on, or a new one begins.

    One that began in what is now the future is of a clock that was set back, and goes.
    """
    kept = [span for span in spans if now - KEPT_MS < span.until and span.since <= now + CORRECTED_MS]
    last = kept[-1] if kept else None
    same = last is not None and (last.level, last.reasons) == (one.level, one.reasons)
    if last is not None and same and now - last.until <= STALE_MS:
        kept[-1] = replace(last, until=max(now, last.until))
    else:
        if last is not None and now - last.until <= STALE_MS:
            kept[-1] = replace(last, until=max(now, last.until))
        kept.append(Span(now, now, one.level, one.reasons))
    return tuple(kept[-SPANS_MOST:])


def read(path: Path) -> Mapping[str, Past]:
    """What is kept, by device; nothing if it was never written or is no longer whole."""
    try:
        rows = json.loads(path.read_text())
        return {name: _past(row) for name, row in rows.items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {}


def _past(row: Mapping[str, Any]) -> Past:
    spans = tuple(Span(int(one[0]), int(one[1]), one[2], tuple(one[3])) for one in row["spans"])
    rest = Rest(**row.get("rest", {}))
    return Past(spans, Wear(dict(row["wear"]["levels"]), dict(row["wear"]["used"])), rest)


def write(path: Path, pasts: Mapping[str, Past]) -> None:
    """Replace the file at once, on the disk before it takes its name."""
    rows = {
        name: {
            "spans": [[one.since, one.until, one.level, list(one.reasons)] for one in past.spans],
            "wear": asdict(past.wear),
            "rest": asdict(past.rest),
        }
        for name, past in pasts.items()
    }
    partial = path.with_suffix(".new")
    with partial.open("w") as file:
        json.dump(rows, file, separators=(",", ":"))
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


class History:
    """The owner's side: is told every answer, from any thread, and keeps the file in a thread of its own."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._clock = clock
        self._pasts = dict(read(path))
        self._changed = False
        self._lock = threading.Lock()

    def told(self, name: str, said: DeviceStatus) -> DeviceStatus:
        """What a device says, and what its past adds to it."""
        with self._lock:
            now = self._clock()
            return with_rest(said, rested(self._pasts.get(name, Past()).rest, said.detail, now), now)

    def note(self, one: DeviceReading) -> None:
        """Keep this answer; nothing is written, so that no disk holds a watcher up."""
        with self._lock:
            now, before = self._clock(), self._pasts.get(one.name, Past())
            spans = grown(before.spans, one, now)
            wear = worn(before.wear, levels_in(one.detail), to_local(now).date())
            rest = rested(before.rest, one.detail, now)
            self._pasts[one.name] = Past(spans, wear, rest)
            apart = (len(spans), wear, rest) != (len(before.spans), before.wear, before.rest)
            self._changed = self._changed or apart

    def save(self) -> None:
        """Write what is kept; on a disk that takes nothing the file ages, and the pages show the gap as unknown."""
        with self._lock:
            pasts, self._changed = dict(self._pasts), False
        with contextlib.suppress(OSError):
            write(self._path, pasts)

    def run(self, stop: threading.Event, pause: float = CHANGED_SECONDS) -> None:
        """Save until `stop`, and once more then."""
        turn = 0
        while not stop.wait(pause):
            turn += 1
            if self._changed or turn % SAVE_TURNS == 0:
                self.save()
        self.save()
