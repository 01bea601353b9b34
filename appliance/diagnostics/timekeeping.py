"""Whether the wall clock can be believed: against the newest entry of the books, and the time that has passed.

A board without a battery clock wakes in the past, a person sets the wrong year: signatures, packets and certificates
must not be dated by that. What is believed instead is nobody's guess: the work waits (decision 0019).
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
BELIEVED = ("clock-confirm-complete", "clock-doubt-complete")
"""From these entries on the times in the books are right, whatever stands before."""
STEP = "clock-doubt-init"
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
    """Looks at the clock. One of a machine, the `keeper`, writes down what it finds; the others read the same."""

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
        self._met = Word()
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
        word = self._judge(now, offset)
        if word.code is not None and self._network(now):
            word = Word()
            self._offset = offset
            self._settle("ntp")
        elif word.code is None and abs(offset - (self._offset or offset)) <= _SLEW_MS:
            self._offset = offset
        if self._keeper:
            self._write_down(word)
        return word

    def _read(self, tx: Transaction) -> None:
        """What the books have to say since the last look: only new entries are read."""
        head = audit.head(tx)
        if head != self._scanned:
            after = self._scanned if head > self._scanned else 0
            believed = audit.newest_of(tx, BELIEVED, after)
            if believed is not None or after == 0:
                self._base = 0 if believed is None else int(str(believed["sequence"]))
                self._floor, self._offset, self._met = 0, None, Word()
            step = audit.newest_of(tx, (STEP,), max(after, self._base))
            if step is not None:
                facts = json.loads(str(step["facts"]))
                self._met = Word(FaultCode(facts["fault"]), int(facts["seconds"]))
            self._floor = max(self._floor, audit.latest_time(tx, max(after, self._base)))
            self._scanned = head
        if self._offset is None:
            kept = json.loads(notes.get(tx, _NOTE) or "{}")
            if (kept.get("boot"), kept.get("base")) == (self._boot, self._base):
                self._offset = int(kept["offset"])

    def _judge(self, now: int, offset: int) -> Word:
        """By the time that has passed where it is known since when; after a new start of the machine by the books."""
        if self._offset is not None:
            step = offset - self._offset
            code = FaultCode.CLOCK_JUMPED if step > 0 else FaultCode.CLOCK_BEHIND
            return Word(code, abs(step) // 1000) if abs(step) > TOLERANCE_MS else Word()
        if self._met.code is FaultCode.CLOCK_JUMPED:
            return self._met
        back = self._floor - now
        return Word(FaultCode.CLOCK_BEHIND, back // 1000) if back > TOLERANCE_MS else Word()

    def _write_down(self, word: Word) -> None:
        if word.code != self._met.code:
            if word.code is not None:
                _doubt(self._store, word)
            else:
                self._settle("clock")
        if word.code is None:
            with contextlib.suppress(DeviceFault), self._store.read() as tx:
                kept = json.loads(notes.get(tx, _NOTE) or "{}")
            same = (kept.get("boot"), kept.get("base")) == (self._boot, self._base)
            if not same or abs(int(kept["offset"]) - (self._offset or 0)) > _RENEW_MS:
                told = {"boot": self._boot, "base": self._base, "offset": self._offset}
                with contextlib.suppress(DeviceFault), self._store.write() as tx:
                    notes.put(tx, _NOTE, json.dumps(told))

    def _settle(self, by: str) -> None:
        if self._keeper:
            _believe(self._store, by)

    def status(self) -> DeviceStatus:
        """The clock as a line among the devices."""
        word = self.look()
        detail = {"network": "yes" if self._network(self._clock()) else "no", "up_s": str(self._passed() // 1000)}
        if word.code is None:
            return DeviceStatus("ok", detail=detail)
        return DeviceStatus("down", (str(word.code),), detail={**detail, "seconds": str(word.seconds)})

    def trouble(self) -> DeviceFault | None:
        """Why nothing may be dated by this clock now; None if it may."""
        word = self.look()
        return None if word.code is None else DeviceFault(word.code, f"{word.seconds} s")


def _doubt(store: Store, word: Word) -> None:
    """The wall clock was found to have stepped: nothing is dated by it for now."""
    with contextlib.suppress(DeviceFault), store.write() as tx:
        audit.record(tx, "clock-doubt-init", SYSTEM, None, fault=str(word.code), seconds=word.seconds)


def _believe(store: Store, by: str) -> None:
    """The wall clock is believed again: it was put right, or the network's time says so."""
    with contextlib.suppress(DeviceFault), store.write() as tx:
        audit.record(tx, "clock-doubt-complete", SYSTEM, None, by=by)
