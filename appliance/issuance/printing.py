"""Printing sheets and cards: each once, found again by key, counted only on the printer's own evidence."""

from __future__ import annotations

import functools

from appliance.casework.roles import SYSTEM
from appliance.casework.sop import CASE_ENDS, NotAllowed
from appliance.chip.profile import UNSIGNED
from appliance.clock import Deadline, to_local
from appliance.devices import PrintDocument, Printer, PrintJob, PrintState
from appliance.faults import DeviceFault, FaultCode, Item
from appliance.issuance.batching import await_printer
from appliance.issuance.card import card_of
from appliance.issuance.machines import Machines, case_of, newest, person_of
from appliance.issuance.paper_values import card_face
from appliance.issuance.power import LOOK_AGAIN_MS, await_power
from appliance.issuance.withdrawing import another_begun, withdraw
from appliance.queue import effects, jobs
from appliance.queue.effects import Effect
from appliance.queue.jobs import Job
from appliance.queue.worker import NeedsAnswer, NotYet, Result
from appliance.records import audit, blanks, cases
from appliance.records.blanks import BlankState
from appliance.records.cases import CaseRecord
from appliance.records.moves import ask, move_kk
from appliance.records.store import Transaction

SHEET_SECONDS = 120.0
CARD_SECONDS = 180.0
CARD_MEDIA = "om_id-1_54x86mm"
SHEET_MEDIA = "iso_a4_210x297mm"
OUT_OF_SIGHT = frozenset({FaultCode.PRINTER_UNREACHABLE, FaultCode.PRINTER_SILENT})


def _print_once(
    machines: Machines, job: Job, device: str, stem: str, document: PrintDocument, seconds: float, question: str
) -> tuple[str, PrintJob | None]:
    """Bring the document out of the printer exactly once; the effect's token, and the printer's word or a person's.

    An intent that stands there from before a crash or a fault is settled by asking the printer, never by printing.
    """
    with machines.store.read() as tx:
        token = effects.next_token(tx, stem)
    if effects.doubt(machines.store, token, device, case_id=job.case_id, position=job.position):
        question = question.replace("unknown", "restored")
    with machines.store.read() as tx:
        begun = effects.find(tx, token)
    if begun is not None and begun.state == "done":
        return token, None
    needs_answer = NeedsAnswer(question, _asking(job, token, question))
    # A printer that is well takes half of the longest it is waited for.
    power = functools.partial(await_power, machines, job, seconds / 2)
    if begun is None:
        power()
    under_way = begun is not None
    try:
        with machines.rack.use(device) as printer:
            if begun is None:
                withdraw(machines, printer, device)
                where, counted = {"case_id": job.case_id, "position": job.position}, _counter(printer)
                effects.intend(machines.store, token, device, document.title, **where, counter=counted)  # type: ignore[arg-type]
            if begun is None or (printer.job(token) is None and _never_begun(printer, begun, needs_answer)):
                if begun is not None:
                    power()
                under_way = False
                _submit(printer, document, token)
                under_way = True
            return token, _settled(machines, printer, token, seconds, needs_answer)
    except DeviceFault as fault:
        if fault.code not in OUT_OF_SIGHT:
            raise
        if under_way or fault.code is FaultCode.PRINTER_SILENT:
            # Only the printer can tell what it did, so it is asked until it answers; a person could but guess.
            raise NotYet(LOOK_AGAIN_MS, DeviceFault(FaultCode.PRINTER_SILENT, fault.detail)) from fault
        _not_done(machines, token, "not queued")
        raise


def _submit(printer: Printer, document: PrintDocument, token: str) -> None:
    """Raises `printer.silent` where nobody can say whether it is queued."""
    try:
        printer.submit(document, token)
    except DeviceFault as fault:
        if fault.code is FaultCode.PRINTER_TIMEOUT:
            raise DeviceFault(FaultCode.PRINTER_SILENT, fault.detail) from fault
        raise


def _counter(printer: Printer) -> int | None:
    """The printer's counter now; None if it has none."""
    try:
        return printer.counter()
    except DeviceFault as fault:
        if fault.code is FaultCode.PRINTER_OTHER:
            return None
        raise


def _never_begun(printer: Printer, begun: Effect, needs_answer: NeedsAnswer) -> bool:
    """True where what was meant did not come out though no queue knows of it; raises `NeedsAnswer` where it may have.

    A print system that is killed forgets what it had not written down, and a printer that is switched off forgets
    its jobs: then the printer's counter is the last witness.
    """
    counted = begun.facts.get("counter")
    if begun.state == "unknown" or (counted is not None and _counter(printer) != counted):
        raise needs_answer
    return True


def _settled(machines: Machines, printer: Printer, token: str, seconds: float, needs_answer: NeedsAnswer) -> PrintJob:
    """The printed job; what did not come out is taken from queue and printer before anything is said of it."""
    try:
        settled = printer.settle(token, Deadline.after(seconds))
    except DeviceFault as fault:
        if fault.row.item is Item.UNTOUCHED:
            raise
        printer.purge(token)
        raise needs_answer from fault
    if settled.state is PrintState.COMPLETED and settled.counter_moved:
        return settled
    printer.purge(token)
    if settled.state in {PrintState.ABORTED, PrintState.CANCELED} and settled.counter_moved is False:
        _not_done(machines, token, str(settled.state))
        raise DeviceFault(FaultCode.PRINTER_ABORTED, "nothing came out")
    raise needs_answer


