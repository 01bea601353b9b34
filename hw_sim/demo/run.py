"""`python -m hw_sim demo`: one case on real daemons, from report to handover."""

from __future__ import annotations

import argparse
import contextlib
import shutil
import signal
import socket
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path

from hw_sim.demo import outcome, script
from hw_sim.demo.appliance import FACES, Appliance
from hw_sim.demo.browser import PageRefused
from hw_sim.demo.cuts import USUAL, WITH_NEW_FAMILY_CARD, PowerCuts
from hw_sim.demo.people import Crew, Stuck
from hw_sim.demo.play import Play
from hw_sim.demo.timeline import Timeline
from hw_sim.dock import Dock
from hw_sim.fingers import pregenerate
from hw_sim.hands import Hands
from hw_sim.people import PASSERS_BY
from hw_sim.scenario import follow, parse
from hw_sim.station import Station
from hw_sim.world import World

THINK_SECONDS = 0.4
GOOD, WRONG, USAGE = 0, 1, 2


def run(arguments: argparse.Namespace, handed: Mapping[str, socket.socket]) -> int:
    """Play the case; exit code 0 only if it ends as its file expects."""
    try:
        told = script.read(Path(arguments.case))
    except script.ScriptRefused as refused:
        print(f"{arguments.case} cannot be played:\n" + "\n".join(f"  {one}" for one in refused.mistakes))
        return USAGE
    out = Path(arguments.out).resolve()
    world = World(0.0 if arguments.fast else 1.0)
    directory = Path(tempfile.mkdtemp(prefix="siaga-demo-", dir="/tmp"))
    directory.chmod(0o755)
    fingers = Path(arguments.fingers).resolve()
    print(
        f"SIAGA demo: {told.name}, {len(told.cast)} resident(s); devices at {'no' if arguments.fast else 'real'} time"
    )
    wanted = [finger for person in told.cast for finger in person.fingers()]
    print("  growing invented fingers (once; they are kept for the next run) …", flush=True)
    pregenerate(fingers, wanted, 3)
    appliance: Appliance | None = None
    try:
        with Station(world, directory / "station", fingers) as station:
            station.offices.load_case(told.case)
            faces = {face: handed[face] for face in FACES if face in handed}
            appliance = Appliance(directory / "appliance", station.config(), faces, arguments.database, papers=True)
            return _play(arguments, told, station, appliance, handed, out)
    finally:
        if appliance is not None:
            appliance.stop()
            if appliance.log.exists():
                out.mkdir(parents=True, exist_ok=True)
                shutil.copy(appliance.log, out / "appliance.log")
        shutil.rmtree(directory, ignore_errors=True)


def _play(
    arguments: argparse.Namespace,
    told: script.Script,
    station: Station,
    appliance: Appliance,
    handed: Mapping[str, socket.socket],
    out: Path,
) -> int:
    wanted = _cuts(arguments, told)
    cuts = PowerCuts(station.world, appliance, wanted)
    hands = Hands(station, cuts.off)
    _follow(arguments.scenario, hands)
    dock = Dock(hands, {person.name: person for person in told.cast}, handed.get("dock"))
    dock.start()
    timeline = Timeline(station.world, 0.0 if arguments.fast else THINK_SECONDS)
    crew = Crew(appliance, timeline)
    crew.open_accounts()
    print(f"  first page {appliance.start():.2f} s after start; memory {appliance.memory_mb():.0f} MB", flush=True)
    timeline.power_away = lambda: cuts.seconds
    play = Play(told, station, hands, crew, timeline)
    peak = _Peak(appliance)
    try:
        with contextlib.ExitStack() as watched:
            if arguments.pictures:
                from hw_sim.demo.pictures import photographer

                timeline.onlooker = watched.enter_context(photographer(Path(arguments.pictures))).look
            play.run()
        cuts.wait()
        wrong = outcome.verdict(play, play.state(), cuts, wanted)
        summary = outcome.collect(play, cuts, out)
    except (Stuck, PageRefused) as error:
        cuts.wait()
        print(f"FAILED: {error}")
        return WRONG
    finally:
        peak.stop()
    print("  the SOP's clocks as the appliance keeps them:")
    for clock in summary["clocks"]:
        waiting = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in clock["waiting_s"].items())
        limit = "no limit" if clock["limit_s"] is None else f"limit {clock['limit_s']} s"
        over = "  OVER" if clock["over"] else ""
        print(
            f"    step {clock['step']}  {limit:11} touch {clock['touch_s']:6.1f} s  "
            f"elapsed {clock['elapsed_s']:6.1f} s  {waiting}{over}"
        )
    print(
        f"  {summary['wall_s']} s in all: devices {summary['device_s']} s, outside {summary['outside_s']} s, "
        f"power away {summary['restart_s']} s in {len(cuts.made)} cut(s), machine {summary['machine_s']} s; "
        f"memory at its peak {peak.most:.0f} MB"
    )
    print(f"  results in {out}")
    print("\n".join(f"WRONG: {one}" for one in wrong) or f"GOOD: {told.name} ended {told.expected_end}")
    if not arguments.once:
        _go_on(appliance, crew, dock, handed)
    return WRONG if wrong else GOOD


