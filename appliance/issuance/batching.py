"""A card of a batch is begun only when the batch goes on and the printer can finish it.

A card that belongs to no open batch is never held back here: its fault is told when it comes.
"""

from __future__ import annotations

from appliance.casework.card_batch import HELD_FOR, TO_SLOT, printer_waits
from appliance.faults import DeviceFault
from appliance.issuance.machines import Machines
from appliance.queue import effects, jobs
from appliance.queue.jobs import Job
from appliance.queue.worker import NotYet
from appliance.records import batches
from appliance.records.batches import Batch
from appliance.records.moves import open_questions
from appliance.records.store import Transaction

LOOK_AGAIN_MS = 2_000


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
