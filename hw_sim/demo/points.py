"""Every moment of a case at which the power can go, and cuts made exactly there.

A run without cuts is recorded: each command to a card or key card before and after the card has done it, each commit
of the database, each call of an outside office received and done, each job, page and capture. That list is then
played again, one cut in each turn of a step.
"""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from hw_sim.commits import CommitWatch
from hw_sim.demo.cuts import PowerCuts
from hw_sim.demo.settling import Settled, Settling
from hw_sim.demo.stage import Stage
from hw_sim.world import Event, When

OFFICES = ("siak", "centre", "esign")
COMMANDS = ("apdu", "apdu-done")
PRINTS = ("print-job", "printing", "printed")
SEEN = (*OFFICES, *COMMANDS, *PRINTS, "capture", "signature", "commit")
"""Events at which the power can go. What a hand does, or a device by itself, is none."""

ANSWER_LOOKED_AT = frozenset({"enrolment"})
"""Calls that only ask again, as often as time passes: their number differs from run to run."""


@dataclass(frozen=True, slots=True)
class Point:
    """The `number`th moment of its kind (from 1) in one turn of a part of the case."""

    part: str
    kind: str
    number: int

    @property
    def family(self) -> str:
        """The kind without the instruction: what the table of a report has a row for."""
        return " ".join(self.kind.split()[:2]) if self.kind.startswith(COMMANDS) else self.kind

    def __str__(self) -> str:
        return f"{self.part}: {self.kind} {self.number}"


def kind_of(event: Event) -> str | None:
    """The kind of a moment; None for an event that is none."""
    facts = event.facts
    if event.name not in SEEN or facts.get("call") in ANSWER_LOOKED_AT:
        return None
    if event.name in COMMANDS:
        return f"{event.name} {'key-card' if facts['slot'] else 'card'} {facts['ins']}"
    if event.name in OFFICES:
        return f"{event.name} {facts['call']} {facts['phase']}"
    return f"{event.name} {facts['printer']}" if event.name in PRINTS else event.name


def recorded(history: Iterable[Event]) -> dict[str, list[Point]]:
    """The points of a run by part, in order; of a part played several times the turn with the most."""
    turns: dict[str, list[list[Point]]] = {}
    seen: Counter[str] = Counter()
    for event in history:
        if event.name == "step":
            seen.clear()
            turns.setdefault(str(event.facts["title"]), []).append([])
            part = str(event.facts["title"])
        elif turns and (kind := kind_of(event)) is not None:
            seen[kind] += 1
            turns[part][-1].append(Point(part, kind, seen[kind]))
    return {part: max(found, key=len) for part, found in turns.items() if any(found)}


@dataclass(frozen=True, slots=True)
class Cut:
    """A cut made: `late` is how many commits came between the one asked for and the end of the last process."""

    point: Point
    late: int
    first_page: float
    settled: Settled


@dataclass(slots=True)
class _Turn:
    wanted: Point | None = None
    seen: Counter[str] = field(default_factory=Counter)


class PointCuts(PowerCuts):
    """Takes the next point of a part at each turn of it and cuts the power there; `cuts` are those made.

    A point that its turn does not reach stays in `missed`.
    """

    def __init__(self, stage: Stage, points: Mapping[str, Iterable[Point]]) -> None:
        super().__init__(stage.world, stage.appliance, ())
        self.cuts: list[Cut] = []
        self.missed: list[Point] = []
        self._waiting = {part: deque(of_part) for part, of_part in points.items()}
        self._settling = Settling(stage.crew)
        self._settling.sign_in()
        self._turn = _Turn()
        self._lock = threading.Lock()
        self._commits = watch_commits(stage)
        for name in ("step", *SEEN):
            stage.world.on(When(name), self._happens, once=False)

    def _happens(self, event: Event) -> None:
        with self._lock:
            if event.name == "step":
                self._end_turn()
                waiting = self._waiting.get(str(event.facts["title"]))
                self._turn = _Turn(waiting.popleft() if waiting else None)
                return
            kind, turn = kind_of(event), self._turn
            if turn.wanted is None or kind != turn.wanted.kind:
                return
            turn.seen[kind] += 1
            if turn.seen[kind] != turn.wanted.number:
                return
            point, turn.wanted = turn.wanted, None
            number = self._settling.cut()
            self.made.append(str(point))
            self.appliance.kill()
            late = self._commits.passed_by() if kind == "commit" else 0
        thread = threading.Thread(
            target=self._come_back, args=(point, late, number), name=f"power back after {point}"
        )
        self._back.append(thread)
        thread.start()

    def _end_turn(self) -> None:
        if self._turn.wanted is not None:
            self.missed.append(self._turn.wanted)

    def _come_back(self, point: Point, late: int, number: int) -> None:
        began = time.monotonic()
        first_page = self.appliance.start()
        self.seconds += first_page
        settled = self._settling.look(number, began)
        self.cuts.append(Cut(point, late, first_page, settled))

    def wait(self) -> None:
        """Wait until the power is back everywhere and everything has settled."""
        with self._lock:
            self._end_turn()
            self._turn = _Turn()
        super().wait()
        self._commits.stop()


def watch_commits(stage: Stage) -> CommitWatch:
    """Commits of this stage's appliance as events of its world."""
    return CommitWatch(stage.world, stage.appliance.directory / "data" / "siaga.db")
