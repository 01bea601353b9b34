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


@dataclass(frozen=True, slots=True)
class Unmeasured:
    """A row that could not be measured on this machine, and why, in a sentence."""

    what: str
    why: str


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


def kept_as(row: Row | Unmeasured) -> dict[str, object]:
    """The row as it stands in the JSON file; one that was not measured has no figures, and none that is not ok."""
    if isinstance(row, Unmeasured):
        return asdict(row)
    return {**asdict(row), "ratio": row.ratio, "ok": row.ok}


class WireBytes:
    """A tap (`appliance.drivers.wire_log.Tap`) that counts what goes over a wire and keeps none of it."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, direction: str, data: bytes, hidden: slice = slice(None)) -> None:
        self.count += len(data)

    def of(self, act: Callable[[], object]) -> int:
        """How many bytes went over the wire while this was done."""
        before = self.count
        act()
        return self.count - before


def report(name: str, rows: Iterable[Row | Unmeasured]) -> int:
    """Print the table, write `build/bench/NAME.json`; 1 if a row is not ok. What was not measured is told as such."""
    told = list(rows)
    found = [row for row in told if isinstance(row, Row)]
    print(f"{'what':58} {'ours':>9} {'floor':>9} {'unit':10} {'ratio':>6} {'limit':>6}")
    for row in found:
        limit = "" if row.limit is None else f"{row.limit:g}"
        mark = "" if row.ok else "  NOT OK"
        ours, floor = (f"{one:9.0f}" if row.unit == "B" else f"{one:9.4g}" for one in (row.ours, row.floor))
        print(f"{row.what:58} {ours} {floor} {row.unit:10} {row.ratio:6.3f} {limit:>6}{mark}")
    for row in told:
        if isinstance(row, Unmeasured):
            print(f"{row.what:58} not measured: {row.why}")
    BUILD.mkdir(parents=True, exist_ok=True)
    kept = [kept_as(row) for row in told]
    (BUILD / f"{name}.json").write_text(json.dumps(kept, indent=1) + "\n")
    return 0 if all(row.ok for row in found) else 1
