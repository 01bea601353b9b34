"""`python -m hw_sim power`: the power cut at every point of a case, one cut in each turn of each step.

Writes build/power.json and its table; exit 1 if anything was lost, doubled, mixed, left unknown unasked, or does not
add up, or if a point was never reached.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any

from hw_sim.demo import outcome, plan, script, truth
from hw_sim.demo.abreast import run_beside
from hw_sim.demo.browser import PageRefused
from hw_sim.demo.people import Stuck
from hw_sim.demo.play import Play
from hw_sim.demo.points import Point, PointCuts, recorded, watch_commits
from hw_sim.demo.rehearsal import Rehearsal
from hw_sim.demo.stage import Stage, Theatre
from hw_sim.demo.tally import Tally, as_table
from hw_sim.demo.truth import Found
from hw_sim.fingers import pregenerate
from hw_sim.hands import Hands

TRIES = 3
"""How many runs may miss a point before it counts as never reached."""


def run_all(arguments: argparse.Namespace) -> int:
    """Record the points, cut at all of them in runs beside each other, and report; 0 if nothing is wrong."""
    shared = ["power", "--case", arguments.case, "--fingers", arguments.fingers, "--blanks", str(arguments.blanks)]
    with tempfile.TemporaryDirectory(prefix="siaga-power-") as folder:
        (found,) = run_beside([[*shared, "--record"]])
        print(f"{len(found['points'])} points", flush=True)
        points = Path(folder) / "points.json"
        points.write_text(json.dumps(found["points"]))
        cases = ["--cases", str(arguments.cases)]
        parts = run_beside(
            [
                [*shared, *cases, "--points", str(points), "--share", f"{number}/{arguments.abreast}"]
                for number in range(arguments.abreast)
            ]
        )
    tally = Tally.from_parts(parts)
    made = [one for part in parts for one in part["made"]]
    never = [one for part in parts for one in part["never"]]
    said = {**tally.as_json(), "all_points": len(found["points"]), "not_reached": never, "made": made}
    report = Path(arguments.report)
    report.parent.mkdir(parents=True, exist_ok=True)
    report.write_text(json.dumps(said, indent=2))
    table = as_table(said)
    report.with_suffix(".md").write_text(table + "\n", encoding="utf-8")
    print("\n".join([table, *(f"WRONG {note}" for note in tally.notes), *(f"never reached: {one}" for one in never)]))
    return 0 if tally.good and not never else 1


def run_part(arguments: argparse.Namespace) -> int:
    """Inside a sandbox: record the points, or cut at the share of them that falls to this run."""
    told = script.read(Path(arguments.case))
    fingers = Path(arguments.fingers).resolve()
    pregenerate(fingers, [finger for person in told.cast for finger in person.fingers()], 6)
    with Theatre(told, fingers) as theatre:
        if arguments.record:
            with theatre.stage() as stage:
                found: dict[str, Any] = {"points": [asdict(point) for point in record(stage)]}
        else:
            found = _share(theatre, arguments)
    Path(arguments.parts).write_text(json.dumps(found))
    return 0


def record(stage: Stage) -> list[Point]:
    """Play the case once with the power on; every point of it in order."""
    commits = watch_commits(stage)
    rehearsal(stage, blanks=1, wrong_fingers=1).run()
    commits.stop()
    return [point for of_part in recorded(stage.world.history()).values() for point in of_part]


def rehearsal(stage: Stage, blanks: int, wrong_fingers: int) -> Rehearsal:
    """A play on this stage, with so many turns more of the parts that can come again."""
    crew = stage.crew
    hands = Hands(stage.station)
    return Rehearsal(
        stage.script, stage.station, hands, crew, crew.timeline, blanks=blanks, wrong_fingers=wrong_fingers
    )


def _share(theatre: Theatre, arguments: argparse.Namespace) -> dict[str, Any]:
    number, shares = map(int, arguments.share.split("/"))
    points: plan.Points = {}
    for one in json.loads(Path(arguments.points).read_text()):
        points.setdefault(one["part"], []).append(Point(**one))
    tally = Tally()
    made: list[dict[str, Any]] = []
    planned = islice(plan.runs(points, plan.turns_of(arguments.blanks)), number, None, shares)
    missed: list[Point] = []
    for chosen in islice(planned, arguments.cases or None):
        missed += _one_run(theatre, chosen, tally, made, f"run {number}.{tally.cases + 1}")
    for _ in range(TRIES - 1 if arguments.cases == 0 else 0):
        again: plan.Points = {}
        for point in missed:
            again.setdefault(point.part, []).append(point)
        missed = []
        for chosen in plan.runs(again, {}):
            missed += _one_run(theatre, chosen, tally, made, f"run {number}.{tally.cases + 1} again")
    return {**tally.as_parts(), "made": made, "never": [str(point) for point in missed]}


def _one_run(
    theatre: Theatre, chosen: Mapping[str, Sequence[Point]], tally: Tally, made: list[dict[str, Any]], name: str
) -> list[Point]:
    with theatre.stage() as stage:
        cuts, found = play_cut(stage, chosen)
        if found.differences:
            truth.keep_log(stage.appliance, f"power-{name.replace(' ', '-')}.log")
            tally.notes.append(f"{name}: cuts at {'; '.join(cuts.made)}")
    tally.cases += 1
    for cut in cuts.cuts:
        tally.add_cut(cut.point.family, cut.first_page, cut.settled)
        made.append({**asdict(cut.point), "late": cut.late, "outcome": cut.settled.outcome})
    tally.add_found(name, found)
    print(f"{name}: {len(cuts.cuts)} cuts, {tally.cuts} so far, good: {tally.good}", flush=True)
    return cuts.missed


def play_cut(stage: Stage, points: Mapping[str, Sequence[Point]]) -> tuple[PointCuts, Found]:
    """Play a case with these cuts; the cuts, and whatever is wrong at the end."""
    chips, spoils, matches = (len(points.get(part, ())) for part in ("chip", "spoil", "match"))
    play = rehearsal(stage, max(0, chips - 1, spoils), max(0, matches - 1))
    cuts = PointCuts(stage, points)
    try:
        play.run()
    except (Stuck, PageRefused, OSError) as error:
        cuts.wait()
        return cuts, Found([(truth.LOST, f"{type(error).__name__} {error}")])
    cuts.wait()
    return cuts, judge(play)


def judge(play: Play) -> Found:
    """Everything that is wrong at the end of a case."""
    found = truth.found_out(play)
    found.differences += [(truth.LOST, wrong) for wrong in outcome.ending(play, play.state())]
    for index in play.cards:
        if not outcome.card_verdict(play, index)["valid"]:
            found.differences.append((truth.MIXED, f"the card of resident {index + 1} is not accepted by a reader"))
    return found
