"""The signal light follows the appliance: one look a second, and a word to the light only when its signal changes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass

from appliance.devices import Level, Signal, SignalLight
from appliance.diagnostics.board import verdict
from appliance.faults import DeviceFault
from appliance.queue import jobs
from appliance.records import calls
from appliance.records.moves import open_questions
from appliance.records.store import Store

LIGHT = "signal_light"
LOOK_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Load:
    """What the books say: whether a device is at work, whether a person must answer or mend something, and whether a
    resident calls."""

    working: bool
    waiting: bool
    called: bool = False


def load_of(store: Store) -> Load:
    """The load of this appliance's device lanes now: one short transaction."""
    with store.read() as tx:
        waiting = bool(open_questions(tx)) or bool(jobs.held(tx))
        return Load(jobs.any_leased(tx, jobs.DEVICE_LANES), waiting, calls.called(tx))


def signal_for(levels: Mapping[str, Level], load: Load) -> Signal:
    """A resident who calls comes first, then a needed device that is down, which is a fault, then a call for a
    person, then work, else ready; off without devices.

    The light's own level does not count.
    """
    if load.called:
        return Signal.CALL
    others = {name: level for name, level in levels.items() if name != LIGHT}
    if not others:
        return Signal.OFF
    if verdict(others) == "down":
        return Signal.FAULT
    if load.waiting:
        return Signal.CALL
    return Signal.WORKING if load.working else Signal.READY


class LightFollower:
    """Shows what `levels` and `load` come to; sounds once when a person is called or something fails, and when a
    resident calls while the lamp is lit for something else."""

    def __init__(
        self,
        levels: Callable[[], Mapping[str, Level]],
        load: Callable[[], Load],
        use: Callable[[], AbstractContextManager[SignalLight]],
    ) -> None:
        self._levels = levels
        self._load = load
        self._use = use
        self._shown: Signal | None = None
        self._called = False

    def run(self, stop: threading.Event, pause: float = LOOK_SECONDS) -> None:
        """Follow until `stop`; then the light goes off."""
        while not stop.wait(pause):
            load = self._load()
            self.follow(signal_for(self._levels(), load), load.called)
        self.follow(Signal.OFF)

    def follow(self, signal: Signal, called: bool = False) -> None:
        """Show this signal if another is shown; a light that cannot be reached is tried again at the next look."""
        rung, self._called = called and not self._called, called
        if signal is self._shown and not rung:
            # A light that was unplugged has forgotten; its watcher has found it down meanwhile.
            if self._levels().get(LIGHT) != "down":
                return
            self._shown = None
        try:
            with self._use() as light:
                light.show(signal, sound=signal in (Signal.CALL, Signal.FAULT))
        except DeviceFault:
            self._shown = None
        else:
            self._shown = signal
