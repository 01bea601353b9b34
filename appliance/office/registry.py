"""Steps 4 to 6: entry in SIAK, validation, signature."""

from __future__ import annotations

import hashlib
from typing import Any

from appliance.casework.roles import Actor, Role
from appliance.casework.sop import NotAllowed, fire
from appliance.faults import FaultCode
from appliance.office.context import FormRefused, Office, Values, opened_at, text
from appliance.office.officials import must_sign, names_another
from appliance.queue import effects, jobs
from appliance.records import audit, cases
from appliance.records.family_cards import standing, withdrawn, work_on_it
from appliance.records.moves import give_signature, hold_link, move_case, touch
from appliance.records.officials import in_force, today
from appliance.records.store import Transaction


def enter_siak(office: Office, actor: Actor, case_id: str, values: Values) -> None:
    """Step 4: have SIAK enter the family; NIKs and the KK number come back, the draft is typeset from them."""
    with office.store.write() as tx:
        record = cases.get(tx, case_id)
        fire("case", record.state, "submit_draft", actor.role, record.sop_version)
        touch(tx, case_id, 4, opened_at(values))
        audit.record(tx, "siak-entry-init", actor, case_id)
        # A file attached anew, a draft sent back or a card withdrawn is entered anew; a second press never is.
        decisions = cases.evidence_of(tx, case_id, "decision", name="send_back")
        round_number = len(cases.evidence_of(tx, case_id, "file")) + len(decisions) + len(withdrawn(tx, case_id))
        jobs.put(tx, "siak", "enter", f"siak-enter:{case_id}:{round_number}", case_id=case_id)
    office.wake()


def submit_draft(office: Office, actor: Actor, case_id: str, values: Values) -> None:
    """Hand the draft family card to the Kabid; every resident must have a NIK and the draft must be there."""
    with office.store.write() as tx:
        record = cases.get(tx, case_id)
        if not standing(tx, case_id, "kk_draft"):
            raise NotAllowed("Draf KK belum jadi. Input SIAK dulu.")
        if record.kk_number is None or any(person.nik is None for person in cases.residents(tx, case_id)):
            raise NotAllowed("Masih ada penduduk tanpa NIK.")
        move_case(tx, record, "submit_draft", actor, opened_at=opened_at(values))


def validate(office: Office, actor: Actor, case_id: str, values: Values) -> None:
    """Step 5: the Kabid has compared draft and file."""
    with office.store.write() as tx:
        if not standing(tx, case_id, "kk_draft"):
            raise NotAllowed("Draf KK belum jadi. Tunggu sebentar.")
        move_case(tx, cases.get(tx, case_id), "validate", actor, opened_at=opened_at(values))


def send_back(office: Office, actor: Actor, case_id: str, values: Values) -> None:
    """The Kabid sends the draft back to the operator, with a reason."""
    reason = text(values, "reason", "Tulis apa yang harus diperbaiki.")
    with office.store.write() as tx:
        record = cases.get(tx, case_id)
        cases.add_evidence(tx, case_id, "decision", name="send_back", reason=reason)
        move_case(tx, record, "send_back", actor, opened_at=opened_at(values))


def sign(office: Office, actor: Actor, case_id: str, values: Values) -> None:
    """Step 6: the Kadis signs; the passphrase lives in memory for this one document and is never stored."""
    passphrase = text(values, "passphrase", "Isi kata sandi tanda tangan.")
    with office.store.write() as tx:
        may_sign_now(tx, actor, case_id)
        touch(tx, case_id, 6, opened_at(values))
    if not office.lend_passphrase(case_id, passphrase):
        raise NotAllowed("Layanan tanda tangan di mesin ini sedang tidak jalan. Panggil teknisi.")
    with office.store.write() as tx:
        ask_for_signature(tx, actor, case_id)
    office.wake()


