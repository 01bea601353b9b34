"""What the appliance costs while nothing happens: processor time of all its processes with a whole station attached.

`python -m hw_sim.sandbox -- python tests/bench/idle_cost.py [SECONDS]` prints the figures; `measure` gives them.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from hw_sim.demo.appliance import Appliance
from hw_sim.station import Station
from hw_sim.world import World

LIMIT_PERCENT = 2.0
SETTLE_SECONDS = 12.0
"""After the first page answers: imports of the children, first looks at every device, first queries compiled."""

_FINGERS = Path(__file__).parents[2] / "build" / "fingers"
_TICK = os.sysconf("SC_CLK_TCK")
_NAMES = ("serve", "web", "deviced", "syncd")


def measure(seconds: float = 30.0, settle: float = SETTLE_SECONDS) -> dict[str, float]:
    """Percent of one core by process, `appliance` for all of them together; `pcscd` and `cupsd` beside them.

    Must run inside `hw_sim.sandbox`. A child counts to the process that it works for only by its name here:
    `transport_pcsc_child`, `transport_cups_child` and so on are rows of their own.
    """
    with TemporaryDirectory(prefix="idle-") as place:
        folder = Path(place)
        folder.chmod(0o755)
        with Station(World(speed=1.0), folder / "station", _FINGERS) as station:
            appliance = Appliance(folder / "appliance", station.config(), {})
            appliance.start()
            try:
                time.sleep(settle)
                return _percent(seconds, lambda: spent(appliance.process_id or 0))
            finally:
                appliance.stop()


def _percent(seconds: float, look: Callable[[], Counter[str]]) -> dict[str, float]:
    before, began = look(), time.monotonic()
    time.sleep(seconds)
    after, took = look(), time.monotonic() - began
    rows = {name: 100 * (after[name] - before[name]) / _TICK / took for name in sorted(after)}
    ours = {name: value for name, value in rows.items() if name not in {"pcscd", "cupsd"}}
    return {**{name: round(value, 2) for name, value in rows.items()}, "appliance": round(sum(ours.values()), 2)}


def spent(session: int) -> Counter[str]:
    """Ticks of user and system time so far (proc(5), fields 14 and 15 of stat) by process name: the session's
    processes and the daemons of the machine that work for it."""
    ticks: Counter[str] = Counter()
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        with contextlib.suppress(OSError):
            command, _, rest = (entry / "stat").read_text().rpartition(")")
            fields = rest.split()
            name = command.partition("(")[2]
            if int(fields[3]) == session:
                ticks[_name_of(entry)] += int(fields[11]) + int(fields[12])
            elif name in {"pcscd", "cupsd"}:
                ticks[name] += int(fields[11]) + int(fields[12])
    return ticks


def _name_of(entry: Path) -> str:
    words = (entry / "cmdline").read_text().split("\0")
    modules = [word.rpartition(".")[2] for word in words if word.startswith("appliance.")]
    return modules[0] if modules else next((word for word in words if word in _NAMES), "other")


if __name__ == "__main__":
    found = measure(float(sys.argv[1]) if len(sys.argv) > 1 else 30.0)
    print(json.dumps(found, indent=1))
    sys.exit(0 if found["appliance"] <= LIMIT_PERCENT else 1)
