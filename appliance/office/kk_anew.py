"""A family card with a NIK that the centre deletes is withdrawn, and made anew with the one that is kept.

It goes from SIAK through the Kabid and the Kadis again: each link is given anew, and nobody holds two.
"""

from __future__ import annotations

from appliance.casework.roles import SYSTEM, Actor
from appliance.casework.sop import KK_STATES, TABLES, NotAllowed
from appliance.office.context import FormRefused
from appliance.office.found_nik import keep_nik
from appliance.queue import jobs
from appliance.records import audit, cases, family_cards
from appliance.records.cases import CaseRecord, ResidentRecord
from appliance.records.moves import ISSUING, move_case, move_kk
from appliance.records.store import Transaction

SIGNED = frozenset(KK_STATES) - {"TIDAK_PERLU", "MENUNGGU"}


def _concerns(record: CaseRecord) -> bool:
    """Whether this case makes a family card, by a version of the SOP that knows how to make it anew."""
    return record.kk_state != "TIDAK_PERLU" and any(row.event == "withdraw_kk" for row in TABLES[record.sop_version])


def keep_the_other(tx: Transaction, actor: Actor, person: ResidentRecord, nik: str) -> None:
    """The kept NIK is the resident's from now on; what was drafted and signed with the deleted one is withdrawn.

    Raises `NotAllowed` while that family card is being signed or printed: nobody could say what comes out.
    """
    record = cases.get(tx, person.case_id)
    if not _concerns(record):
        return
    if record.state != ISSUING or record.kk_state not in SIGNED:
        raise NotAllowed("KK keluarga ini sedang dibuat. Putuskan setelah KK ditandatangani.")
    if any(job.kind == "print-kk" and job.state in jobs.OPEN for job in jobs.of_case(tx, record.id)):
        raise NotAllowed(
            "KK ini sedang dicetak. Tunggu, atau minta operator menyelesaikan atau menghentikannya dulu."
        )
    if nik in {one.nik for one in cases.residents(tx, record.id)}:
        raise FormRefused(("kept_nik", "NIK itu sudah dipakai anggota keluarga lain di berkas ini."))
    keep_nik(tx, person, nik)
    handed_over = record.kk_state == "KK_DISERAHKAN"
    digests = family_cards.withdraw(tx, record.id, handed_over=handed_over)
    facts = {"resident": person.position, "sha256": digests, "handed_over": handed_over}
    audit.record(tx, "kk-withdraw-complete", actor, record.id, **facts)


def make_anew(tx: Transaction, case_id: str) -> None:
    """A card that was withdrawn goes back to the operator; called once nobody of the family is doubted any more.

    Raises `NotAllowed` while a chip or card of another member is in work: it lies in a device, by its case.
    """
    record = cases.get(tx, case_id)
    if not _concerns(record) or record.state != ISSUING or record.kk_state not in SIGNED:
        return
    if family_cards.withdrawn(tx, case_id) and not family_cards.standing(tx, case_id, "kk_signed"):
        if any(person.ktp_state == "PEMBUATAN_KARTU" for person in cases.residents(tx, case_id)):
            raise NotAllowed("Kartu anggota keluarga lain sedang dibuat. Putuskan setelah kartu itu selesai.")
        move_kk(tx, record, "withdraw_kk", SYSTEM)
        move_case(tx, cases.get(tx, case_id), "withdraw_kk", SYSTEM)
