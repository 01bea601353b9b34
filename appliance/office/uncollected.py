"""Documents that wait for their holders: where they lie, and who was reminded when.

Fields of `values`: shelve_kk: shelf · shelve_card: resident, shelf · remind: how, result.
"""

from __future__ import annotations

from appliance.casework.roles import Actor, Role
from appliance.casework.sop import NotAllowed
from appliance.casework.uncollected import HOW, RESULTS, Uncollected
from appliance.office.context import Office, Values, resident, text
from appliance.records import audit, cases
from appliance.records.cases import CaseRecord, ResidentRecord
from appliance.records.store import Transaction
from appliance.records.uncollected import READY_CARD, READY_KK, of_case, uncollected

LONGEST = 40
"""Letters of a shelf's name."""


def waiting(office: Office) -> tuple[tuple[Uncollected, ...], int]:
    """Everything that waits, the longest waiting first, and the moment at which it was looked up."""
    with office.store.read() as tx:
        return tuple(uncollected(tx)), tx.now


def to_remind(office: Office) -> int:
    """For how many cases a reminder is due."""
    found, now = waiting(office)
    return len({one.case_id for one in found if one.remind_at <= now})


def on_case(tx: Transaction, actor: Actor, record: CaseRecord) -> tuple[str, ...]:
    """The acts on the case as a whole that this officer may do now."""
    if actor.role is not Role.PETUGAS or not of_case(tx, record):
        return ()
    return ("shelve_kk", "remind") if record.kk_state == READY_KK else ("remind",)


def on_resident(actor: Actor, person: ResidentRecord) -> tuple[str, ...]:
    """The acts on one resident."""
    return ("shelve_card",) if actor.role is Role.PETUGAS and person.ktp_state == READY_CARD else ()


def shelve_kk(office: Office, actor: Actor, case_id: str, values: Values) -> None:
    """Say on which shelf the printed family card waits; again says that it was moved."""
    with office.store.write() as tx:
        record = cases.get(tx, case_id)
        if record.kk_state != READY_KK:
            raise NotAllowed("KK berkas ini tidak sedang menunggu diambil.")
        _place(tx, actor, record, None, values)


def shelve_card(office: Office, actor: Actor, case_id: str, values: Values) -> None:
    """Say on which shelf a resident's finished card waits."""
    with office.store.write() as tx:
        record = cases.get(tx, case_id)
        person = resident(tx, record, values)
        if person.ktp_state != READY_CARD:
            raise NotAllowed("KTP-el orang ini tidak sedang menunggu diambil.")
        _place(tx, actor, record, person.position, values)


def _place(tx: Transaction, actor: Actor, record: CaseRecord, position: int | None, values: Values) -> None:
    """Keep where the document waits for its holder; the newest place stands."""
    _petugas(actor)
    shelf = text(values, "shelf", "Isi nomor rak atau laci.")
    if len(shelf) > LONGEST:
        raise NotAllowed(f"Nomor rak paling panjang {LONGEST} huruf.")
    name = "KK" if position is None else "KTP"
    cases.add_evidence(tx, record.id, "shelf", position=position, name=name, state="placed", shelf=shelf)
    audit.record(tx, "paper-shelve-complete", actor, record.id, document=name, resident=position, shelf=shelf)


def remind(office: Office, actor: Actor, case_id: str, values: Values) -> None:
    """Enter that the family was reminded of what waits for it: `how`, and what came of it."""
    how, result = str(values.get("how") or ""), str(values.get("result") or "")
    if how not in HOW or result not in RESULTS:
        raise NotAllowed("Pilih cara mengingatkan dan hasilnya.")
    with office.store.write() as tx:
        record = cases.get(tx, case_id)
        _petugas(actor)
        if not of_case(tx, record):
            raise NotAllowed("Tidak ada dokumen berkas ini yang menunggu diambil.")
        cases.add_evidence(tx, case_id, "reminder", name=how, state="done", result=result)
        audit.record(tx, "case-remind-complete", actor, case_id, how=how, result=result)


def _petugas(actor: Actor) -> None:
    if actor.role is not Role.PETUGAS:
        raise NotAllowed("Langkah ini hanya untuk petugas.")
