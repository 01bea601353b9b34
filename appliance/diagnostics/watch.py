"""The watch: one thread a device, which asks it while no step has it and posts every answer on the board.

A device that hangs holds up its own thread only. Waiting costs nothing: each thread sleeps until its next question.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from appliance.devices import DeviceStatus
from appliance.diagnostics.board import Board

Ask = Callable[[], DeviceStatus | None]
"""How a device is; None while a step has it, which is an answer too."""

ALIVE_SECONDS = 15.0
"""The rule for the watchdog: a process none of whose watchers has come round for so long no longer lives."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds between two questions: `steady` while the device answers; while it is down `first`, then twice as
    long each time, `longest` at most."""

    steady: float
    first: float = 0.5
    longest: float = 2.0

    def after(self, down: int) -> float:
        """The pause after the device was found down `down` times running (0: it is not down)."""
        return self.steady if down == 0 else min(self.first * 2.0 ** min(down - 1, 8), self.longest)


TELLS, POLLED = Pace(steady=0.7), Pace(steady=1.5)
PACES: Mapping[str, Pace] = dict.fromkeys(("pcsc", "serial", "usb", "fprint", "gpio", "v4l2", "browser"), TELLS)
"""By the URI's scheme: where the kernel or a daemon on this machine knows at once that the device has gone, asking is
a matter of microseconds and a change is seen within a second; all others must be polled over a wire."""


def pace_of(uri: str) -> Pace:
    """How often the device at this URI is asked."""
    return PACES.get(urlsplit(uri).scheme, POLLED)


class Watcher:
    """Asks one device over and over. `turned_at` is when it last came round (monotonic seconds)."""

    def __init__(self, name: str, ask: Ask, pace: Pace, board: Board) -> None:
        self.name = name
        self._ask = ask
        self._pace = pace
        self._board = board
        self.turned_at = time.monotonic()

    def run(self, stop: threading.Event) -> None:
        """Watch until `stop`."""
        down, pause = 0, 0.0
        while not stop.wait(pause):
            said = self._ask()
            self._board.post(self.name, said)
            self.turned_at = time.monotonic()
            down = down + 1 if said is not None and said.level == "down" else 0
            pause = self._pace.after(down)


def alive(watchers: tuple[Watcher, ...]) -> bool:
    """Whether at least one watcher came round lately: one device may hang, all of them at once are our own fault.

    An appliance without devices has nothing that could hang.
    """
    return not watchers or time.monotonic() - max(one.turned_at for one in watchers) <= ALIVE_SECONDS
