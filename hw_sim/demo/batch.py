"""The operator at a batch of cards: does with hands and forms what the page says, until all of it is over."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from hw_sim.card import KtpCard
from hw_sim.demo.browser import Browser, Fields, PageRefused
from hw_sim.demo.people import LOST_PAGE, Stuck
from hw_sim.station import Station

HOME = "/petugas/kumpulan"
Told = Mapping[str, Any]


@dataclass(slots=True)
class BatchOperator:
    """One batch in one pair of hands.

    `take_blank` gives the next physical blank, `looks_good` says of card number and card whether it is found good,
    `given_up` for what cause a held card is written off instead of tried again (none if empty);
    `cards` are those in work or made, by number from 1. A power cut costs a form, which is looked up and sent anew.
    """

    browser: Browser
    station: Station
    take_blank: Callable[[], KtpCard]
    looks_good: Callable[[int, KtpCard], bool] = lambda number, card: True
    given_up: Callable[[Told], str] = lambda card: ""
    before_act: Callable[[str], None] = lambda act: None
    cards: dict[int, KtpCard] = field(default_factory=dict)
    laid: tuple[int, str] | None = None

    def told(self) -> Told:
        """The batch as the page knows it."""
        return self.browser.json(f"{HOME}.json")

    def told_or_nothing(self) -> Told | None:
        """The same, or None while the power is away or nobody is signed in any more."""
        try:
            return self.told()
        except (OSError, PageRefused) as broken:
            if isinstance(broken, PageRefused) and broken.status not in LOST_PAGE:
                raise
            return None

    def submit(self, act: str, number: int | None = None, fields: Fields | None = None) -> bool:
        """Send the form of this act if the page has it; whether it was taken.

        Refused, because a machine had stopped since the page was loaded: then the page has the form no more.
        """
        try:
            if not self.offered(act, number):
                return False
            self.before_act(act)
            self.browser.submit(act, fields, resident=number)
        except (OSError, PageRefused) as broken:
            if isinstance(broken, PageRefused) and broken.status not in LOST_PAGE and self.offered(act, number):
                raise
            return False
        return True

    def offered(self, act: str, number: int | None) -> bool:
        """Whether the page has this form now."""
        self.browser.get(HOME)
        return self.browser.offers(act, number)

    def begin(self, residents: tuple[str, ...] = ()) -> None:
        """Begin a batch of these residents, or of all."""
        chosen: Fields = {"residents": residents} if residents else {"all": "1"}
        for _ in range(6):
            if self.submit("start_batch", fields=chosen) or self.told()["state"] == "running":
                return
        raise Stuck("the batch cannot be begun")

    def run(self, seconds: float, settle: Callable[[], None] = lambda: None) -> Told:
        """Do what the page says until nothing is left; raises `Stuck`."""
        until = time.monotonic() + seconds
        told: Told = {}
        while time.monotonic() < until:
            settle()
            now = self.told_or_nothing()
            if now is None:
                continue
            told = now
            if told["over"] or told["state"] == "ended":
                self.submit("end_batch")
                return told
            if not self.step(told):
                time.sleep(0.05)
        raise Stuck(f"the batch: not within {seconds:.0f} s; {told}")

    def step(self, told: Told) -> bool:
        """Do one thing that is to be done; whether there was any."""
        for card in told["cards"]:
            number = int(card["number"])
            if card["question"]:
                return self.answer(number, card)
            if card["job"]:
                return self.mend(number, card)
            do = {"lay": self.lay, "move": self.move, "look": self.look}.get(card["hand"])
            if do is not None and do(number, card, told):
                return True
        return False

    def lay(self, number: int, card: Told, told: Told) -> bool:
        """A blank of the offered number is laid on the encoder."""
        serial = str(told["next_blank"])
        if self.laid != (number, serial):
            self.cards[number] = self.take_blank()
            self.station.cards.encoder.insert(self.cards[number])
            self.laid = (number, serial)
        return self.submit("lay_card", number, {"blank_serial": serial})

    def move(self, number: int, card: Told, told: Told) -> bool:
        """The written card goes from the encoder into the printer's slot, once that is free."""
        mine, encoder = self.cards[number], self.station.cards.encoder
        if encoder.card is mine:
            encoder.remove()
            encoder.wait_until_noticed()
        if self.station.world.facts.get("card_in_printer", mine) is not mine:
            return False
        self.station.card_printer.load(mine)
        return self.submit("move_card", number)

    def look(self, number: int, card: Told, told: Told) -> bool:
        """The card that came out is looked at."""
        if self.looks_good(number, self.cards[number]):
            return self.submit("look_batch_card", number, {"result": "ok"})
        return self.submit("spoil_printed_card", number, {"cause": "SALAH_CETAK"})

    def answer(self, number: int, card: Told) -> bool:
        """The printer is put in order, and the question answered by what lies there."""
        mine, printer = self.cards[number], self.station.card_printer
        printer.clear()
        out = any(one.card is mine for one in printer.outputs)
        crumpled = any(one is mine for one in printer.lost)
        reply = "printed" if out else "ruined" if crumpled else "blank"
        return self.submit("answer_question", number, {"answer": reply})

    def mend(self, number: int, card: Told) -> bool:
        """What holds the work is put right, and the work set going again, or the card is given up."""
        cause = self.given_up(card)
        if cause:
            return self.submit("spoil_batch_card", number, {"cause": cause})
        if card["work"] == "print-card":
            self.station.card_printer.clear()
        elif self.station.cards.encoder.card is not self.cards[number]:
            self.station.cards.encoder.insert(self.cards[number])
        return self.submit("retry_job", number)
