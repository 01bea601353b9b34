"""A card for somebody who was recorded before and has lost or worn out his card: nothing is recorded again.

The centre makes the packet from the recording that it has (Permendagri 95/2019), and the pictures to be printed come
out of the chip; whose card it is the chip proves at the handover, 1:1. A card of this office's ledger is spoiled
there before the new one is begun (`issue.issue_card`).
"""

from __future__ import annotations

from appliance.casework.codes import LOST, REPLACEMENT_CAUSES
from appliance.casework.roles import Actor
from appliance.casework.sop import NotAllowed, fire
from appliance.office.context import FormRefused, Office, Values, opened_at, resident, text
from appliance.records import cases
from appliance.records.cases import Evidence, ResidentRecord
from appliance.records.moves import move_ktp
from appliance.records.store import Transaction

DECISION = "reprint"
LOSS_LETTER = "SK_POLISI_KEHILANGAN"


def reprint(office: Office, actor: Actor, case_id: str, values: Values) -> None:
    """The Kasi saw at the centre (`evidence`) that this resident is recorded: his card is made anew for a `cause`.

    Of a lost card the letter of the police must be in the file.
    """
    cause = str(values.get("cause") or "")
    if cause not in REPLACEMENT_CAUSES:
        raise FormRefused(("cause", "Pilih sebab dari daftar."))
    proof = text(values, "evidence", "Tulis di mana terlihat bahwa orang ini sudah direkam.")
    with office.store.write() as tx:
        record = cases.get(tx, case_id)
        person = resident(tx, record, values)
        fire("ktp", person.ktp_state, "reprint", actor.role, record.sop_version)
        if record.state != "PENERBITAN" or not had_a_number(person):
            raise NotAllowed(
                "Cetak ulang hanya untuk orang yang sudah punya NIK sebelum berkas ini, sesudah verifikasi."
            )
        if cause == LOST and LOSS_LETTER not in {paper["kind"] for paper in cases.letters(tx, case_id)}:
            raise FormRefused(("cause", "Surat kehilangan dari polisi belum ada di berkas ini."))
        cases.add_evidence(
            tx, case_id, "decision", position=person.position, name=DECISION, cause=cause, evidence=proof,
            officer=actor.name,
        )  # fmt: skip
        note = f"Cetak ulang: {REPLACEMENT_CAUSES[cause]}"
        move_ktp(tx, person, "reprint", actor, opened_at=opened_at(values), note=note, cause=cause)


def undo_reprint(office: Office, actor: Actor, case_id: str, values: Values) -> None:
    """The centre does not know the recording after all: the resident is recorded like anybody."""
    with office.store.write() as tx:
        record = cases.get(tx, case_id)
        person = resident(tx, record, values)
        fire("ktp", person.ktp_state, "undo_reprint", actor.role, record.sop_version)
        decided = standing(tx, person)
        if decided is None:
            raise NotAllowed("Kartu orang ini tidak sedang dicetak ulang.")
        cases.change_evidence(tx, decided, "undone")
        move_ktp(tx, person, "undo_reprint", actor, opened_at=opened_at(values))


def had_a_number(person: ResidentRecord) -> bool:
    """Whether the resident came with a NIK; who was given one in this case was never recorded."""
    return person.biodata.nik is not None


def standing(tx: Transaction, person: ResidentRecord) -> Evidence | None:
    """The decision by which this resident's card is made without a recording, or None."""
    found = cases.evidence_of(tx, person.case_id, "decision", person.position, DECISION)
    return found[-1] if found and found[-1].state != "undone" else None


def cause_of(tx: Transaction, person: ResidentRecord) -> str:
    """Why his card is made anew, as the Kasi decided; empty where he did not."""
    decided = standing(tx, person)
    return "" if decided is None else str(decided.facts["cause"])
