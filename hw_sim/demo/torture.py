"""`python -m hw_sim torture`: case after case, the power cut at random moments, and the truth counted at the end.

Writes build/torture.json; exit 1 if anything was lost, doubled, mixed, left unknown unasked, or does not add up.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import random
import shutil
import tempfile
import threading
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles

from hw_sim.demo import outcome, script
from hw_sim.demo.appliance import Appliance
from hw_sim.demo.browser import PageRefused
from hw_sim.demo.cuts import PowerCuts
from hw_sim.demo.people import Crew, Stuck
from hw_sim.demo.play import Play
from hw_sim.demo.timeline import Timeline
from hw_sim.dock import Hands
from hw_sim.fingers import start_pregeneration
from hw_sim.station import Station
from hw_sim.world import World


@dataclass(slots=True)
class Tally:
    """What was counted over all runs; `points` by the newest wire event before each cut."""

    cuts: int = 0
    points: Counter[str] = field(default_factory=Counter)
    lost: int = 0
    doubled: int = 0
    unknown_unasked: int = 0
    mixed_chips: int = 0
    ledger_differences: int = 0
    audit_breaks: int = 0
    settle: list[float] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, object]:
        """The report."""
        marks = quantiles(self.settle, n=20) if len(self.settle) > 1 else [0.0] * 19
        return {
            "cuts": self.cuts,
            "points": dict(self.points.most_common()),
            "lost": self.lost,
            "doubled": self.doubled,
            "unknown_unasked": self.unknown_unasked,
            "mixed_chips": self.mixed_chips,
            "ledger_differences": self.ledger_differences,
            "audit_breaks": self.audit_breaks,
            "settle_s": {
                "p50": round(marks[9], 2),
                "p95": round(marks[18], 2),
                "max": round(max(self.settle, default=0.0), 2),
            },
            "notes": self.notes,
        }

    @property
    def good(self) -> bool:
        """Whether every count that must be nothing is nothing."""
        wrong = (self.lost, self.doubled, self.unknown_unasked, self.mixed_chips, self.ledger_differences)
        return not any(wrong) and not self.audit_breaks


class RandomCuts(PowerCuts):
    """Cuts the power at random moments until told to stop or `most` were made."""

    def __init__(self, world: World, appliance: Appliance, seed: int, most: int, tally: Tally) -> None:
        super().__init__(world, appliance, ())
        self._random = random.Random(seed)
        self._most = most
        self._tally = tally
        self._world = world
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._storm, name="storm")

    def start(self) -> None:
        """Let the storm begin."""
        self._thread.start()

    def _storm(self) -> None:
        while not self._over.wait(self._random.uniform(0.05, 3.5)) and len(self.made) < self._most:
            seen = self._world.history()
            point = f"{seen[-1].name}:{seen[-1].facts.get('call', '')}".rstrip(":") if seen else "start"
            self.made.append(point)
            self.appliance.kill()
            self._tally.points[point] += 1
            self._tally.settle.append(self.appliance.start())

    def wait(self) -> None:
        """The storm is over; wait until the power is back."""
        self._over.set()
        self._thread.join()


def run(arguments: argparse.Namespace) -> int:
    """Play cases until `arguments.cuts` cuts were made; exit code 0 only if nothing was lost or doubled."""
    told = script.read(Path(arguments.case))
    fingers = Path(arguments.fingers).resolve()
    start_pregeneration(fingers, [finger for person in told.cast for finger in person.fingers()], 6).join()
    tally, number = Tally(), 0
    report = Path(arguments.report)
    report.parent.mkdir(parents=True, exist_ok=True)
    while tally.cuts < arguments.cuts:
        number += 1
        _one_case(told, fingers, arguments.seed + number, min(12, arguments.cuts - tally.cuts), tally)
        report.write_text(json.dumps(tally.as_json(), indent=2))
        print(f"case {number}: {tally.cuts} cuts, good so far: {tally.good}", flush=True)
    print(json.dumps(tally.as_json(), indent=2))
    return 0 if tally.good else 1


def _one_case(told: script.Script, fingers: Path, seed: int, most: int, tally: Tally) -> None:
    directory = Path(tempfile.mkdtemp(prefix="siaga-torture-", dir="/tmp"))
    directory.chmod(0o755)
    world = World(0.0)
    try:
        with Station(world, directory / "station", fingers) as station:
            station.offices.load_case(told.case)
            appliance = Appliance(directory / "appliance", station.config(), {})
            try:
                _storm_over(told, station, appliance, seed, most, tally)
            finally:
                appliance.stop()
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _storm_over(
    told: script.Script, station: Station, appliance: Appliance, seed: int, most: int, tally: Tally
) -> None:
    crew = Crew(appliance, Timeline(station.world, 0.0, say=lambda _: None))
    crew.open_accounts()
    appliance.start()
    cuts = RandomCuts(station.world, appliance, seed, most, tally)
    play = Play(told, station, Hands(station), crew, crew.timeline)
    cuts.start()
    try:
        play.run()
    except (Stuck, PageRefused, OSError) as error:
        tally.lost += 1
        tally.notes.append(f"seed {seed}: {type(error).__name__} {error}"[:300])
        with contextlib.suppress(OSError):
            shutil.copy(appliance.log, Path("build") / f"torture-{seed}.log")
        return
    finally:
        cuts.wait()
        tally.cuts += len(cuts.made)
    _count(play, cuts, tally, seed)


def _count(play: Play, cuts: PowerCuts, tally: Tally, seed: int) -> None:
    """Ask the world what really happened, and the appliance what it believes."""
    appliance, station = play.crew.appliance, play.station
    for wrong in outcome.verdict(play, play.state(), cuts, tuple(cuts.made)):
        tally.doubled += "printed" in wrong
        tally.lost += "printed" not in wrong
        tally.notes.append(f"seed {seed}: {wrong}")
    asked = play.signings
    if len(station.offices.esign.signed) > asked:
        tally.unknown_unasked += 1
        tally.notes.append(f"seed {seed}: {len(station.offices.esign.signed)} signatures, asked for {asked}")
    for index in play.cards:
        verdict = outcome.read_card(play, index)["verdict"]
        tally.mixed_chips += not verdict["valid"]
    tally.ledger_differences += not json.loads(appliance.run("blanks", "balance", "--json", expect=(0, 1)))[
        "balanced"
    ]
    tally.audit_breaks += not json.loads(appliance.run("audit", "verify", "--json", expect=(0, 1)))["intact"]
