"""How a batch of cards stands: who could be in it, its cards one by one, and what hands may do next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from appliance.casework.card_batch import (
    ENDED,
    HELD_FOR,
    TO_SLOT,
    CardNow,
    Hand,
    Stage,
    hands,
    over,
    stage_of,
)
from appliance.casework.people import card_due
from appliance.office.context import Office
from appliance.office.holder import earlier_card
from appliance.queue import jobs
from appliance.queue.jobs import Job
from appliance.records import batches, cases
from appliance.records.batches import Batch
from appliance.records.cases import CaseRecord, ResidentRecord
from appliance.records.moves import open_questions
from appliance.records.store import Transaction

_TAKEN = frozenset({"accepted", "forced"})
_CARD_JOBS = frozenset({"prepare", "personalise", "encode", "print-card"})


@dataclass(frozen=True, slots=True)
class Candidate:
    """A resident whose card can be made now."""

    record: CaseRecord
    person: ResidentRecord

    @property
    def key(self) -> str:
        """What names him in the form."""
        return f"{self.person.case_id}:{self.person.position}"


@dataclass(frozen=True, slots=True)
class BatchCard:
    """One card of a batch with all that is known of it.

    `photo` names the portrait to compare a printed card with, `spoiled` counts the blanks that it has cost so far.
    """

    number: int
    code: str
    person: ResidentRecord
    stage: Stage
    serial: str
    job: Job | None
    question: dict[str, Any] | None
    photo: str
    spoiled: int

    @property
    def now(self) -> CardNow:
        """The card as the rules see it."""
        held = self.job is not None and self.job.state == "hold" and self.job.fault != TO_SLOT
        stands = self.question is not None or held
        return CardNow(self.number, self.stage, stands)

    @property
    def waits_for(self) -> str:
        """Why the printer's next card waits and will go on by itself; empty if it does not."""
        fault = self.job.fault if self.job is not None and self.job.state != "hold" else None
        return fault if fault in HELD_FOR else ""


@dataclass(frozen=True, slots=True)
class BatchState:
    """A batch with its cards, and what hands do now; `draws_itself`: the printer takes and moves the blanks."""

    batch: Batch
    cards: tuple[BatchCard, ...]
    hands: tuple[Hand, ...]
    draws_itself: bool

    @property
    def over(self) -> bool:
        """Whether no card is left to be made."""
        return over([card.stage for card in self.cards])


def candidates(office: Office) -> list[Candidate]:
    """Everybody who waits for his first card, oldest case first; a second card is made on the page of its case."""
    with office.store.read() as tx:
        return candidates_in(office, tx)


def candidates_in(office: Office, tx: Transaction) -> list[Candidate]:
    """The same within a transaction."""
    found = []
    for record in cases.open_cases(tx):
        if record.state != "PENERBITAN":
            continue
        found += [
            Candidate(record, person)
            for person in cases.residents(tx, record.id)
            if person.ktp_state == "PRR" and person.nik is not None and card_due(person.biodata, office.today())
            and earlier_card(office, tx, person.nik) is None
        ]  # fmt: skip
    return found


def batch_state(office: Office) -> BatchState | None:
    """The newest batch, open or ended; None before the first."""
    with office.store.read() as tx:
        batch = batches.newest(tx)
        return None if batch is None else state_in(office, tx, batch)


def state_in(office: Office, tx: Transaction, batch: Batch) -> BatchState:
    """The same of this batch, within a transaction."""
    cards = []
    for case_id in dict.fromkeys(item.case_id for item in batch.items):
        record, open_jobs = cases.get(tx, case_id), [job for job in jobs.of_case(tx, case_id) if job.state != "done"]
        asked = open_questions(tx, case_id)
        for item in batch.items:
            if item.case_id == case_id:
                cards.append(_card(tx, batch, item, record, open_jobs, asked))
    cards.sort(key=lambda card: card.number)
    one_path = office.settings.printer_moves_cards
    todo = () if batch.state == ENDED else hands([card.now for card in cards], batch.paused, one_path)
    return BatchState(batch, tuple(cards), todo, one_path)


def _card(
    tx: Transaction,
    batch: Batch,
    item: batches.Item,
    record: CaseRecord,
    open_jobs: list[Job],
    asked: list[dict[str, Any]],
) -> BatchCard:
    person = cases.resident_at(tx, record.id, item.position)
    made = cases.evidence_of(tx, record.id, "card", item.position)
    newest = made[-1] if made else None
    mine = [job for job in open_jobs if job.position == item.position and job.kind in _CARD_JOBS]
    printing = any(job.kind == "print-card" and job.fault != TO_SLOT for job in mine)
    stage = stage_of(person.ktp_state, newest.state if newest else None, printing, item.left_out)
    if record.state != "PENERBITAN" and stage is not Stage.GOOD:
        stage = Stage.GONE
    serial = newest.name if newest is not None and stage not in {Stage.WAITING, Stage.GONE} else ""
    question = next((one for one in asked if one["position"] == item.position), None)
    spoiled = sum(1 for card in made if card.state == "spoiled" and card.created_at >= batch.at)
    job = mine[-1] if mine else None
    photo = _portrait(tx, person) if stage is Stage.PRINTED else ""
    return BatchCard(item.number, record.code, person, stage, serial, job, question, photo, spoiled)


def _portrait(tx: Transaction, person: ResidentRecord) -> str:
    taken = cases.evidence_of(tx, person.case_id, "photo", person.position)
    return next((one.id for one in reversed(taken) if one.blob is not None and one.state in _TAKEN), "")


# The acts
