"""Steps 8 and 9: print, make and look at the card, hand over, archive."""

from __future__ import annotations

import hashlib

from appliance.casework.codes import CARD_CAUSES, REPLACEMENT_CAUSES
from appliance.casework.people import card_due
from appliance.casework.roles import Actor, Role
from appliance.casework.sop import NotAllowed, finished, fire
from appliance.casework.stock import HOLDER
from appliance.chip.profile import shortcomings
from appliance.devices import FingerPosition
from appliance.office import old_card
from appliance.office.central_trouble import must_be_undoubted
from appliance.office.context import Office, Values, opened_at, resident, text
from appliance.office.holder import earlier_card, nik_digest
from appliance.office.ledger import book
from appliance.office.reprint import cause_of
from appliance.office.troubles import withdraw_prints
from appliance.queue import effects, jobs
from appliance.records import archive as archive_entries
from appliance.records import audit, blanks, cases
from appliance.records.blanks import BlankState, LedgerError
from appliance.records.family_cards import work_on_it
from appliance.records.moves import move_case, move_ktp, touch
from appliance.records.store import Transaction, canonical


def print_kk(office: Office, actor: Actor, case_id: str, values: Values) -> None:
    """Print the signed family card, once; the archived bytes themselves go to the printer."""
    with office.store.write() as tx:
        record = cases.get(tx, case_id)
        fire("kk", record.kk_state, "kk_printed", actor.role, record.sop_version)
        must_be_undoubted(tx, case_id)
        audit.record(tx, "kk-print-init", actor, case_id)
        touch(tx, case_id, 8, opened_at(values))
        jobs.put(tx, "document_printer", "print-kk", work_on_it(tx, case_id, "print-kk"), case_id=case_id)
    office.wake()


def issue_card(office: Office, actor: Actor, case_id: str, values: Values) -> None:
    """Take a blank for this resident and start on its chip: only at PRR, of age, with a blank in the ledger.

    A resident who has a card already gets another one only for a `cause`, if none is told that of the Kasi's decision
    to print anew, and the earlier blank is spoiled in the ledger first.
    """
    serial = text(values, "blank_serial", "Isi nomor blanko.")
    if shortcomings(office.settings.specimen):
        raise NotAllowed("Kartu belum bisa dibuat: profil chip dari Kementerian belum dipasang.")
    with book(office, actor, "issue_card", case_id, (LedgerError,)) as tx:
        record = cases.get(tx, case_id)
        person = resident(tx, record, values)
        if person.nik is None:
            raise NotAllowed("Penduduk ini belum punya NIK.")
        if not card_due(person.biodata, office.today()):
            raise NotAllowed("Kartu dicetak mulai umur 17 tahun.")
        cause = str(values.get("cause") or "") or cause_of(tx, person)
        replaced = _spoil_earlier_card(office, tx, actor, person, cause)
        if blanks.state_of(tx, serial) in {BlankState.RECEIVED, BlankState.ALLOTTED}:
            blanks.move(tx, serial, BlankState.LOADED, actor)
        # The leg first: whoever takes the last blank does not wait for one.
        move_ktp(tx, person, "issue_card", actor, opened_at=opened_at(values), blank=serial, replaces=replaced)
        blanks.move(
            tx, serial, BlankState.ENCODING, actor, case_id=case_id, position=person.position,
            nik_digest=nik_digest(office, person.nik),
        )  # fmt: skip
        cases.add_evidence(tx, case_id, "card", position=person.position, name=serial, state="making")
        jobs.put(
            tx, "encoder", "prepare", f"prepare:{serial}", case_id=case_id, position=person.position, serial=serial
        )
    office.wake()


