"""A batch of three cards on real daemons: a foreign blank, a jam, a pause, two power cuts, and three good cards."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from issuing import IssuingOffice

from hw_sim.card import CardFactory, KtpCard
from hw_sim.card_keys import MasterKeys, fresh_uid
from hw_sim.demo.batch import Told
from hw_sim.demo.browser import PageRefused
from hw_sim.demo.cuts import PowerCuts
from hw_sim.world import When, World

pytestmark = pytest.mark.daemons

CHIP_WRITES = 14
"""In the middle of a chip: a card takes three times as many."""


@pytest.fixture
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[IssuingOffice]:
    folder = tmp_path_factory.mktemp("issuing")
    with IssuingOffice(folder, World(speed=0.0), grown=3, blanks=8) as office:
        yield office


def test_three_cards_through_trouble_and_none_of_them_twice(office: IssuingOffice, tmp_path: Path) -> None:
    operator, station, world = office.operator, office.station, office.world
    cuts = PowerCuts(world, office.appliance, ())
    foreign = CardFactory(MasterKeys.fresh()).blank(fresh_uid())
    taken: list[KtpCard] = []

    def blank() -> KtpCard:
        taken.append(station.cards.blank() if taken else foreign)
        return taken[-1]

    def give_up(card: Told) -> str:
        return "GAGAL_ENCODE" if operator.cards[card["number"]] is foreign else ""

    operator.take_blank, operator.given_up = blank, give_up
    behind_a_jam = AtTheWrongMoment(office)
    operator.before_act = behind_a_jam.about_to
    world.on(When("printing", {"printer": "card", "count": 1}), lambda _: behind_a_jam.jam())
    world.on(When("printing", {"printer": "card", "count": 3}), lambda _: cuts.cut("print"))
    writes: Counter[str] = Counter()

    def amid_the_third_chip(uid: str) -> None:
        writes[uid] += 1
        if len(writes) == 3 and writes[uid] == CHIP_WRITES:
            cuts.cut("chip")

    write = When("apdu-done", {"slot": 0, "ins": "D6"})
    world.on(write, lambda event: amid_the_third_chip(str(event.facts["uid"])), once=False)

    operator.begin()
    until(operator.told, operator.step, lambda told: any(card["stage"] == "printed" for card in told["cards"]))
    paused(office)
    told = operator.run(60)
    cuts.wait()
    assert behind_a_jam.happened.is_set()

    assert (told["good"], told["spoiled"]) == (3, 2), told
    assert sorted(cuts.made) == ["chip", "print"]
    printed = [output.card for output in station.card_printer.outputs]
    assert len(printed) == 3 and {id(card) for card in printed} == {id(card) for card in operator.cards.values()}
    assert station.card_printer.lost == [taken[1]], "the card that jammed"
    for number, card in operator.cards.items():
        assert office.card_read(card)["valid"], number

    ledger = office.ran("blanks", "balance")
    assert ledger["balanced"] and ledger["states"] == {"received": 3, "spoiled": 2, "verified": 3}
    made = {row["uid"] for row in ledger["blanks"] if row["state"] == "verified"}
    assert made == {card.uid.hex() for card in operator.cards.values()}
    causes = sorted(row["cause"] for row in ledger["blanks"] if row["state"] == "spoiled")
    assert causes == ["GAGAL_ENCODE", "SALAH_CETAK"]

    log = tmp_path / "audit.jsonl"
    office.appliance.run("audit", "verify", "--json", "--export", str(log))
    events = Counter(json.loads(line)["event"] for line in log.read_text().splitlines())
    assert events["card-batch-start-complete"] == 1 and events["card-batch-turn-complete"] == 3
    assert events["ktp-issue_card-complete"] == 5 and events["ktp-card_spoiled-complete"] == 2
    assert events["card-encode-complete"] == 4 and events["card-print-complete"] == 3
    assert events["ktp-card_ready-complete"] == 3 and events["question-answer-complete"] >= 1


class AtTheWrongMoment:
    """The first card jams just when somebody presses that the second lies in the printer: on a page grown old."""

    def __init__(self, office: IssuingOffice) -> None:
        self._office = office
        self._moved = 0
        self._pressed = threading.Event()
        self.happened = threading.Event()

    def jam(self) -> None:
        """The first card is being printed: it gets stuck as soon as the second is on its way."""
        assert self._pressed.wait(30)
        self._office.station.card_printer.jam()
        self.happened.set()

    def about_to(self, act: str) -> None:
        """Called between the page and the press."""
        self._moved += act == "move_card"
        if act == "move_card" and self._moved == 2:
            self._pressed.set()
            told = self._office.operator.told
            until(told, lambda _: None, lambda told: any(card["question"] for card in told["cards"]))


def until(told: object, step: object, holds: object, seconds: float = 45) -> Told:
    """Let the operator go on until the batch is as wanted."""
    by = time.monotonic() + seconds
    while time.monotonic() < by:
        now: Told = told()  # type: ignore[operator]
        if holds(now):  # type: ignore[operator]
            return now
        step(now)  # type: ignore[operator]
    raise AssertionError(f"not within {seconds:.0f} s: {now}")


def paused(office: IssuingOffice) -> None:
    """While the batch is paused nothing is begun, and what was begun comes to its end."""
    operator = office.operator
    assert operator.submit("pause_batch")
    at_rest = until(operator.told, lambda _: None, lambda told: "leased" not in works(told))
    assert at_rest["state"] == "paused"
    assert {card["hand"] for card in at_rest["cards"]} <= {"", "look"}
    begun = office.world.count("print-job"), office.world.count("card-inserted")
    operator.browser.get("/petugas/kumpulan")
    assert not operator.browser.offers("lay_card") and not operator.browser.offers("move_card")
    assert operator.browser.offers("resume_batch") and operator.browser.offers("look_batch_card")
    with pytest.raises(PageRefused, match="no form"):
        operator.browser.submit("lay_card", {"blank_serial": "A008"}, resident=3)
    assert (office.world.count("print-job"), office.world.count("card-inserted")) == begun
    assert operator.submit("resume_batch")


def works(told: Told) -> set[str]:
    """How the machines' work on the batch stands."""
    return {card["work_state"] for card in told["cards"]}
