"""A batch of cards: how each one stands, what hands do next, and when no card may be begun. Pure.

A batch knows only whose cards are in it, in which order, and whether it goes on. How a card stands is never written
down for it: that follows from the resident's state and the card's own record.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from appliance.faults import FaultCode

RUNNING, PAUSED, ENDED = "running", "paused", "ended"


class Stage(StrEnum):
    """How one card of a batch stands."""

    WAITING = "waiting"
    """No blank is taken for it."""
    CHIP = "chip"
    """Its blank lies on the encoder."""
    WRITTEN = "written"
    """Its chip is proven; it is to be brought to the printer."""
    PRINTER = "printer"
    """It lies in the printer, in print or next in turn."""
    PRINTED = "printed"
    """It came out and is to be looked at."""
    GOOD = "good"
    """Somebody looked at it and found it good."""
    GONE = "gone"
    """Nothing is to be done here: left out by the officer, or its case went another way."""


ENDS = frozenset({Stage.GOOD, Stage.GONE})

_OF_CARD = {"making": Stage.CHIP, "encoded": Stage.WRITTEN, "printed": Stage.PRINTED}


def stage_of(ktp_state: str, card: str | None, printing: bool, left_out: bool = False) -> Stage:
    """The stage of a card by the state of its resident and of his newest card; `printing`: its face is ordered.

    A card that was spoiled leaves the resident at PRR, and so he waits for another blank.
    """
    if ktp_state in {"KARTU_JADI", "KARTU_DISERAHKAN"}:
        return Stage.GOOD
    if left_out:
        return Stage.GONE
    if ktp_state == "PRR":
        return Stage.WAITING
    if ktp_state != "PEMBUATAN_KARTU":
        return Stage.GONE
    stage = _OF_CARD.get(card or "", Stage.GONE)
    return Stage.PRINTER if stage is Stage.WRITTEN and printing else stage


@dataclass(frozen=True, slots=True)
class CardNow:
    """One card of the batch as the rules see it; `stands` is its work held, or a question about it open."""

    number: int
    stage: Stage
    stands: bool = False


@dataclass(frozen=True, slots=True)
class Hand:
    """What a person does next with one card: `lay` its blank on the encoder, `move` it to the printer, `look`."""

    do: str
    number: int


AT_PRINTER = 2
"""One card in print and one that waits in the slot."""


def hands(cards: Sequence[CardNow], paused: bool = False, one_path: bool = False) -> tuple[Hand, ...]:
    """What is to be done by hand now, most urgent first: the printer is fed before the encoder, looking comes last.

    The encoder holds one card until it is moved away, so the next blank is laid while the last card prints. Nothing
    is begun while the batch is paused; what came out may still be looked at. `one_path` is a printer with the encoder
    inside: it holds one card, from the feeder to the tray.
    """
    looks = [Hand("look", card.number) for card in cards if card.stage is Stage.PRINTED]
    if paused:
        return tuple(looks)
    moves, lays = [], []
    at_printer = [card for card in cards if card.stage is Stage.PRINTER]
    written = next((card for card in cards if card.stage is Stage.WRITTEN), None)
    if written is not None and len(at_printer) < AT_PRINTER and stopped_at(cards) is None:
        moves.append(Hand("move", written.number))
    inside = {Stage.CHIP, Stage.WRITTEN} | ({Stage.PRINTER} if one_path else set())
    on_encoder = any(card.stage in inside for card in cards)
    waiting = next((card for card in cards if card.stage is Stage.WAITING), None)
    if waiting is not None and not on_encoder:
        lays.append(Hand("lay", waiting.number))
    return (*moves, *lays, *looks)


def stopped_at(cards: Sequence[CardNow]) -> int | None:
    """The number of the card with which the printer stands until somebody helps; None if it does not."""
    return next((card.number for card in cards if card.stage is Stage.PRINTER and card.stands), None)


def over(stages: Collection[Stage]) -> bool:
    """Whether nothing is left to do."""
    return all(stage in ENDS for stage in stages)


TO_SLOT = "card-to-slot"
"""What holds the printing of a card that came out blank: the next card may lie in the slot, so it is put in anew."""

HELD_FOR = frozenset({FaultCode.PRINTER_TEMPERATURE, FaultCode.PRINTER_SUPPLY_EMPTY})
"""Why a batch waits and goes on by itself when it is over."""


def printer_waits(reasons: Collection[str], supplies: Mapping[str, int]) -> FaultCode | None:
    """Why no card may be begun at this printer now; None if one may.

    `reasons` are what the printer says of itself (`DeviceStatus.reasons`), `supplies` percent by name. A printer
    too hot or too cold is waited for also where it still takes jobs, and a ribbon of which nothing is left cannot
    finish a card. A level that is not told forbids nothing.
    """
    if FaultCode.PRINTER_TEMPERATURE.value in reasons:
        return FaultCode.PRINTER_TEMPERATURE
    if FaultCode.PRINTER_SUPPLY_EMPTY.value in reasons or any(level <= 0 for level in supplies.values()):
        return FaultCode.PRINTER_SUPPLY_EMPTY
    return None
