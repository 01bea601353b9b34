"""Whether the wall clock can be believed: against the newest entry of the books, and against the time that has passed.

A board without a battery clock wakes in the past, a person sets the wrong year: signatures, packets and certificates must
not be dated by that. What is believed instead is nobody's guess: the work waits (decision 0019).
"""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from appliance.casework.roles import SYSTEM
from appliance.devices import DeviceStatus
from appliance.faults import DeviceFault, FaultCode
from appliance.records import audit, notes
from appliance.records.store import Store, Transaction

TOLERANCE_MS = 120_000
"""What NTP and people correct in passing."""
_SLEW_MS = 2_000
_RENEW_MS = 30_000
_SYNCHRONISED = Path("/run/systemd/timesync/synchronized")
"""systemd-timesyncd touches it at each synchronisation (systemd-timesyncd.service(8))."""
_SYNC_MS = 40 * 60_000
"""Its longest pause between two is 34 min."""
BELIEVED = ("clock-confirm-complete", "clock-right-complete")
"""From these entries on the times in the books are right, whatever stands before."""
_NOTE = "clock"


def passed_millis() -> int:
    """Milliseconds since this machine was switched on, sleep included; nobody can set it."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000


def boot() -> str:
    """Which switching-on this is (random(4))."""
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def synchronised(now: int) -> bool:
    """Whether the network's time was taken over lately, by this clock."""
    with contextlib.suppress(OSError):
        return abs(now - _SYNCHRONISED.stat().st_mtime_ns // 1_000_000) <= _SYNC_MS
    return False


@dataclass(frozen=True, slots=True)
class Word:
    """What is wrong with the clock, if anything, and by how many seconds."""

    code: FaultCode | None = None
    seconds: int = 0


class Timekeeper:
    """Looks at the clock. Only one of a machine, the `keeper`, writes down what it finds; the others read the same."""

    def __init__(
        self,
        store: Store,
        clock: Callable[[], int],
        keeper: bool = False,
        passed: Callable[[], int] = passed_millis,
        this_boot: str | None = None,
        network: Callable[[int], bool] = synchronised,
    ) -> None:
        self._store = store
        self._clock = clock
        self._keeper = keeper
        self._passed = passed
        self._boot = this_boot or boot()
        self._network = network
        self._base = -1
        self._scanned = 0
        self._floor = 0
        self._offset: int | None = None
        self._told: FaultCode | None = None
        self._lock = threading.Lock()

    def look(self) -> Word:
        """The clock against books and passed time, now."""
        with self._lock:
            return self._look()

    def _look(self) -> Word:
        with self._store.read() as tx:
            self._read(tx)
        now = self._clock()
        offset = now - self._passed()
        if self._offset is None:
            self._offset = offset
        word = self._judge(now, offset)
        if word.code is not None and self._network(now):
            word = Word()
            self._offset = offset
            self._write("clock-right-complete", by="ntp")
        elif word.code is None and abs(offset - self._offset) <= _SLEW_MS:
            self._offset = offset
        if self._keeper:
            self._write_down(word)
        return word

    def _read(self, tx: Transaction) -> None:
        base = audit.newest_of(tx, BELIEVED)
        if base != self._base:
            self._base, self._scanned, self._floor, self._offset = base, base, 0, None
        kept = json.loads(notes.get(tx, _NOTE) or "{}")
        if self._offset is None and (kept.get("boot"), kept.get("base")) == (self._boot, base):
            self._offset = int(kept["offset"])
        head = audit.head(tx)
        if head >= self._scanned:
            self._floor = max(self._floor, audit.latest_time(tx, self._scanned))
            self._scanned = head + 1

    def _judge(self, now: int, offset: int) -> Word:
        assert self._offset is not None
        step = offset - self._offset
        if step > TOLERANCE_MS:
            return Word(FaultCode.CLOCK_JUMPED, step // 1000)
        back = max(-step, self._floor - now)
        return Word(FaultCode.CLOCK_BEHIND, back // 1000) if back > TOLERANCE_MS else Word()

    def _write_down(self, word: Word) -> None:
        if word.code != self._told:
            if word.code is not None:
                self._write("clock-step", fault=str(word.code), seconds=word.seconds)
            elif self._told is not None:
                self._write("clock-right-complete", by="clock")
            self._told = word.code
        if word.code is None:
            with contextlib.suppress(DeviceFault), self._store.read() as tx:
                kept = json.loads(notes.get(tx, _NOTE) or "{}")
            same = (kept.get("boot"), kept.get("base")) == (self._boot, self._base)
            if not same or abs(int(kept["offset"]) - (self._offset or 0)) > _RENEW_MS:
                told = {"boot": self._boot, "base": self._base, "offset": self._offset}
                with contextlib.suppress(DeviceFault), self._store.write() as tx:
                    notes.put(tx, _NOTE, json.dumps(told))

    def _write(self, event: str, **facts: object) -> None:
        if self._keeper:
            with contextlib.suppress(DeviceFault), self._store.write() as tx:
                audit.record(tx, event, SYSTEM, None, **facts)

    def status(self) -> DeviceStatus:
        """The clock as a line among the devices."""
        word = self.look()
        if word.code is None:
            return DeviceStatus("ok")
        return DeviceStatus("down", (str(word.code),), detail={"seconds": str(word.seconds)})

    def trouble(self) -> DeviceFault | None:
        """Why nothing may be dated by this clock now; None if it may."""
        word = self.look()
        return None if word.code is None else DeviceFault(word.code, f"{word.seconds} s")
