"""What many cuts came to: counts that must be nothing, each kind of cut with its outcomes, and times to settle."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from statistics import quantiles
from typing import Any

from hw_sim.demo.settling import UNSETTLED, Settled
from hw_sim.demo.truth import COUNTS, Found

SETTLE_LIMIT_SECONDS = 5.0


@dataclass(slots=True)
class Tally:
    """Counted over all runs. `outcomes` by (point, outcome); `daemons` by what was killed beside the appliance;
    `blanks` by (`ledger` or `world`, state), as they are at the end of each run."""

    cuts: int = 0
    cases: int = 0
    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    daemons: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    blanks: Counter[tuple[str, str]] = field(default_factory=Counter)
    settle: list[float] = field(default_factory=list)
    first_page: list[float] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add_cut(self, point: str, first_page: float, settled: Settled) -> None:
        """One cut, where it fell and what came of what it interrupted."""
        with self._lock:
            self.cuts += 1
            self.outcomes[point, settled.outcome] += 1
            self.first_page.append(first_page)
            if settled.seconds is not None:
                self.settle.append(settled.seconds)

    def add_found(self, run: str, found: Found) -> None:
        """What differed at the end of a run, and how its blanks ended."""
        self.blanks += found.blanks
        for count, note in found.differences:
            self.wrong[count] += 1
            self.notes.append(f"{run}: {count}: {note}"[:300])

    def as_parts(self) -> dict[str, Any]:
        """All of it as plain values, from which `from_parts` puts several together."""
        return {
            "cuts": self.cuts,
            "cases": self.cases,
            "outcomes": [[*key, number] for key, number in self.outcomes.items()],
            "daemons": dict(self.daemons),
            "wrong": dict(self.wrong),
            "blanks": [[*key, number] for key, number in self.blanks.items()],
            "settle": self.settle,
            "first_page": self.first_page,
            "notes": self.notes,
        }

    @staticmethod
    def from_parts(parts: Iterable[Mapping[str, Any]]) -> Tally:
        """Several tallies as one."""
        whole = Tally()
        for one in parts:
            whole.cuts += one["cuts"]
            whole.cases += one["cases"]
            whole.outcomes.update({(point, outcome): number for point, outcome, number in one["outcomes"]})
            whole.daemons.update(one["daemons"])
            whole.wrong.update(one["wrong"])
            whole.blanks.update({(where, state): number for where, state, number in one["blanks"]})
            whole.settle += one["settle"]
            whole.first_page += one["first_page"]
            whole.notes += one["notes"]
        return whole

    def as_json(self) -> dict[str, Any]:
        """The report (DESIGN §9), with what else is known."""
        points: Counter[str] = Counter()
        table: dict[str, dict[str, int]] = {}
        for (point, outcome), number in self.outcomes.most_common():
            points[point] += number
            table.setdefault(point, {})[outcome] = number
        return {
            "cuts": self.cuts,
            "points": dict(points.most_common()),
            **{name: self.wrong[name] for name in COUNTS},
            "settle_s": _marks(self.settle),
            "first_page_s": _marks(self.first_page),
            "settle_timed": len(self.settle),
            "settle_over_limit": sum(one > SETTLE_LIMIT_SECONDS for one in self.settle),
            "cases": self.cases,
            "daemons": dict(self.daemons.most_common()),
            "blanks": {where: _states(self.blanks, where) for where in ("ledger", "world")},
            "outcomes": table,
            "notes": self.notes,
        }

    @property
    def good(self) -> bool:
        """Whether every count that must be nothing is nothing, and nothing stayed open that devices could tell of."""
        return not any(self.wrong.values()) and not any(outcome == UNSETTLED for _, outcome in self.outcomes)


def _states(blanks: Mapping[tuple[str, str], int], where: str) -> dict[str, int]:
    return {state: number for (one, state), number in sorted(blanks.items()) if one == where and number}


def _marks(seconds: list[float]) -> dict[str, float]:
    marks = quantiles(seconds, n=20, method="inclusive") if len(seconds) > 1 else [*seconds, 0.0][:1] * 19
    return {"p50": round(marks[9], 2), "p95": round(marks[18], 2), "max": round(max(seconds, default=0.0), 2)}


def as_table(report: Mapping[str, Any]) -> str:
    """Cut points × outcome as a Markdown table, with the sums that must be nothing under it."""
    rows: Mapping[str, Mapping[str, int]] = report["outcomes"]
    columns = sorted({outcome for row in rows.values() for outcome in row})
    lines = ["| the power went at | " + " | ".join(columns) + " | cuts |", "|---|" + "---:|" * (len(columns) + 1)]
    for point, row in sorted(rows.items()):
        cells = [str(row.get(column, "")) for column in columns]
        lines.append(f"| {point} | " + " | ".join(cells) + f" | {sum(row.values())} |")
    sums = [str(sum(row.get(column, 0) for row in rows.values())) for column in columns]
    lines.append("| **all** | " + " | ".join(sums) + f" | {report['cuts']} |")
    for where, states in report["blanks"].items():
        counted = ", ".join(f"{state.replace('_', ' ')} {number}" for state, number in states.items())
        lines += [f"Blanks in the {where} at the end: {counted}; {sum(states.values())} in all."]
    settle = report["settle_s"]
    lines += ["", ", ".join(f"{name.replace('_', ' ')} **{report[name]}**" for name in COUNTS)]
    lines += [f"Settled after {settle['p50']} s (p50), {settle['p95']} s (p95), {settle['max']} s (longest)."]
    if report["daemons"]:
        lines += ["Killed beside: " + ", ".join(f"{name} {n}" for name, n in report["daemons"].items()) + "."]
    return "\n".join(lines)
