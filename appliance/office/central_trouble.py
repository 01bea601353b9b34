"""When the centre does not make a recording a card: who decides what, so that no case waits for ever.

A recording too old or under an expert's eye may be ordered anew; a duplicate is decided on; a leg that can have no
card any more is ended with its cause, and the rest of the case goes on.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from appliance.casework.central_states import PATIENCE_DAYS, Outcome, central_state
from appliance.casework.codes import KTP_END_CAUSES
from appliance.casework.people import check_nik, mask
from appliance.casework.roles import Actor
from appliance.casework.sop import NotAllowed, fire
from appliance.office.context import FormRefused, Office, Values, opened_at, resident, text
from appliance.office.kk_anew import keep_the_other, make_anew
from appliance.queue import jobs
from appliance.records import cases
from appliance.records.cases import Evidence, ResidentRecord
from appliance.records.moves import move_ktp
from appliance.records.store import Transaction

DOUBLE = "GANDA"
DAY_MS = 24 * 60 * 60 * 1000


def newest_enrolment(tx: Transaction, case_id: str, position: int) -> Evidence | None:
    """The recording that was sent last, or None."""
    sent = cases.evidence_of(tx, case_id, "enrolment", position)
    return sent[-1] if sent else None


def days_at_centre(sent: Evidence, now: int) -> int:
    """Whole days since this recording was sent."""
    return max(0, (now - sent.created_at) // DAY_MS)


def needs_decision(tx: Transaction, person: ResidentRecord) -> bool:
    """Whether a person must decide: a duplicate, an expert's case, or a recording waited for too long."""
    if person.ktp_state != "DIKIRIM":
        return person.ktp_state == "GANDA"
    sent = newest_enrolment(tx, person.case_id, person.position)
    if sent is None:
        return False
    said = central_state(str(sent.facts.get("central", "")))
    return said.outcome is Outcome.EXPERT or days_at_centre(sent, tx.now) >= PATIENCE_DAYS


def may_be_sent_again(tx: Transaction, person: ResidentRecord) -> bool:
    """Whether the same recording will do: the centre failed at its own search."""
    sent = newest_enrolment(tx, person.case_id, person.position)
    return (
        person.ktp_state == "GAGAL_PUSAT"
        and sent is not None
        and central_state(str(sent.facts.get("central", ""))).outcome is Outcome.RESEND
    )


def record_again(office: Office, actor: Actor, case_id: str, values: Values) -> None:
    """The Kasi orders a new recording, with a reason; what the centre still says of the old one counts no more."""
    reason = text(values, "reason", "Tulis alasan rekam ulang.")
    with office.store.write() as tx:
        record = cases.get(tx, case_id)
        person = resident(tx, record, values)
        fire("ktp", person.ktp_state, "record_again", actor.role, record.sop_version)
        if not needs_decision(tx, person):
            raise NotAllowed(f"Tunggu pusat dulu. Rekam ulang dapat diminta setelah {PATIENCE_DAYS} hari.")
        cases.add_evidence(tx, case_id, "decision", position=person.position, name="record_again", reason=reason)
        move_ktp(tx, person, "record_again", actor, opened_at=opened_at(values), note=reason)
        if not is_doubted(cases.residents(tx, case_id)):
            make_anew(tx, case_id)


def send_again(office: Office, actor: Actor, case_id: str, values: Values) -> None:
    """Send the recording that is there to the centre once more; the resident need not come."""
    with office.store.write() as tx:
        record = cases.get(tx, case_id)
        person = resident(tx, record, values)
        fire("ktp", person.ktp_state, "send_again", actor.role, record.sop_version)
        if not may_be_sent_again(tx, person):
            raise NotAllowed("Rekaman ini harus direkam ulang.")
        move_ktp(tx, person, "send_again", actor, opened_at=opened_at(values))
        send_recording(office, tx, case_id, person.position)
    office.wake()


def send_recording(office: Office, tx: Transaction, case_id: str, position: int) -> None:
    """Put the recording in hand on its way to the centre, under a token of its own; without line by people."""
    number = len(cases.evidence_of(tx, case_id, "enrolment", position)) + 1
    token = f"{case_id}:{position}:{number}"
    cases.add_evidence(tx, case_id, "enrolment", position=position, attempt=number, state="ready", token=token)
    if "centre" in office.by_hand:
        return
    jobs.put(tx, "centre", "enrol", f"enrol:{token}", case_id=case_id, position=position, token=token)


def end_ktp(office: Office, actor: Actor, case_id: str, values: Values) -> None:
    """This resident gets no card in this case: `cause` from the list. A card in work is declared spoiled first.

    Of double data, which NIK is kept (`kept_nik`) and under which number the centre was asked to delete the other
    (`ticket`); the family card is made anew with the one that is kept.
    """
    cause = text(values, "cause", "Pilih sebab.")
    if cause not in KTP_END_CAUSES:
        raise NotAllowed("Pilih sebab dari daftar.")
    nik, ticket = _deletion(office, values) if cause == DOUBLE else ("", "")
    with office.store.write() as tx:
        record = cases.get(tx, case_id)
        person = resident(tx, record, values)
        if person.ktp_state in {"PEMBUATAN_KARTU", "KARTU_JADI"}:
            raise NotAllowed("Kartunya sedang dibuat atau sudah jadi. Operator menyatakan kartu itu rusak dulu.")
        fire("ktp", person.ktp_state, "end_ktp", actor.role, record.sop_version)
        if nik and nik == person.nik:
            raise FormRefused(("kept_nik", "NIK ini yang dipertahankan: minta HAPUS yang lain, suruh rekam ulang."))
        facts: dict[str, Any] = {"kept_nik": nik, "ticket": ticket} if nik else {}
        cases.add_evidence(tx, case_id, "decision", position=person.position, name="end_ktp", cause=cause, **facts)
        if nik:
            keep_the_other(tx, actor, person, nik)
            person = cases.resident_at(tx, case_id, person.position)
        if not is_doubted(one for one in cases.residents(tx, case_id) if one.position != person.position):
            make_anew(tx, case_id)
        note = KTP_END_CAUSES[cause] + (f": {mask(nik)}, tiket HAPUS {ticket}" if nik else "")
        move_ktp(tx, person, "end_ktp", actor, opened_at=opened_at(values), note=note, cause=cause)


def _deletion(office: Office, values: Values) -> tuple[str, str]:
    """The NIK that is kept and the number of the request to delete the other."""
    nik = "".join(str(values.get("kept_nik") or "").split())
    wrong = check_nik(nik, specimen=office.settings.specimen, field="kept_nik")
    if wrong:
        raise FormRefused(*((one.field, f"NIK yang dipertahankan: {one.message}.") for one in wrong))
    ticket = str(values.get("ticket") or "").strip()
    if not ticket:
        raise FormRefused(("ticket", "Isi nomor tiket permintaan HAPUS ke pusat."))
    return nik, ticket


def must_be_undoubted(tx: Transaction, case_id: str) -> None:
    """Raises `NotAllowed` while a NIK on this family card is doubted: no sheet with it leaves the office."""
    if is_doubted(cases.residents(tx, case_id)):
        raise NotAllowed("Pusat menemukan data ganda di keluarga ini. KK menunggu keputusan Kasi.")


def is_doubted(people: Iterable[ResidentRecord]) -> bool:
    """Whether the centre holds one of them for somebody who has another NIK, and nobody has decided on it."""
    return any(person.ktp_state == "GANDA" for person in people)
