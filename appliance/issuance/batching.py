"""A card of a batch is begun only when the batch goes on and the printer can finish it.

A card that belongs to no open batch is never held back here: its fault is told when it comes.
"""

from __future__ import annotations

from appliance.casework.card_batch import HELD_FOR, TO_SLOT, printer_waits
from appliance.casework.roles import SYSTEM
from appliance.clock import Deadline
from appliance.devices import CardStop
from appliance.faults import DeviceFault
from appliance.issuance.machines import Machines
from appliance.queue import effects, jobs
from appliance.queue.jobs import Job
from appliance.queue.worker import NotYet
from appliance.records import audit, batches
from appliance.records.batches import Batch
from appliance.records.cases import Evidence, evidence_of
from appliance.records.moves import open_questions
from appliance.records.store import Transaction

LOOK_AGAIN_MS = 2_000
MOVE_SECONDS = 60.0
UID_SECONDS = 5.0


def await_chip(machines: Machines, job: Job) -> None:
    """Do not begin on a chip while its batch is paused or the printer's next card waits; raises `NotYet`.

    A chip that is half written is finished first, whatever the batch does.
    """
    with machines.store.read() as tx:
        batch = batches.holding(tx, job.case_id, job.position)
        if batch is None or effects.find(tx, f"encode:{job.payload['serial']}") is not None:
            return
        waits = next((one.fault for one in _at_printer(tx, batch, job) if one.state != "hold" and one.fault), None)
    if batch.paused or waits:
        raise NotYet(LOOK_AGAIN_MS)


def await_printer(machines: Machines, job: Job) -> None:
    """Do not begin to print a card of a paused batch, behind a card that stands, too hot, or without ribbon for it.

    Raises `NotYet`, with the printer's reason where it is that, and so asks again by itself.

    What was begun before is settled first, whatever the batch does.
    """
    with machines.store.read() as tx:
        batch = batches.holding(tx, job.case_id, job.position)
        begun = effects.find(tx, effects.next_token(tx, f"print-card:{job.payload['serial']}"))
        if batch is None or begun is not None:
            return
        others = _at_printer(tx, batch, job)
        stands = any(one.state == "hold" and one.fault != TO_SLOT for one in others) or _asked(tx, batch, job)
    if batch.paused or stands:
        raise NotYet(LOOK_AGAIN_MS)
    with machines.rack.use("card_printer") as printer:
        status, supplies = printer.status(), printer.supplies()
    why = printer_waits(status.reasons, supplies)
    if why is not None:
        told = " ".join((*status.reasons, *(f"{name} {level} %" for name, level in supplies.items())))
        raise NotYet(LOOK_AGAIN_MS, DeviceFault(why, told))
    if job.fault in HELD_FOR:
        jobs.tell_nothing(machines.store, job)


def draw_card(machines: Machines, job: Job) -> None:
    """Where the printer has feeder and encoder inside, have it bring this card's blank to the encoder.

    A card of an earlier try that lies there is thrown out first: that is asked of its chip, for the printer does not
    know which card it holds.
    """
    if not machines.settings.printer_moves_cards:
        return
    with machines.store.read() as tx:
        spoiled = {str(card.facts.get("uid")) for card in _written_off(tx, job)}
    with machines.rack.use("card_printer") as printer:
        by = Deadline.after(MOVE_SECONDS)
        printer.move_card(CardStop.ENCODER, by)
        if spoiled and _uid(machines) in spoiled:
            printer.move_card(CardStop.REJECT, by)
            printer.move_card(CardStop.ENCODER, by)


def _written_off(tx: Transaction, job: Job) -> list[Evidence]:
    batch = batches.holding(tx, job.case_id, job.position)
    wanted = [(item.case_id, item.position) for item in batch.items] if batch else [(str(job.case_id), job.position)]
    cards = [card for case_id, position in wanted for card in evidence_of(tx, case_id, "card", position)]
    return [card for card in cards if card.state == "spoiled"]


def _uid(machines: Machines) -> str:
    with machines.rack.use("chip_encoder") as encoder:
        try:
            return str(encoder.await_card(Deadline.after(UID_SECONDS)).uid.hex())
        finally:
            encoder.release()


def go_on_to_print(tx: Transaction, machines: Machines, job: Job) -> None:
    """Where the printer has the encoder inside, a written card of a batch is printed without another hand."""
    if not machines.settings.printer_moves_cards or batches.holding(tx, job.case_id, job.position) is None:
        return
    serial = str(job.payload["serial"])
    where = {"case_id": job.case_id, "position": job.position}
    jobs.put(tx, "card_printer", "print-card", f"print-card:{serial}", serial=serial, **where)  # type: ignore[arg-type]
    audit.record(tx, "card-print-init", SYSTEM, job.case_id, resident=job.position, blank=serial)


def _at_printer(tx: Transaction, batch: Batch, but: Job) -> list[Job]:
    """The print jobs of the batch's other cards that are not done."""
    wanted = {(item.case_id, item.position) for item in batch.items} - {(str(but.case_id), but.position)}
    return [
        job
        for case_id in dict.fromkeys(case_id for case_id, _ in wanted)
        for job in jobs.of_case(tx, case_id)
        if job.kind == "print-card" and job.state != "done" and (case_id, job.position) in wanted
    ]


def _asked(tx: Transaction, batch: Batch, but: Job) -> bool:
    """Whether a question about another card of the batch is open."""
    wanted = {(item.case_id, item.position) for item in batch.items} - {(str(but.case_id), but.position)}
    return any((one["case_id"], one["position"]) in wanted for one in open_questions(tx))
