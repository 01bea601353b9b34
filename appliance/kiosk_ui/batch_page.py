"""From a batch of cards to the values of its page."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace

from appliance.casework.card_batch import ENDED, PAUSED, Stage
from appliance.kiosk_ui import case_page
from appliance.kiosk_ui.shown import Question
from appliance.office.batch_state import BatchCard, BatchState, Candidate

STAGES: dict[Stage, tuple[str, str]] = {
    Stage.WAITING: ("later", "menunggu blanko"),
    Stage.CHIP: ("chip_encoder", "di penulis chip"),
    Stage.WRITTEN: ("next", "chip selesai, menuju printer"),
    Stage.PRINTER: ("printer", "di printer"),
    Stage.PRINTED: ("search", "tercetak, belum diperiksa"),
    Stage.GOOD: ("done", "baik"),
    Stage.GONE: ("none", "di luar kumpulan ini"),
}
"""Picture and word of each stage."""


@dataclass(frozen=True, slots=True)
class ChoiceRow:
    """A resident whose card can be made, and the key that names him in the form."""

    key: str
    name: str
    code: str
    place: str


@dataclass(frozen=True, slots=True)
class CardLine:
    """One card of the batch.

    `work` is the kind of machine work under way (`words.JOBS`), `state` how that stands, `progress` 0 to 100, `fault`
    what holds it or what it waits for, `job` its key where a person may set it going again.
    """

    number: int
    case_id: str
    code: str
    name: str
    stage: str
    picture: str
    word: str
    serial: str
    hand: str
    work: str
    state: str
    progress: int | None
    fault: str
    job: str
    question: Question | None
    photo: str
    spoiled: int
    may_spoil: bool


@dataclass(frozen=True, slots=True)
class BatchView:
    """The page of a batch; `version` changes whenever anything of it does, `next_blank` is the serial to offer."""

    state: str
    paused: bool
    ended: bool
    over: bool
    cards: tuple[CardLine, ...]
    good: int
    spoiled: int
    waits_for: str
    next_blank: str
    draws_itself: bool
    version: str = ""

    def now(self, hand: str) -> tuple[CardLine, ...]:
        """The cards on which this is to be done by hand now: `lay`, `move` or `look`."""
        return tuple(card for card in self.cards if card.hand == hand)


def choice_row(one: Candidate) -> ChoiceRow:
    """One line of the list to choose from."""
    return ChoiceRow(one.key, one.person.biodata.full_name, one.record.code, case_page.place(one.record))


def _line(card: BatchCard, hand: str) -> CardLine:
    job, asked = card.job, card.question
    held = job is not None and job.state == "hold" and card.now.stands
    picture, word = STAGES[card.stage]
    busy = card.stage in {Stage.CHIP, Stage.WRITTEN, Stage.PRINTER}
    return CardLine(
        number=card.number,
        case_id=card.person.case_id,
        code=card.code,
        name=card.person.biodata.full_name,
        stage=card.stage.value,
        picture=picture,
        word=word,
        serial=card.serial,
        hand=hand,
        work=job.kind if job is not None and busy else "",
        state=job.state if job is not None and busy else "",
        progress=100 * job.done_steps // job.done_of if job is not None and job.done_of else None,
        fault=(job.fault or "") if job is not None and busy else "",
        job=job.key if job is not None and held and asked is None else "",
        question=case_page.question(str(asked["id"]), asked["kind"]) if asked is not None else None,
        photo=card.photo,
        spoiled=card.spoiled,
        may_spoil=busy and asked is None and (job is None or job.state != "leased"),
    )


def batch_view(state: BatchState, next_blank: str) -> BatchView:
    """The whole page."""
    todo = {hand.number: hand.do for hand in state.hands}
    lines = tuple(_line(card, todo.get(card.number, "")) for card in state.cards)
    view = BatchView(
        state=state.batch.state,
        paused=state.batch.state == PAUSED,
        ended=state.batch.state == ENDED,
        over=state.over,
        cards=lines,
        good=sum(card.stage is Stage.GOOD for card in state.cards),
        spoiled=sum(card.spoiled for card in state.cards),
        waits_for=next((card.waits_for for card in state.cards if card.waits_for), ""),
        next_blank=next_blank,
        draws_itself=state.draws_itself,
    )
    digest = hashlib.sha256(json.dumps(batch_json(view), sort_keys=True).encode()).hexdigest()
    return replace(view, version=digest[:16])


def batch_json(view: BatchView) -> dict[str, object]:
    """The batch for programs and for the page's own refresh: states and marks, no names."""
    return {
        "state": view.state,
        "over": view.over,
        "good": view.good,
        "spoiled": view.spoiled,
        "waits_for": view.waits_for,
        "next_blank": view.next_blank,
        "cards": [
            {
                "number": card.number,
                "case_id": card.case_id,
                "stage": card.stage,
                "hand": card.hand,
                "serial": card.serial,
                "work": card.work,
                "work_state": card.state,
                "progress": card.progress,
                "fault": card.fault,
                "job": card.job,
                "question": card.question.id if card.question else "",
                "spoiled": card.spoiled,
            }
            for card in view.cards
        ],
    }