def _spoil_earlier_card(
    office: Office, tx: Transaction, actor: Actor, person: cases.ResidentRecord, cause: str
) -> str | None:
    """Take the card that this resident was handed out of the ledger, for its cause; its serial, or None without one.

    Raises `LedgerError` while one is still being made. The ledger itself refuses a second card as well, whoever asks.
    """
    earlier = earlier_card(office, tx, str(person.nik))
    if earlier is None:
        return None
    if blanks.state_of(tx, earlier) is not BlankState.HANDED_OVER:
        raise LedgerError(f"Kartu untuk penduduk ini sedang dibuat ({earlier}). Selesaikan atau nyatakan rusak dulu.")
    if cause not in REPLACEMENT_CAUSES:
        raise NotAllowed(f"Penduduk ini sudah punya KTP-el ({earlier}). Pilih sebab penggantian.")
    blanks.move(tx, earlier, BlankState.SPOILED, actor, cause=cause, place=HOLDER)
    old_card.expect(tx, person, earlier, cause)
    jobs.put(
        tx, "centre", "void", f"void:{earlier}", case_id=person.case_id, position=person.position,
        serial=earlier, cause=cause,
    )  # fmt: skip
    return earlier


def card_in_work(tx: Transaction, case_id: str, position: int, *states: str) -> cases.Evidence:
    """The resident's card that is in one of these states; raises `NotAllowed`."""
    cards = [card for card in cases.evidence_of(tx, case_id, "card", position) if card.state in states]
    if not cards:
        raise NotAllowed("Tidak ada kartu pada langkah ini.")
    return cards[-1]


def print_card(office: Office, actor: Actor, case_id: str, values: Values) -> None:
    """The encoded card lies in the printer: print its face, once."""
    if actor.role is not Role.OPERATOR:
        raise NotAllowed("Langkah ini hanya untuk operator.")
    with office.store.write() as tx:
        record = cases.get(tx, case_id)
        person = resident(tx, record, values)
        card = card_in_work(tx, case_id, person.position, "encoded")
        audit.record(tx, "card-print-init", actor, case_id, resident=person.position, blank=card.name)
        touch(tx, case_id, 8, opened_at(values), person.position)
        jobs.put(
            tx, "card_printer", "print-card", f"print-card:{card.name}", case_id=case_id, position=person.position,
            serial=card.name,
        )  # fmt: skip
    office.wake()


def look_card(office: Office, actor: Actor, case_id: str, values: Values) -> None:
    """The operator has looked at the card: `result` ok, or spoiled with a `cause`, and then the ledger says so."""
    result = text(values, "result", "Pilih hasil pemeriksaan.")
    with book(office, actor, "look_card", case_id, (LedgerError,)) as tx:
        record = cases.get(tx, case_id)
        person = resident(tx, record, values)
        if result == "ok":
            card = card_in_work(tx, case_id, person.position, "printed")
            blanks.move(tx, card.name, BlankState.VERIFIED, actor)
            cases.change_evidence(tx, card, "ready")
            move_ktp(tx, person, "card_ready", actor, opened_at=opened_at(values), blank=card.name)
            return
        spoil_card(tx, person, actor, text(values, "cause", "Pilih sebab kartu rusak."))
    office.wake()


def spoil_card(tx: Transaction, person: cases.ResidentRecord, actor: Actor, cause: str) -> None:
    """Take the resident's card out: ledger first, then the centre is told, so that a new one may be asked for."""
    if cause not in CARD_CAUSES:
        raise NotAllowed("Pilih sebab dari daftar.")
    card = card_in_work(tx, person.case_id, person.position, "making", "encoded", "printed", "ready")
    blanks.move(tx, card.name, BlankState.SPOILED, actor, cause=cause)
    cases.change_evidence(tx, card, "spoiled", cause=cause)
    # A chip that was being written is void, whatever it holds; it is ended if it is ever laid on the encoder again.
    effects.outcome(tx, f"encode:{card.name}", "failed", {"spoiled": cause}, decided_by=actor.id)
    for stem in ("prepare", "personalise", "encode", "print-card"):
        jobs.drop(tx, f"{stem}:{card.name}")
    withdraw_prints(tx, "card_printer", f"print-card:{card.name}:")
    jobs.put(
        tx, "centre", "void", f"void:{card.name}", case_id=person.case_id, position=person.position,
        serial=card.name, cause=cause,
    )  # fmt: skip
    move_ktp(tx, person, "card_spoiled", actor, blank=card.name, cause=cause)


