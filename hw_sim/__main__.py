"""`python -m hw_sim`: a simulated kiosk and its offices; `python -m hw_sim demo`: one case played on it.

Both run in a private network and mount namespace (hw_sim.sandbox), so that several may run beside each other; the
pages meant for people are on sockets made outside of it. To run an appliance of your own on the station, enter the
sandbox yourself (`python -m hw_sim.sandbox -- bash`) and start both in it.
"""

from __future__ import annotations

import argparse
import os
import socket
import subprocess
import sys
from pathlib import Path

from hw_sim.demo.cuts import CUTS
from hw_sim.sandbox import MARK

INSIDE = "SIAGA_SANDBOX_SOCKETS"
OUTER_PORTS = {"resident": 5180, "officer": 5181, "technician": 5182, "dock": 5183}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m hw_sim", description=__doc__)
    parser.add_argument("--fast", action="store_true", help="devices take no time")
    parser.add_argument("--fingers", default="build/fingers", help="where invented fingers are kept")
    parser.add_argument("--directory", default="build/station", help="where the station keeps its files")
    parser.add_argument("--scenario", help="TOML rules: what happens when something passes on a wire")
    parser.set_defaults(once=False, what="serve")
    verbs = parser.add_subparsers()
    torture = verbs.add_parser("torture", help="play cases while the power is cut at random moments")
    torture.add_argument("--cuts", type=int, default=1000, help="end after so many cuts")
    torture.add_argument("--minutes", type=float, default=1440, help="end with the case in which so many are over")
    torture.add_argument("--case", default="hw_sim/cases/terlantar-no-identity.json", help="the case file")
    torture.add_argument("--seed", type=int, default=1, help="where the dice start")
    torture.add_argument("--abreast", type=int, default=1, help="how many runs beside each other share the cuts")
    torture.add_argument("--parts", help=argparse.SUPPRESS)
    torture.add_argument("--per-case", type=int, default=40, help="at most so many cuts in one case")
    torture.add_argument("--only-appliance", action="store_true", help="kill nothing else beside it")
    torture.add_argument("--report", default="build/torture.json", help="where the report goes")
    torture.add_argument("--fingers", default="build/fingers", help="where invented fingers are kept")
    torture.set_defaults(what="torture", once=True)
    power = verbs.add_parser("power", help="play cases with the power cut at every point, one cut in each step")
    power.add_argument("--cases", type=int, default=0, help="end each run after so many cases; 0: at the last point")
    power.add_argument("--blanks", type=int, default=12, help="blanks that are written and spoiled in each case")
    power.add_argument("--abreast", type=int, default=2, help="how many runs beside each other share the points")
    power.add_argument("--case", default="hw_sim/cases/terlantar-no-identity.json", help="the case file")
    power.add_argument("--report", default="build/power.json", help="where the report goes")
    power.add_argument("--fingers", default="build/fingers", help="where invented fingers are kept")
    for name in ("--parts", "--points", "--share"):
        power.add_argument(name, help=argparse.SUPPRESS)
    power.add_argument("--record", action="store_true", help=argparse.SUPPRESS)
    power.set_defaults(what="power", once=True)
    demo = verbs.add_parser("demo", help="play one case from report to handover")
    demo.add_argument("--case", required=True, help="the case file")
    demo.add_argument("--out", default="build/demo", help="where the results go")
    demo.add_argument("--once", action="store_true", help="end when the case has ended")
    demo.add_argument("--pictures", metavar="DIR", help="take pictures of the faces on the way (needs Chromium)")
    demo.add_argument("--no-cuts", action="store_true", help="leave the power on")
    demo.add_argument("--cut", action="append", choices=tuple(CUTS), help="cut the power here; may be repeated")
    demo.add_argument("--database", metavar="URL", help="keep the books on this PostgreSQL server, not in a file")
    demo.add_argument("--scenario", help="TOML rules: what happens when something passes on a wire")
    demo.add_argument("--fast", action="store_true", help="devices take no time")
    demo.add_argument("--fingers", default="build/fingers", help="where invented fingers are kept")
    demo.set_defaults(what="demo")
    return parser


def _outer_sockets() -> dict[str, socket.socket]:
    found = {}
    for name, port in OUTER_PORTS.items():
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        found[name] = listener
    return found


def main() -> int:
    """Enter the sandbox with the sockets for people, then do what was asked."""
    arguments = _parser().parse_args()
    if arguments.what == "torture" and arguments.abreast > 1:
        from hw_sim.demo import torture

        return torture.run_abreast(arguments)
    if arguments.what == "power" and arguments.parts is None:
        from hw_sim.demo import every

        return every.run_all(arguments)
    beside_an_appliance = arguments.what == "serve" and MARK in os.environ
    if INSIDE not in os.environ and not beside_an_appliance:
        sockets = {} if arguments.once else _outer_sockets()
        named = ",".join(f"{name}={one.fileno()}" for name, one in sockets.items())
        command = [sys.executable, "-m", "hw_sim.sandbox", "--", sys.executable, "-m", "hw_sim", *sys.argv[1:]]
        descriptors = [one.fileno() for one in sockets.values()]
        return subprocess.run(
            command, env={**os.environ, INSIDE: named}, pass_fds=descriptors, check=False
        ).returncode
    pairs = [pair.partition("=") for pair in os.environ.pop(INSIDE, "").split(",") if pair]
    handed = {name: socket.socket(fileno=int(number)) for name, _, number in pairs}
    from hw_sim.demo import every, run, torture
    from hw_sim.demo.appliance import die_with_the_parent

    die_with_the_parent()
    if arguments.what == "demo":
        Path(arguments.out).mkdir(parents=True, exist_ok=True)
        return run.run(arguments, handed)
    if arguments.what == "power":
        return every.run_part(arguments)
    if arguments.what == "torture":
        return torture.run(arguments)
    return run.serve(arguments, handed)


if __name__ == "__main__":
    raise SystemExit(main())