def may_sign_now(tx: Transaction, actor: Actor, case_id: str) -> None:
    """Raises `NotAllowed` unless this actor may have the draft of this case signed now."""
    record = cases.get(tx, case_id)
    fire("case", record.state, "sign", actor.role, record.sop_version)
    must_sign(tx, case_id, actor)
    hold_link(tx, case_id, "sign", actor)
    open_effect = effects.find(tx, effects.next_token(tx, work_on_it(tx, case_id, "sign")))
    if open_effect is not None and open_effect.state == "unknown":
        raise NotAllowed("Jawab dulu pertanyaan tentang tanda tangan yang lalu.")


def ask_for_signature(tx: Transaction, actor: Actor, case_id: str, batch: str = "") -> None:
    """Put the work of signing, after its passphrase was lent; `batch` names the documents signed in one go."""
    key = work_on_it(tx, case_id, "sign")
    audit.record(tx, "kk-sign-init", actor, case_id, effect=effects.next_token(tx, key))
    more: dict[str, Any] = {"acting": str(actor.acting)} if actor.acting else {}
    more |= {"batch": batch} if batch else {}
    who = [actor.id, actor.name, actor.device]
    jobs.put(tx, "esign", "sign", key, case_id=case_id, actor=who, **more)


AWAY = frozenset(
    str(one)
    for one in (
        FaultCode.ESIGN_UNREACHABLE,
        FaultCode.ESIGN_AWAY_TOO_LONG,
        FaultCode.ESIGN_NOT_READY,
        FaultCode.ESIGN_PASSPHRASE_NEEDED,
    )
)
"""Faults after which nothing was signed at the service."""


def service_is_away(tx: Transaction, case_id: str) -> bool:
    """Whether the signature of this case waits because the service cannot be had; no request of it is in doubt."""
    job = jobs.by_key(tx, work_on_it(tx, case_id, "sign"))
    return job is not None and job.state == "hold" and job.fault in AWAY


def import_signed(office: Office, actor: Actor, case_id: str, values: Values) -> None:
    """Step 6 without a signing service, or while it is away: bring what the Kadis signed elsewhere (`berkas`, PDF).

    It goes through the same gate as what a service signs; the same file again is not looked at twice.
    """
    if "esign" not in office.by_hand:
        with office.store.read() as tx:
            if not service_is_away(tx, case_id):
                raise NotAllowed("Di kantor ini KK ditandatangani lewat layanan TTE, tidak dibawa sebagai berkas.")
    if actor.role is not Role.OPERATOR:
        raise NotAllowed("Langkah ini hanya untuk operator.")
    document = values.get("berkas")
    if not isinstance(document, bytes) or not document.startswith(b"%PDF-"):
        raise FormRefused(("berkas", "Pilih berkas PDF yang sudah ditandatangani."))
    digest = hashlib.sha256(document).hexdigest()
    with office.store.write() as tx:
        record = cases.get(tx, case_id)
        known = [item for item in cases.evidence_of(tx, case_id, "kk_brought") if item.sha256 == digest]
        if known and record.state != "TTE_KADIS":
            return
        fire("case", record.state, "sign", Role.KADIS, record.sop_version)
        if names_another(tx, case_id):
            raise NotAllowed("Draf KK ini atas nama pejabat lain. Buat ulang draf dulu.")
        give_signature(tx, case_id, in_force(tx, Role.KADIS, today(tx)))
        blob = known[-1].blob if known else office.vault.put(case_id, record.wrapped_key, document)
        if not known:
            cases.add_evidence(tx, case_id, "kk_brought", name="KK", state="asked", blob=blob, sha256=digest)
        touch(tx, case_id, 6, opened_at(values))
        audit.record(tx, "kk-import-init", actor, case_id, sha256=digest)
        who = [actor.id, actor.name, actor.device]
        key = work_on_it(tx, case_id, "sign")
        jobs.put(tx, "esign", "sign", key, case_id=case_id, actor=who, brought=blob)
    office.wake()
