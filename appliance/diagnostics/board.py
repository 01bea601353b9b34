"""The board: what every device last said of itself, in one small file that the owner of the hardware keeps fresh."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import cast

from appliance.clock import Clock
from appliance.config import OPTIONAL
from appliance.devices import DeviceStatus, Level

STALE_MS = 15_000
CORRECTED_MS = 120_000
"""What a clock is set back by in passing."""
RENEW_MS = 1_000
"""A board on which nothing changed is written again after so long, for the moments at which devices were asked."""


@dataclass(frozen=True, slots=True)
class DeviceReading:
    """What a device last said of itself: `reasons` are fault codes.

    `since` is when its level began, `asked` when it was last asked, UTC milliseconds.
    """

    name: str
    level: Level
    reasons: tuple[str, ...] = ()
    model: str = ""
    serial: str = ""
    detail: Mapping[str, str] = field(default_factory=dict)
    since: int = 0
    asked: int = 0


def reading(name: str, status: DeviceStatus, now: int, before: DeviceReading | None) -> DeviceReading:
    """A fresh reading; `since` goes on while level and reasons stay the same.

    A device that cannot say what it is keeps the model and serial number it had: they tell which one is missed.
    """
    same = before is not None and (before.level, before.reasons) == (status.level, status.reasons)
    since = before.since if same and before is not None else now
    model = status.model or (before.model if before is not None else "")
    serial = status.serial or (before.serial if before is not None else "")
    return DeviceReading(name, status.level, status.reasons, model, serial, dict(status.detail), since, now)


def write(path: Path, readings: Mapping[str, DeviceReading]) -> None:
    """Replace the board at once, so that a reader never sees half of it."""
    partial = path.with_suffix(".new")
    try:
        partial.write_text(json.dumps([asdict(one) for one in readings.values()]))
        partial.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            partial.unlink()
        raise


def read(path: Path) -> tuple[DeviceReading, ...]:
    """The board, or nothing if it has never been written."""
    try:
        rows = json.loads(path.read_text())
    except (FileNotFoundError, ValueError):
        return ()
    return tuple(
        DeviceReading(
            name=row["name"],
            level=cast("Level", row["level"]),
            reasons=tuple(row["reasons"]),
            model=row["model"],
            serial=row["serial"],
            detail=row["detail"],
            since=row["since"],
            asked=row["asked"],
        )
        for row in rows
    )


def recent(asked: int, now: int) -> bool:
    """Whether an answer of that moment may still be shown; one from the future is of a clock that was set back."""
    return -CORRECTED_MS <= now - asked <= STALE_MS


def fresh(one: DeviceReading, now: int) -> DeviceReading:
    """The reading as it may be shown at `now`: an old one is `unknown`, never its old green, nor is one from the
    future: the clock was set back since."""
    if recent(one.asked, now):
        return one
    return replace(one, level="unknown")


def still(one: DeviceReading, now: int) -> DeviceReading:
    """The same reading, asked again now: a device that is working needs no other answer."""
    return replace(one, asked=now)


_ORDER: tuple[Level, ...] = ("ok", "limited", "unknown", "down")


def verdict(levels: Mapping[str, Level]) -> Level:
    """One level for the whole machine: that of its worst device; unknown without any.

    What the machine can do without (`config.OPTIONAL`) makes it `limited` at most.
    """
    counted = ["limited" if name in OPTIONAL and level != "ok" else level for name, level in levels.items()]
    return max(counted, key=_ORDER.index) if counted else "unknown"


def ready(readings: tuple[DeviceReading, ...]) -> bool:
    """Whether the machine may go to work ("siap berangkat"): its verdict is ok or limited."""
    return verdict({one.name: one.level for one in readings}) in {"ok", "limited"}


class Board:
    """The owner's side: the newest readings, written at once when one changed, else once a second.

    `tell` is called after each change, from the thread that posted it; `note` is given every answer.
    """

    def __init__(
        self,
        path: Path,
        clock: Clock,
        tell: Callable[[], None],
        note: Callable[[DeviceReading], None] = lambda one: None,
    ) -> None:
        self._path = path
        self._clock = clock
        self._tell = tell
        self._note = note
        self._readings: dict[str, DeviceReading] = {}
        self._written = 0
        self._lock = threading.Lock()

    def levels(self) -> dict[str, Level]:
        """Each device's last level."""
        with self._lock:
            return {name: one.level for name, one in self._readings.items()}

    def post(self, name: str, said: DeviceStatus | None) -> None:
        """What a device answered; None for one at work, whose last word stands."""
        with self._lock:
            now, before = self._clock(), self._readings.get(name)
            if said is not None:
                fresh = reading(name, said, now, before)
            elif before is not None:
                fresh = still(before, now)
            else:
                return
            self._readings[name] = fresh
            changed = before is None or _shown(before) != _shown(fresh)
            # A wall clock that was set back must not keep the board from being renewed.
            if changed or not 0 <= now - self._written < RENEW_MS:
                # On a disk that takes nothing the old board ages and its devices become unknown, which is true.
                with contextlib.suppress(OSError):
                    write(self._path, self._readings)
                self._written = now
        self._note(fresh)
        if changed:
            self._tell()


def _shown(one: DeviceReading) -> tuple[object, ...]:
    return one.level, one.reasons, one.model, one.serial, one.detail
