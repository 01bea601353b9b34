"""What every bench has in common: a row, measuring two things in turn, the printed table and the JSON file."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

BUILD = Path("build/bench")


@dataclass(frozen=True, slots=True)
class Row:
    """One thing measured: ours against the floor, the bare library or wire timed in the same run, in turn.

    `limit` is the ratio that may not be passed; None where a figure is only told. A floor of 0 means that there is
    nothing to compare with: then `limit` holds for `ours` itself.
    """

    what: str
    ours: float
    floor: float
    unit: str
    limit: float | None = None

    @property
    def ratio(self) -> float:
        """Ours for each unit of the floor; ours itself where there is no floor."""
        return self.ours / self.floor if self.floor else self.ours

    @property
    def ok(self) -> bool:
        """Whether it keeps its limit."""
        return self.limit is None or self.ratio <= self.limit


def in_turn(ours: Callable[[], float], floor: Callable[[], float], rounds: int) -> tuple[float, float]:
    """Both figures of the round with the median ratio; measured in turn, the first round (a warm-up) thrown away.

    Each call returns its own figure. What disturbs the machine for longer than a round disturbs both alike.
    """
    pairs = []
    for number in range(rounds + 1):
        # Who goes first changes, so that neither always finds the caches of the other.
        pairs.append((ours(), floor()) if number % 2 else tuple(reversed((floor(), ours()))))
    return sorted(pairs[1:], key=lambda pair: pair[0] / pair[1])[rounds // 2]


def seconds(act: Callable[[], object]) -> float:
    """How long an act takes."""
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def report(name: str, rows: Iterable[Row]) -> int:
    """Print the table, write `build/bench/NAME.json`; 1 if a row is not ok."""
    found = list(rows)
    print(f"{'what':58} {'ours':>9} {'floor':>9} {'unit':10} {'ratio':>6} {'limit':>6}")
    for row in found:
        limit = "" if row.limit is None else f"{row.limit:g}"
        mark = "" if row.ok else "  NOT OK"
        print(f"{row.what:58} {row.ours:9.4g} {row.floor:9.4g} {row.unit:10} {row.ratio:6.3f} {limit:>6}{mark}")
    BUILD.mkdir(parents=True, exist_ok=True)
    kept = [{**asdict(row), "ratio": row.ratio, "ok": row.ok} for row in found]
    (BUILD / f"{name}.json").write_text(json.dumps(kept, indent=1) + "\n")
    return 0 if all(row.ok for row in found) else 1