def _not_done(machines: Machines, token: str, state: str) -> None:
    with machines.store.write() as tx:
        effects.outcome(tx, token, "failed", {"state": state})


def _asking(job: Job, token: str, question: str) -> Result:
    def put(tx: Transaction) -> None:
        effects.outcome(tx, token, "unknown", {"asked": question})
        ask(tx, job.case_id, job.position, question, token, {"job": job.key})

    return put


def _receipt(tx: Transaction, token: str, settled: PrintJob | None) -> None:
    if settled is not None:
        facts = {"state": str(settled.state), "queue_id": settled.queue_id, "counter_moved": settled.counter_moved}
        effects.outcome(tx, token, "done", facts)


def resume_queue(machines: Machines, job: Job) -> Result:
    """Start a printer's stopped queue again because a person said so; what waited in it is taken out first.

    CUPS stops a queue whose printer is switched off between the two halves of a job. What was under way there is
    settled by its own job afterwards.
    """
    with machines.store.read() as tx:
        tokens = [effect.token for effect in effects.open_effects(tx, job.lane)]
    with machines.rack.use(job.lane) as printer:
        for token in tokens:
            printer.purge(token)
        printer.resume()
    return lambda tx: audit.record(tx, "queue-resume-complete", SYSTEM, None, device=job.lane, effects=tokens)


def print_kk(machines: Machines, job: Job) -> Result:
    """The signed family card, its archived bytes themselves."""
    record = case_of(machines.store, job)
    _refuse_for_an_ended_case(record)
    data = newest(machines.store, machines.vault, record, "kk_signed")
    if data is None:
        raise DeviceFault(FaultCode.ESIGN_UNTRUSTED, "there is no signed family card")
    document = PrintDocument(data, "application/pdf", SHEET_MEDIA, f"KK {record.code}")
    token, settled = _print_once(
        machines, job, "document_printer", job.key, document, SHEET_SECONDS, "sheet-print-unknown"
    )

    def store(tx: Transaction) -> None:
        _receipt(tx, token, settled)
        move_kk(tx, cases.get(tx, record.id), "kk_printed", SYSTEM, effect=token)

    return store


def _refuse_for_an_ended_case(record: CaseRecord) -> None:
    """Raises `NotAllowed`: the case was cancelled meanwhile, and nobody waits for its papers."""
    if record.state in CASE_ENDS:
        raise NotAllowed("Berkas ini sudah berakhir.")


def _await_slot(machines: Machines, stem: str) -> None:
    """The card of another print that was begun may lie in the slot, whatever holds that print."""
    with machines.store.read() as tx:
        if another_begun(tx, "card_printer", effects.next_token(tx, stem)):
            raise NotYet(LOOK_AGAIN_MS)


def print_card(machines: Machines, job: Job) -> Result:
    """The face of a card whose chip is proven; a blank whose chip is not can never get here."""
    record = case_of(machines.store, job)
    _refuse_for_an_ended_case(record)
    person = person_of(machines.store, job)
    serial = str(job.payload["serial"])
    with machines.store.read() as tx:
        card_of(tx, job)
        if blanks.state_of(tx, serial) is not BlankState.ENCODED:
            raise DeviceFault(FaultCode.CARD_REFUSED, "the chip of this blank is not proven")
        today = to_local(tx.now).date()
    await_printer(machines, job)
    _await_slot(machines, f"print-card:{serial}")
    photo = newest(machines.store, machines.vault, record, "photo", person.position)
    signature = newest(machines.store, machines.vault, record, "signature", person.position)
    if photo is None:
        raise DeviceFault(FaultCode.CAMERA_BROKEN_FRAME, "no accepted portrait")
    # No finger is compared while a card is printed: on a board of 1 GB engine and typesetter take turns.
    machines.fingers.close()
    unsigned = machines.profile.unsigned if machines.profile is not None else UNSIGNED
    face = machines.renderer.render_card_face(
        card_face(machines.settings, record, person, photo, signature, unsigned, today)
    )
    document = PrintDocument(face, "image/png", CARD_MEDIA, f"KTP {serial}")
    token, settled = _print_once(
        machines, job, "card_printer", f"print-card:{serial}", document, CARD_SECONDS, "card-print-unknown"
    )

    def store(tx: Transaction) -> None:
        _receipt(tx, token, settled)
        blanks.move(tx, serial, BlankState.PRINTED, SYSTEM, print_job=token)
        cases.change_evidence(tx, card_of(tx, job), "printed")
        where = {"case_id": record.id, "position": person.position}
        key = f"report-card:{serial}:CARD_PRINTED"
        jobs.put(tx, "centre", "report-card", key, serial=serial, state="CARD_PRINTED", **where)  # type: ignore[arg-type]
        audit.record(
            tx, "card-print-complete", SYSTEM, record.id, resident=person.position, blank=serial, effect=token
        )

    return store
