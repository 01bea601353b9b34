"""Handover to a holder whose finger cannot be matched: two officers compare his face with the chip's portrait.

Nobody is sent away by a loop: after four refused fingers, or without any finger on the card, the officer at the desk
asks for the comparison, and another officer answers it. Minutes are made of every handover by face.
"""

from __future__ import annotations

from appliance.casework.codes import NO_MATCH_REASONS
from appliance.casework.roles import Actor, Role
from appliance.casework.sop import NotAllowed, fire
from appliance.office import old_card
from appliance.office.at_recording import current
from appliance.office.context import Office, Values, opened_at, resident, text
from appliance.office.issue import MATCH_TRIES, card_in_work
from appliance.queue import jobs
from appliance.queue.handovers import BY_FACE, card_handed_over
from appliance.records import audit, cases
from appliance.records.cases import Evidence, ResidentRecord
from appliance.records.moves import move_ktp, touch
from appliance.records.store import Transaction


def no_finger_helps(tx: Transaction, person: ResidentRecord) -> bool:
    """Whether all tries are used up, or the card holds no finger."""
    tries = len(cases.evidence_of(tx, person.case_id, "match", person.position))
    return tries >= MATCH_TRIES or not _holds_a_finger(tx, person)


def _holds_a_finger(tx: Transaction, person: ResidentRecord) -> bool:
    """What the card's packet names, whoever recorded it; before packets told that, what was recorded in this case."""
    packets = cases.evidence_of(tx, person.case_id, "packet", person.position)
    if packets and "fingers" in packets[-1].facts:
        return bool(packets[-1].facts["fingers"])
    recorded = current(tx, person.case_id, person.position, "finger")
    return any(item.state in {"accepted", "forced"} for item in recorded)


def to_be_compared(tx: Transaction, case_id: str, position: int) -> Evidence | None:
    """The picture that waits for the second officer's answer, or None."""
    seen = cases.evidence_of(tx, case_id, "face_today", position)
    return seen[-1] if seen and seen[-1].state == "asked" else None


def compare_face(office: Office, actor: Actor, case_id: str, values: Values) -> None:
    """Read the portrait from the card in hand and take a picture of its holder; `cause` says what ails the finger."""
    cause = text(values, "cause", "Pilih sebab jari tidak dapat dicocokkan.")
    if cause not in NO_MATCH_REASONS:
        raise NotAllowed("Pilih sebab dari daftar.")
    with office.store.write() as tx:
        record = cases.get(tx, case_id)
        person = resident(tx, record, values)
        fire("ktp", person.ktp_state, "compare_face", actor.role, record.sop_version)
        if record.kk_state == "MENUNGGU":
            raise NotAllowed("KK belum terbit.")
        old_card.must_be_settled(tx, person)
        if not no_finger_helps(tx, person):
            raise NotAllowed("Cocokkan jari dulu. Jalur ini terbuka setelah empat kali tidak cocok.")
        if to_be_compared(tx, case_id, person.position):
            raise NotAllowed("Foto sudah diambil. Tunggu jawaban petugas kedua.")
        card = card_in_work(tx, case_id, person.position, "ready")
        attempt = len(cases.evidence_of(tx, case_id, "face_today", person.position)) + 1
        audit.record(tx, "card-face-init", actor, case_id, resident=person.position, attempt=attempt, cause=cause)
        touch(tx, case_id, 9, opened_at(values), person.position)
        jobs.put(
            tx, "encoder", "see-face", f"face:{card.name}:{attempt}", case_id=case_id, position=person.position,
            serial=card.name, attempt=attempt, cause=cause, actor=[actor.id, actor.name, str(actor.role)],
        )  # fmt: skip
    office.wake()


def confirm_face(office: Office, actor: Actor, case_id: str, values: Values) -> None:
    """The second officer's own look: `result` same hands the card over, other keeps it in the office."""
    result = text(values, "result", "Pilih hasil perbandingan wajah.")
    if result not in {"same", "other"}:
        raise NotAllowed("Pilih jawaban dari daftar.")
    with office.store.write() as tx:
        record = cases.get(tx, case_id)
        person = resident(tx, record, values)
        fire("ktp", person.ktp_state, f"confirm_face:{result}", actor.role, record.sop_version)
        seen = to_be_compared(tx, case_id, person.position)
        if seen is None:
            raise NotAllowed("Belum ada foto untuk dibandingkan.")
        asker_id, asker_name, asker_role = seen.facts["officer"]
        if actor.id == asker_id:
            raise NotAllowed(f"Harus petugas lain, bukan {asker_name}.")
        cases.change_evidence(tx, seen, result, second=[actor.id, actor.name, str(actor.role)])
        if result == "other":
            move_ktp(tx, person, "confirm_face:other", actor, opened_at=opened_at(values), attempt=seen.attempt)
            return
        card = card_in_work(tx, case_id, person.position, "ready")
        giver = Actor(asker_id, asker_name, Role(asker_role), actor.device)
        card_handed_over(tx, person, card, "confirm_face:same", actor, BY_FACE, giver)
        jobs.put(
            tx, "render", "face-minutes", f"face-minutes:{card.name}", case_id=case_id, position=person.position,
            attempt=seen.attempt,
        )  # fmt: skip
    office.wake()
