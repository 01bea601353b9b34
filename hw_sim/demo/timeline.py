"""What the demo shows while it runs and keeps afterwards: each step with role, limit, touch time and machine time."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field

from hw_sim.demo.browser import Browser
from hw_sim.world import World


@dataclass(slots=True)
class StepRecord:
    """One step as played. Seconds: `wall` in all, `touch` of people, `devices` their own time,
    `outside` waiting for the centre, `away` without power, `machine` the rest: what the appliance itself took."""

    step: int
    name: str
    role: str
    limit_s: int | None
    wall_s: float = 0.0
    touch_s: float = 0.0
    devices_s: float = 0.0
    outside_s: float = 0.0
    away_s: float = 0.0
    note: str = ""

    @property
    def machine_s(self) -> float:
        """Wall time less people, devices and the offices outside."""
        return max(0.0, self.wall_s - self.touch_s - self.devices_s - self.outside_s - self.away_s)


@dataclass(slots=True)
class Timeline:
    """All steps of one run; `think_s` is how long a person takes for one act."""

    world: World
    think_s: float
    say: Callable[[str], None] = lambda line: print(line, flush=True)
    steps: list[StepRecord] = field(default_factory=list)
    onlooker: Callable[[str, Browser], None] | None = None
    power_away: Callable[[], float] = lambda: 0.0
    _people: float = 0.0
    _outside: float = 0.0

    def person_acts(self) -> None:
        """A person reads, decides and touches."""
        if self.think_s > 0:
            time.sleep(self.think_s)
            self._people += self.think_s

    def look(self, moment: str, browser: Browser) -> None:
        """A moment worth a picture; what the onlooker takes is not the machine's time."""
        if self.onlooker is not None:
            with self.person_busy():
                self.onlooker(moment, browser)

    @contextlib.contextmanager
    def person_busy(self) -> Iterator[None]:
        """A person's hands or face take their time, and nobody waits for the machine meanwhile."""
        begin = time.monotonic()
        yield
        self._people += time.monotonic() - begin

    def person_rests(self, seconds: float) -> None:
        """Time that a person's hand took beside the devices' own."""
        self._people += seconds

    def waits_outside(self, seconds: float) -> None:
        """Time in which only the centre could move."""
        self._outside += seconds

    def play(self, step: int, name: str, role: str, limit_s: int | None, act: Callable[[], str | None]) -> None:
        """Play one step and record what it took; the world hears that it begins."""
        self.world.happened("step", step=step, title=name)
        record = StepRecord(step, name, role, limit_s)
        begin, devices, away = time.monotonic(), self.world.device_seconds, self.power_away()
        self._people = self._outside = 0.0
        progress(f"  {step}. {name} …")
        record.note = act() or ""
        record.wall_s = time.monotonic() - begin
        record.touch_s, record.outside_s = self._people, self._outside
        record.away_s = self.power_away() - away
        record.devices_s = min(self.world.device_seconds - devices, record.wall_s)
        self.steps.append(record)
        progress("")
        limit = "-" if limit_s is None else f"{limit_s // 60}:{limit_s % 60:02d}"
        spent = " ".join(
            f"{word} {value:6.1f} s"
            for word, value in (
                ("touch", record.touch_s),
                ("devices", record.devices_s),
                ("outside", record.outside_s),
                ("away", record.away_s),
                ("machine", record.machine_s),
            )
        )
        self.say(f"  {step}. {name:34} {role:10} limit {limit:>5}  {spent}  {record.note}")

    def rows(self) -> list[dict[str, object]]:
        """All steps as plain values."""
        return [{**asdict(one), "machine_s": round(one.machine_s, 3)} for one in self.steps]

    def total(self, name: str) -> float:
        """The sum of one of the columns."""
        return float(sum(getattr(one, name) for one in self.steps))


def progress(line: str) -> None:
    """One line that is written over, where there is a terminal."""
    if sys.stderr.isatty():
        print("\r\033[K" + line, end="", file=sys.stderr, flush=True)
