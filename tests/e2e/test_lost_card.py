"""Recorded and served, then the card is lost: a second case on the same machine, and nothing is recorded again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from hw_sim.demo import script
from hw_sim.demo.cuts import PowerCuts
from hw_sim.demo.outcome import card_verdict
from hw_sim.demo.people import again
from hw_sim.demo.play import Play
from hw_sim.demo.script import Script
from hw_sim.demo.stage import Stage, Theatre
from hw_sim.fingers import pregenerate
from hw_sim.hands import Hands
from hw_sim.world import When

ROOT = Path(__file__).parents[2]
CASE = Path(__file__).parent / "cases" / "recorded-then-lost.json"
FINGERS = ROOT / "build" / "fingers"
LETTER = {
    "kind": "SK_POLISI_KEHILANGAN",
    "number": "SKTLK/12/XI/2026/POLSEK",
    "date": "2026-11-20",
    "issuer": "Polsek Metro Pusat",
    "signer": "Agus Setiawan",
}
SEEN = "Layar pusat 24-11-2026: CARD_ISSUED"

pytestmark = [pytest.mark.daemons, pytest.mark.whole, pytest.mark.timeout(60, func_only=True)]


@dataclass(frozen=True)
class Twice:
    """Both cases of the man, played to their ends; `cuts` fell into the second."""

    stage: Stage
    first: Play
    second: Play
    cuts: tuple[str, ...]
    audit: list[dict[str, Any]]

    def facts(self, event: str) -> list[dict[str, Any]]:
        return [json.loads(entry["facts"]) for entry in self.audit if entry["event"] == event]

    def second_events(self) -> list[str]:
        return [entry["event"] for entry in self.audit if entry["case_id"] == self.stage.crew.case_id]


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twice]:
    told = script.read(CASE)
    pregenerate(FINGERS, [finger for person in told.cast for finger in person.fingers()], 3)
    with Theatre(told, FINGERS) as theatre, theatre.stage() as stage:
        hands = Hands(stage.station)
        first = Play(told, stage.station, hands, stage.crew, stage.crew.timeline)
        first.run()
        cuts = PowerCuts(stage.world, stage.appliance, ())
        answered = When("centre", {"call": "void", "phase": "done"})
        stage.world.on(answered, lambda _: cuts.cut("revocation"))
        second = Play(lost(told), stage.station, hands, stage.crew, stage.crew.timeline)
        second.blank_number = first.blank_number
        go_for_another_card(second)
        cuts.wait()
        log = tmp_path_factory.mktemp("log") / "audit.jsonl"
        stage.appliance.run("audit", "verify", "--json", "--export", str(log))
        lines = log.read_text(encoding="utf-8").splitlines()
        yield Twice(stage, first, second, tuple(cuts.made), [json.loads(line) for line in lines])


def lost(told: Script) -> Script:
    """The same man with a letter of the police."""
    category = {**told.case["category"], "condition": ["documents_lost"]}
    return replace(told, case={**told.case, "category": category, "letters": [LETTER]})


def go_for_another_card(play: Play) -> None:
    """From the report to the archive, past the van."""
    crew = play.crew
    again(play.report)
    play.check()
    crew.act("kasi", "verify", {"reason": "Orang yang sama, kartunya hilang."})
    crew.act("kasi", "reprint", {"cause": "HILANG", "evidence": SEEN}, resident=0)
    play.issue(0)
    crew.act("petugas", "surrender_card", {"result": "lost"}, resident=0)
    play.hand_over(0)
    play.archive()


def test_the_second_card_is_made_and_handed_over_against_his_finger(twice: Twice) -> None:
    assert twice.second.state()["state"] == "DIARSIPKAN" and twice.second.code != twice.first.code
    assert card_verdict(twice.second, 0)["valid"]
    old, new = twice.first.cards[0], twice.second.cards[0]
    printed = [output.card for output in twice.stage.station.card_printer.outputs]
    assert [id(card) for card in printed] == [id(old), id(new)]
    assert len(twice.facts("ktp-hand_over_card-complete")) == 2


def test_nothing_of_him_is_recorded_again(twice: Twice) -> None:
    told = twice.second_events()
    assert "ktp-reprint-complete" in told
    recorded = [event for event in told if "capture" in event or "recording" in event or "enrol" in event]
    assert recorded == ["ktp-await_recording-complete"], "he waited for the van until the Kasi decided"
    assert twice.stage.station.offices.centre.made()["enrolment"] == 1
    assert [facts["kinds"] for facts in twice.facts("card-pictures-complete")] == [["photo", "signature"]]


def test_the_lost_card_is_revoked_at_the_centre_before_the_new_one_is_ordered_and_once(twice: Twice) -> None:
    assert twice.cuts == ("revocation",), "the power went as the centre's answer came"
    made = twice.stage.station.offices.centre.made()
    assert (made["packet"], made["revocation"], made["card report"]) == (2, 1, 4)
    told = twice.second_events()
    assert told.index("card-void-complete") < told.index("packet-receive-complete")
    assert told.count("card-void-complete") == 1


def test_the_ledger_takes_the_lost_blank_out_first(twice: Twice) -> None:
    ledger = json.loads(twice.stage.appliance.run("blanks", "balance", "--json"))
    assert ledger["balanced"] and ledger["states"] == {"handed_over": 1, "received": 18, "spoiled": 1}
    (spoiled,) = [blank for blank in ledger["blanks"] if blank["state"] == "spoiled"]
    assert (spoiled["uid"], spoiled["cause"]) == (twice.first.cards[0].uid.hex(), "HILANG")
