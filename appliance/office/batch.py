"""A batch of cards: chosen once, then led card by card; each card still goes by the acts of its own case.

Nothing is decided here that the case does not decide: a batch says whose card is next and holds back what would be
begun, and every step is `issue_card`, `print_card` or `look_card` of `appliance.office.issue` with its own checks and
its own line of audit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from appliance.casework.card_batch import (
    ENDED,
    HELD_FOR,
    PAUSED,
    RUNNING,
    TO_SLOT,
    CardNow,
    Hand,
    Stage,
    hands,
    over,
    stage_of,
)
from appliance.casework.people import CARD_AGE, age_on
from appliance.casework.roles import Actor, Role
from appliance.casework.sop import NotAllowed
from appliance.office import issue
from appliance.office.context import FormRefused, Office, Values, text
from appliance.queue import jobs
from appliance.queue.jobs import Job
from appliance.records import audit, batches, blanks, cases
from appliance.records.batches import Batch
from appliance.records.cases import CaseRecord, ResidentRecord
from appliance.records.moves import open_questions
from appliance.records.store import Transaction

LARGEST_BATCH = 60
"""A ribbon prints more; a person looks at no more in one go."""

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
        return _candidates(office, tx)


def _candidates(office: Office, tx: Transaction) -> list[Candidate]:
    found = []
    for record in cases.open_cases(tx):
        if record.state != "PENERBITAN":
            continue
        found += [
            Candidate(record, person)
            for person in cases.residents(tx, record.id)
            if person.ktp_state == "PRR" and person.nik is not None and _of_age(office, person)
            and blanks.earlier_card(tx, issue.nik_digest(person.nik)) is None
        ]  # fmt: skip
    return found


def _of_age(office: Office, person: ResidentRecord) -> bool:
    return age_on(person.biodata.birth_date, office.today()) >= CARD_AGE or person.biodata.marital_status != 1


def batch_state(office: Office) -> BatchState | None:
    """The newest batch, open or ended; None before the first."""
    with office.store.read() as tx:
        batch = batches.newest(tx)
        return None if batch is None else _state(office, tx, batch)


def _state(office: Office, tx: Transaction, batch: Batch) -> BatchState:
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


def _operator_only(actor: Actor) -> None:
    if actor.role is not Role.OPERATOR:
        raise NotAllowed("Langkah ini hanya untuk operator.")


def _open_batch(tx: Transaction) -> Batch:
    batch = batches.newest(tx)
    if batch is None or batch.state == ENDED:
        raise NotAllowed("Tidak ada kumpulan kartu yang sedang dibuat.")
    return batch


def start_batch(office: Office, actor: Actor, values: Values) -> None:
    """Begin a batch of the chosen residents (`residents`, keys of `Candidate`; all of them with `all`)."""
    _operator_only(actor)
    with office.store.write() as tx:
        before = batches.newest(tx)
        if before is not None and before.state != ENDED:
            if not _state(office, tx, before).over:
                raise NotAllowed("Masih ada kumpulan kartu yang belum selesai.")
            batches.turn(tx, before, ENDED)
        able = {one.key: one.person for one in _candidates(office, tx)}
        chosen = list(able) if values.get("all") else list(values.get("residents") or ())
        if not chosen:
            raise FormRefused(("residents", "Pilih sedikitnya satu penduduk."))
        if len(chosen) > LARGEST_BATCH:
            raise FormRefused(("residents", f"Paling banyak {LARGEST_BATCH} kartu sekali kumpulan."))
        if any(key not in able for key in chosen):
            raise FormRefused(("residents", "Ada penduduk yang tidak lagi siap cetak. Muat ulang halaman."))
        wanted = set(chosen)
        residents = [(person.case_id, person.position) for key, person in able.items() if key in wanted]
        batch_id = batches.start(tx, actor, residents)
        audit.record(tx, "card-batch-start-complete", actor, None, batch=batch_id, cards=len(residents))


def _turn(office: Office, actor: Actor, sources: tuple[str, ...], target: str) -> None:
    """An operator paused the batch, let it go on, or ended it; `state` says which."""
    _operator_only(actor)
    with office.store.write() as tx:
        batch = _open_batch(tx)
        if batch.state not in sources:
            raise NotAllowed("Kumpulan kartu ini sudah begitu.")
        batches.turn(tx, batch, target)
        audit.record(tx, "card-batch-turn-complete", actor, None, batch=batch.id, state=target)
    office.wake()


def pause_batch(office: Office, actor: Actor, values: Values) -> None:
    """Begin nothing more for now: what a machine has begun it ends, everything else waits where it is."""
    _turn(office, actor, (RUNNING,), PAUSED)


def resume_batch(office: Office, actor: Actor, values: Values) -> None:
    """Go on with a paused batch."""
    _turn(office, actor, (PAUSED,), RUNNING)


def end_batch(office: Office, actor: Actor, values: Values) -> None:
    """End the batch: cards in work go on, one by one, on the pages of their cases; nobody loses one."""
    _turn(office, actor, (RUNNING, PAUSED), ENDED)


def leave_out(office: Office, actor: Actor, values: Values) -> None:
    """Take one card that is not begun (`number`) out of the batch; its resident stays ready for another."""
    _operator_only(actor)
    with office.store.write() as tx:
        batch = _open_batch(tx)
        card = _numbered(_state(office, tx, batch), values)
        if card.stage is not Stage.WAITING:
            raise NotAllowed("Kartu ini sudah dimulai.")
        batches.leave_out(tx, batch, card.number)
        audit.record(tx, "card-batch-leave-complete", actor, card.person.case_id, resident=card.person.position)


def _numbered(state: BatchState, values: Values) -> BatchCard:
    number = int(values.get("number") or 0)
    for card in state.cards:
        if card.number == number:
            return card
    raise NotAllowed("Tidak ada kartu nomor ini dalam kumpulan.")


Step = Callable[[Office, Actor, str, Values], None]


def _by_hand(office: Office, actor: Actor, values: Values, do: str, act: Step) -> None:
    """An act of a card's own case, if it is this card's turn."""
    _operator_only(actor)
    with office.store.read() as tx:
        state = _state(office, tx, _open_batch(tx))
    card = _numbered(state, values)
    if state.batch.paused and do != "look":
        raise NotAllowed("Kumpulan kartu sedang dijeda. Lanjutkan dulu.")
    if Hand(do, card.number) not in state.hands:
        raise NotAllowed("Belum giliran kartu ini.")
    act(office, actor, card.person.case_id, {**values, "resident": card.person.position})


def lay_card(office: Office, actor: Actor, values: Values) -> None:
    """The blank of this serial (`blank_serial`) lies on the encoder for card `number`: `issue_card` of its case."""
    text(values, "blank_serial", "Isi nomor blanko.")
    _by_hand(office, actor, values, "lay", issue.issue_card)


def move_card(office: Office, actor: Actor, values: Values) -> None:
    """Card `number` lies in the printer's slot: `print_card` of its case."""
    _by_hand(office, actor, values, "move", issue.print_card)