def _follow(scenario: str | None, hands: Hands) -> None:
    if scenario:
        follow(parse(Path(scenario).read_text(encoding="utf-8"), frozenset(hands.verbs)), hands)


def _cuts(arguments: argparse.Namespace, told: script.Script) -> tuple[str, ...]:
    """Where the power goes: the cuts asked for, else the usual ones that this case can have."""
    if arguments.no_cuts or arguments.cut:
        return () if arguments.no_cuts else tuple(dict.fromkeys(arguments.cut))
    if told.expected_end != "DIARSIPKAN":
        return ()
    new_card = not told.case["household"].get("kk_number")
    return tuple(name for name in USUAL if new_card or name not in WITH_NEW_FAMILY_CARD)


def _go_on(appliance: Appliance, crew: Crew, dock: Dock, handed: Mapping[str, socket.socket]) -> None:
    where = {face: handed[face].getsockname()[1] if face in handed else None for face in FACES}
    print("\nThe kiosk goes on; end it with Ctrl+C.")
    for face, path in (("resident", "/"), ("officer", "/petugas/"), ("technician", "/teknisi/")):
        address = f"127.0.0.1:{where[face]}" if where[face] else appliance.addresses[face]
        print(f"  {face:11} http://{address}{path}")
    print(f"  {'dock':11} {dock.address}")
    for role, browser in crew.browsers.items():
        assert browser.credentials is not None
        print(f"  {role:11} user {browser.credentials[0]}, PIN {browser.credentials[1]}")
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    stop.wait()


class _Peak:
    """Watches the appliance's memory four times a second."""

    def __init__(self, appliance: Appliance) -> None:
        self.most = 0.0
        self._stop = threading.Event()
        self._appliance = appliance
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        while not self._stop.wait(0.25):
            self.most = max(self.most, self._appliance.memory_mb())

    def stop(self) -> None:
        """Watch no longer."""
        self._stop.set()
        self._thread.join()


def serve(arguments: argparse.Namespace, handed: Mapping[str, socket.socket]) -> int:
    """`python -m hw_sim`: station, dock and some invented people; prints the fragment of configuration."""
    world = World(0.0 if arguments.fast else 1.0)
    with Station(world, Path(arguments.directory).resolve(), Path(arguments.fingers).resolve()) as station:
        hands = Hands(station)
        _follow(arguments.scenario, hands)
        cast = {person.name: person for person in PASSERS_BY}
        dock = Dock(hands, cast, handed.get("dock"))
        hands.stand(PASSERS_BY[0])
        station.camera.picture()  # drawn before a client counts seconds
        dock.start()
        print(station.config(), flush=True)
        print(f"# people: {', '.join(cast)}; the first stands there; a finger grows in a second when first laid")
        print(f"# dock: {dock.address}", flush=True)
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        while not stop.is_set():
            time.sleep(0.2)
    return GOOD