def hand_over_card(office: Office, actor: Actor, case_id: str, values: Values) -> None:
    """Match the holder's own finger with the template read from the very card in hand (Permendagri 8/2016)."""
    name = str(values.get("position") or "")
    with office.store.write() as tx:
        record = cases.get(tx, case_id)
        person = resident(tx, record, values)
        fire("ktp", person.ktp_state, "hand_over_card", actor.role, record.sop_version)
        if record.kk_state == "MENUNGGU":
            raise NotAllowed("KK belum terbit.")
        old_card.must_be_settled(tx, person)
        if name and name not in set(FingerPosition):
            raise NotAllowed("Pilih jari dari daftar.")
        card = card_in_work(tx, case_id, person.position, "ready")
        tries = len(cases.evidence_of(tx, case_id, "match", person.position)) + 1
        if tries > MATCH_TRIES:
            raise NotAllowed("Empat kali tidak cocok. Pakai jalur pengecualian dengan petugas kedua.")
        audit.record(tx, "card-match-init", actor, case_id, resident=person.position, attempt=tries)
        touch(tx, case_id, 9, opened_at(values), person.position)
        jobs.put(
            tx, "encoder", "read-fingers", f"match:{card.name}:{tries}", case_id=case_id, position=person.position,
            serial=card.name, attempt=tries, finger=name, actor=[actor.id, actor.name, actor.device],
        )  # fmt: skip
    office.wake()


MATCH_TRIES = 4
"""Tries at handover before the exception path (BPPT's field practice)."""


def archive(office: Office, actor: Actor, case_id: str, values: Values) -> None:
    """Step 9 ends: everything of the case is listed with its digest, sealed, and placed in a box on a shelf."""
    box = text(values, "box", "Isi nomor kotak.")
    shelf = text(values, "shelf", "Isi nomor rak.")
    with office.store.write() as tx:
        record = cases.get(tx, case_id)
        people = cases.residents(tx, case_id)
        fire("case", record.state, "archive", actor.role, record.sop_version)
        if not finished(record.kk_state, (person.ktp_state for person in people)):
            raise NotAllowed("Belum semua dokumen diserahkan.")
        for person in people:
            old_card.must_be_settled(tx, person)
        handed = {item.facts.get("document", item.name) for item in cases.evidence_of(tx, case_id, "handover")}
        receipts = cases.evidence_of(tx, case_id, "receipt")
        if len(receipts) < len(handed):
            raise NotAllowed("Tanda terima belum selesai dibuat. Coba lagi sebentar.")
        if any(job.lane == "render" and job.state != "done" for job in jobs.of_case(tx, case_id)):
            raise NotAllowed("Dokumen berkas ini belum selesai dibuat. Coba lagi sebentar.")
        manifest = {
            "code": record.code,
            "sop": record.sop_version,
            "letters": [
                {key: paper[key] for key in ("kind", "number", "date", "about") if key in paper}
                for paper in cases.letters(tx, case_id)
            ],
            "evidence": [
                {
                    "kind": item.kind,
                    "name": item.name,
                    "state": item.state,
                    "sha256": item.sha256,
                    "at": item.created_at,
                }
                for item in cases.evidence_of(tx, case_id)
            ],
            "effects": [[effect.token, effect.state] for effect in effects.of_case(tx, case_id)],
        }
        data = canonical(manifest).encode()
        digest = hashlib.sha256(data).hexdigest()
        blob = office.vault.put(case_id, record.wrapped_key, data)
        archive_entries.put(tx, record, box, shelf, digest, blob)
        move_case(tx, record, "archive", actor, opened_at=opened_at(values), box=box, shelf=shelf, manifest=digest)