def look_card(office: Office, actor: Actor, values: Values) -> None:
    """Somebody looked at card `number` (`result` ok|spoiled, `cause`): `look_card` of its case."""
    _by_hand(office, actor, values, "look", issue.look_card)


def spoil_card(office: Office, actor: Actor, values: Values) -> None:
    """Card `number` cannot become one any more, wherever it is (`cause`); its resident gets the next blank."""
    _operator_only(actor)
    with office.store.read() as tx:
        card = _numbered(_state(office, tx, _open_batch(tx)), values)
    if card.stage not in {Stage.CHIP, Stage.WRITTEN, Stage.PRINTER}:
        raise NotAllowed("Kartu ini tidak sedang dibuat.")
    if card.question is not None:
        raise NotAllowed("Jawab dulu pertanyaannya.")
    if card.job is not None and card.job.state == "leased":
        raise NotAllowed("Mesin sedang mengerjakan kartu ini. Tunggu sampai berhenti.")
    spoiled = {**values, "resident": card.person.position, "result": "spoiled"}
    issue.look_card(office, actor, card.person.case_id, spoiled)


def case_of_card(office: Office, number: int) -> str:
    """The case that card `number` of the open batch belongs to; raises `NotAllowed`."""
    with office.store.read() as tx:
        return _numbered(_state(office, tx, _open_batch(tx)), {"number": number}).person.case_id
