"""The card that a new one replaces: handed in at the handover, or told to be lost with the letter of the police.

Without one of both the new card stays in the office: a card in a pocket is still taken for its holder's. What was
handed in is burnt with the other spoiled cards, with minutes (circular 470.13/11176/SJ of 2018).
"""

from __future__ import annotations

from datetime import date

from appliance.casework.blank_life import BlankState
from appliance.casework.codes import LOST
from appliance.casework.intake import Letter
from appliance.casework.roles import Actor, Role
from appliance.casework.sop import NotAllowed
from appliance.casework.stock import HOLDER, OFFICE
from appliance.office.context import Office, Values, opened_at, resident, text
from appliance.office.ledger import book
from appliance.office.reports import keep_letter
from appliance.records import audit, blanks, cases
from appliance.records.blanks import LedgerError
from appliance.records.cases import Evidence, ResidentRecord
from appliance.records.moves import touch
from appliance.records.store import Transaction

FOUND = "DITEMUKAN_SETELAH_HILANG"
LETTER = "SK_POLISI_KEHILANGAN"


def expect(tx: Transaction, person: ResidentRecord, serial: str, cause: str) -> None:
    """This card of the resident is replaced for `cause` and still in his hands, as far as the office knows."""
    cases.add_evidence(
        tx, person.case_id, "old_card", position=person.position, name=serial, state="expected", cause=cause
    )


def expected(tx: Transaction, person: ResidentRecord) -> Evidence | None:
    """The old card that is still to be settled, or None."""
    cards = cases.evidence_of(tx, person.case_id, "old_card", person.position)
    return next((card for card in cards if card.state == "expected"), None)


def must_be_settled(tx: Transaction, person: ResidentRecord) -> None:
    """Raises `NotAllowed` while an old card of this resident is neither handed in nor told to be lost."""
    card = expected(tx, person)
    if card is not None:
        raise NotAllowed(f"Terima dulu kartu lama ({card.name}), atau catat bahwa kartu itu hilang.")


def surrender_card(office: Office, actor: Actor, case_id: str, values: Values) -> None:
    """The holder hands his old card in (`result` taken), or has lost it (lost).

    Of a lost one the letter of the police is in the file already, or told now: `number`, `date`, `issuer`, `signer`.
    Ledger, case and audit log say so in one transaction; from then on the new card may be handed over.
    """
    if actor.role is not Role.PETUGAS:
        raise NotAllowed("Langkah ini hanya untuk petugas.")
    result = text(values, "result", "Pilih apakah kartu lama diterima atau hilang.")
    if result not in {"taken", "lost"}:
        raise NotAllowed("Pilih jawaban dari daftar.")
    with book(office, actor, "surrender_card", case_id, (LedgerError,)) as tx:
        person = resident(tx, cases.get(tx, case_id), values)
        card = expected(tx, person)
        if card is None:
            raise NotAllowed("Tidak ada kartu lama yang ditunggu dari orang ini.")
        lost = result == "lost"
        if lost and not any(paper["kind"] == LETTER for paper in cases.letters(tx, case_id)):
            keep_letter(tx, case_id, told_letter(office, values, LETTER, "surat kehilangan dari polisi"), actor)
        was = str(card.facts["cause"])
        cause = LOST if lost else FOUND if was == LOST else was
        place = HOLDER if lost else OFFICE
        blanks.move(tx, card.name, BlankState.SPOILED, actor, cause=cause, place=place)
        cases.change_evidence(tx, card, result, at=tx.now, officer=actor.id)
        touch(tx, case_id, 9, opened_at(values), person.position)
        audit.record(
            tx, "card-surrender-complete", actor, case_id, resident=person.position, blank=card.name, result=result
        )


def told_letter(office: Office, values: Values, kind: str, name: str) -> Letter:
    """The letter of this kind that lies on the desk; raises `NotAllowed`, by its `name`, if something is not told."""
    day = values.get("date")
    if not isinstance(day, date) or day > office.today():
        raise NotAllowed(f"Isi {name}: tanggalnya, hari ini atau sebelumnya.")
    why = f"Isi {name}: nomor, penerbit dan penanda tangan."
    number, issuer, signer = (text(values, key, why) for key in ("number", "issuer", "signer"))
    return Letter(kind, number, day, issuer, signer)
