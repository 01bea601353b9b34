"""A batch of cards: chosen once, then led card by card; each card still goes by the acts of its own case.

Nothing is decided here that the case does not decide: a batch says whose card is next and holds back what would be
begun, and every step is `issue_card`, `print_card` or `look_card` of `appliance.office.issue` with its own checks and
its own line of audit.
"""

from __future__ import annotations

from collections.abc import Callable

from appliance.casework.card_batch import (
    ENDED,
    PAUSED,
    RUNNING,
    Hand,
    Stage,
    stopped_at,
)
from appliance.casework.roles import Actor, Role
from appliance.casework.sop import NotAllowed
from appliance.office import issue
from appliance.office.batch_state import BatchCard, BatchState, candidates_in, state_in
from appliance.office.context import FormRefused, Office, Values, text
from appliance.office.one_at_a_time import alone
from appliance.records import audit, batches
from appliance.records.batches import Batch
from appliance.records.store import Transaction

LARGEST_BATCH = 60
"""A ribbon prints more; a person looks at no more in one go."""


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
            if not state_in(office, tx, before).over:
                raise NotAllowed("Masih ada kumpulan kartu yang belum selesai.")
            batches.turn(tx, before, ENDED)
        able = {one.key: one.person for one in candidates_in(office, tx)}
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
        card = _numbered(state_in(office, tx, batch), values)
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
        state = state_in(office, tx, _open_batch(tx))
    card = _numbered(state, values)
    if state.batch.paused and do != "look":
        raise NotAllowed("Kumpulan kartu sedang dijeda. Lanjutkan dulu.")
    if Hand(do, card.number) not in state.hands:
        stopped = stopped_at([one.now for one in state.cards])
        if do == "move" and stopped is not None:
            raise NotAllowed(f"Printer berhenti pada kartu nomor {stopped}. Bereskan kartu itu dulu.")
        raise NotAllowed("Belum giliran kartu ini.")
    with alone(office, actor, card.person.case_id, values):
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
        card = _numbered(state_in(office, tx, _open_batch(tx)), values)
    if card.stage not in {Stage.CHIP, Stage.WRITTEN, Stage.PRINTER}:
        raise NotAllowed("Kartu ini tidak sedang dibuat.")
    if card.question is not None:
        raise NotAllowed("Jawab dulu pertanyaannya.")
    if card.job is not None and card.job.state == "leased":
        raise NotAllowed("Mesin sedang mengerjakan kartu ini. Tunggu sampai berhenti.")
    spoiled = {**values, "resident": card.person.position, "result": "spoiled"}
    with alone(office, actor, card.person.case_id, values):
        issue.look_card(office, actor, card.person.case_id, spoiled)


def case_of_card(office: Office, number: int) -> str:
    """The case that card `number` of the open batch belongs to; raises `NotAllowed`."""
    with office.store.read() as tx:
        return _numbered(state_in(office, tx, _open_batch(tx)), {"number": number}).person.case_id
