"""`python -m hw_sim torture`: case after case, the power cut at random moments, and the truth counted at the end.

Services, printers and offices are killed beside it. Writes build/torture.json and its table; exit 1 if anything was
lost, doubled, mixed, left unknown unasked, or does not add up.
"""

from __future__ import annotations

import argparse
import json
import random
import threading
import time
from pathlib import Path

from hw_sim.demo import script, truth
from hw_sim.demo.abreast import run_beside
from hw_sim.demo.browser import PageRefused
from hw_sim.demo.cuts import PowerCuts
from hw_sim.demo.daemons import DaemonStorm
from hw_sim.demo.every import judge
from hw_sim.demo.people import Stuck
from hw_sim.demo.play import Play
from hw_sim.demo.points import Point, kind_of, watch_commits
from hw_sim.demo.settling import Settled, Settling
from hw_sim.demo.stage import Stage, Theatre
from hw_sim.demo.tally import Tally, as_table
from hw_sim.demo.truth import Found
from hw_sim.fingers import pregenerate
from hw_sim.hands import Hands

AT_ONCE = 0.3
"""Which share of the cuts falls into the first moments after the last one, while everything is being settled."""
AT_ONCE_SECONDS, LATER_SECONDS = (0.0, 0.4), (0.4, 3.0)
"""When the power goes, counted from the first page."""
USUAL_START_SECONDS = 0.9
"""Until the first page on a machine with nothing else to do; one that is slower gets its moments as much later."""


class RandomCuts(PowerCuts):
    """Cuts the power at random moments until told to stop or `most` were made."""

    def __init__(self, stage: Stage, seed: int, most: int, tally: Tally, beside: DaemonStorm | None) -> None:
        super().__init__(stage.world, stage.appliance, ())
        self._random = random.Random(seed)
        self._most = most
        self._tally = tally
        self._world = stage.world
        self._beside = beside
        self._settling = Settling(stage.crew)
        self._settling.sign_in()
        self._commits = watch_commits(stage)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._storm, name="storm")

    def start(self) -> None:
        """Let the storm begin."""
        self._thread.start()

    def _storm(self) -> None:
        due = time.monotonic() + self._random.uniform(*LATER_SECONDS)
        while not self._over.wait(max(0.0, due - time.monotonic())) and len(self.made) < self._most:
            point = self._point()
            self.made.append(point)
            number = self._settling.cut()
            self.appliance.kill()
            began = time.monotonic()
            first_page = self.appliance.start()
            soon = self._random.random() < AT_ONCE
            slowness = 1.0 if soon else max(1.0, first_page / USUAL_START_SECONDS)
            due = time.monotonic() + slowness * self._random.uniform(*(AT_ONCE_SECONDS if soon else LATER_SECONDS))
            self._tally.add_cut(point, first_page, self._settled(number, began, due))

    def _point(self) -> str:
        """The newest moment before this one at which the power could have gone."""
        for event in reversed(self._world.history()):
            if (kind := kind_of(event)) is not None:
                return Point("", kind, 0).family
        return "start"

    def _settled(self, number: int, began: float, due: float) -> Settled:
        """As measured; without a time if a device or office was away meanwhile, which nobody can tell about."""
        away = self._beside is not None and self._beside.something_is_away
        killed = 0 if self._beside is None else self._beside.killed.total()
        settled = self._settling.look(number, began, due)
        if self._beside is not None and (away or self._beside.killed.total() > killed):
            return Settled(settled.outcome, None)
        return settled

    def wait(self) -> None:
        """The storm is over; wait until the power is back."""
        self._over.set()
        self._thread.join()
        self._commits.stop()


SEEDS_APART = 100_000
"""How far the dice of runs beside each other start apart."""


def run_abreast(arguments: argparse.Namespace) -> int:
    """Share the cuts among runs beside each other; one report of all; exit code 0 only if nothing was wrong."""
    commands = []
    for number in range(arguments.abreast):
        cuts = arguments.cuts // arguments.abreast + (number < arguments.cuts % arguments.abreast)
        words = ["torture", "--cuts", str(cuts), "--seed", str(arguments.seed + number * SEEDS_APART)]
        words += ["--minutes", str(arguments.minutes)]
        words += ["--case", arguments.case, "--per-case", str(arguments.per_case), "--fingers", arguments.fingers]
        commands.append(words + ["--only-appliance"] * arguments.only_appliance)
    return _report(Tally.from_parts(run_beside(commands)), Path(arguments.report))


def _report(tally: Tally, report: Path) -> int:
    report.parent.mkdir(parents=True, exist_ok=True)
    report.write_text(json.dumps(tally.as_json(), indent=2))
    table = as_table(tally.as_json())
    report.with_suffix(".md").write_text(table + "\n", encoding="utf-8")
    print("\n".join([table, *(f"WRONG {note}" for note in tally.notes)]))
    return 0 if tally.good else 1


def run(arguments: argparse.Namespace) -> int:
    """Play cases until so many cuts were made or so many minutes are over; exit code 0 only if nothing was wrong."""
    until = time.monotonic() + 60 * arguments.minutes
    told = script.read(Path(arguments.case))
    fingers = Path(arguments.fingers).resolve()
    pregenerate(fingers, [finger for person in told.cast for finger in person.fingers()], 6)
    tally = Tally()
    with Theatre(told, fingers) as theatre:
        while tally.cuts < arguments.cuts and time.monotonic() < until:
            most = min(arguments.per_case, arguments.cuts - tally.cuts)
            with theatre.stage() as stage:
                one_case(stage, arguments.seed + tally.cases + 1, most, tally, not arguments.only_appliance)
            print(f"case {tally.cases}: {tally.cuts} cuts, good so far: {tally.good}", *tally.notes, flush=True)
    if arguments.parts:
        Path(arguments.parts).write_text(json.dumps(tally.as_parts()))
    return 0 if arguments.parts else _report(tally, Path(arguments.report))


def one_case(stage: Stage, seed: int, most: int, tally: Tally, daemons: bool) -> None:
    """Play one case in the storm and count what came of it."""
    storm = DaemonStorm(stage.station, seed) if daemons else None
    cuts = RandomCuts(stage, seed, most, tally, storm)
    play = Play(stage.script, stage.station, Hands(stage.station), stage.crew, stage.crew.timeline)
    found = Found()
    ended = False
    cuts.start()
    if storm is not None:
        storm.start()
    try:
        play.run()
        ended = True
    except (Stuck, PageRefused, OSError) as error:
        found = Found([(truth.LOST, f"{type(error).__name__} {error}")])
    finally:
        if storm is not None:
            storm.wait()
            tally.daemons.update(storm.killed)
        cuts.wait()
    if ended:
        found = judge(play)
    tally.cases += 1
    if found.differences:
        truth.keep_log(stage.appliance, f"torture-{seed}.log")
        truth.keep_print_system(play, f"torture-{seed}.txt")
    tally.add_found(f"seed {seed}", found)
