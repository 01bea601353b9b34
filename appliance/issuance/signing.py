"""The signature: one document, one passphrase held in memory, one gate whoever signed, and never twice unasked."""

from __future__ import annotations

from appliance.casework.roles import SYSTEM, Role
from appliance.central.esign import MAY_SIGN, SignRequest
from appliance.central.signature_gate import check_signature
from appliance.faults import DeviceFault, FaultCode
from appliance.issuance.machines import actor_of, case_of, keep, newest
from appliance.issuance.offices import Offices
from appliance.issuance.timing import await_time
from appliance.queue import effects
from appliance.queue.jobs import Job
from appliance.queue.worker import NeedsAnswer, Result
from appliance.records import audit, cases
from appliance.records.moves import ask, move_case, move_kk
from appliance.records.store import Transaction

QUESTION, RESTORED = "sign-unknown", "sign-restored"


def _asking(job: Job, token: str, question: str = QUESTION) -> NeedsAnswer:
    def put(tx: Transaction) -> None:
        effects.outcome(tx, token, "unknown", {"asked": question})
        ask(tx, job.case_id, None, question, token, {"job": job.key})

    return NeedsAnswer(question, put)


def sign(offices: Offices, job: Job) -> Result:
    """Have the Kadis's signature put on the draft; the service has no call that tells whether it signed before.

    So a request that was sent and never answered is a question to the Kadis, not a second request.
    """
    if offices.signer is None:
        raise DeviceFault(FaultCode.ESIGN_NOT_READY, "not configured: import the signed document")
    await_time(offices.store, offices.time_trouble, job)
    record = case_of(offices.store, job)
    with offices.store.read() as tx:
        token = effects.next_token(tx, f"sign:{record.id}")
    restored = effects.doubt(offices.store, token, "esign", case_id=record.id, position=None)
    with offices.store.read() as tx:
        old = effects.find(tx, token)
        asked_at = tx.now
    if old is not None and old.state in {"intent", "unknown"}:
        raise _asking(job, token, RESTORED if restored else QUESTION)
    original = newest(offices.store, offices.vault, record, "kk_draft")
    passphrase = offices.take_passphrase(record.id)
    if original is None or passphrase is None:
        raise DeviceFault(FaultCode.ESIGN_PASSPHRASE_NEEDED, "kept in memory only")
    nik = offices.settings.office.head_nik
    status = offices.signer.status(nik)
    if status != MAY_SIGN:
        raise DeviceFault(FaultCode.ESIGN_NOT_READY, status)
    effects.intend(offices.store, token, "esign", f"draft:{len(original)}", case_id=record.id)
    request = SignRequest(original, nik, "Penerbitan Kartu Keluarga", offices.settings.office.city.title())
    try:
        signed = offices.signer.sign(request, passphrase).document
        facts = check_signature(
            signed,
            original=original,
            official_nik=nik,
            roots_pem=offices.esign_roots,
            asked_at=asked_at,
            now=offices.clock(),
        )
    except DeviceFault as fault:
        if fault.code is FaultCode.ESIGN_UNKNOWN:
            raise _asking(job, token) from fault
        with offices.store.write() as tx:
            effects.outcome(tx, token, "failed", {"fault": str(fault.code)})
        raise
    kept = keep(offices.store, offices.vault, record, signed)

    def store(tx: Transaction) -> None:
        actor = actor_of(job, Role.KADIS)
        effects.outcome(tx, token, "done", {"sha256": facts.sha256, "field": facts.field_name})
        cases.add_evidence(
            tx, record.id, "kk_signed", name="KK", blob=kept["blob"], sha256=kept["sha256"], signed_at=facts.signed_at
        )
        move_case(tx, cases.get(tx, record.id), "sign", actor, sha256=facts.sha256)
        move_kk(tx, cases.get(tx, record.id), "sign", actor)
        audit.record(tx, "signature-receive-complete", SYSTEM, record.id, effect=token, sha256=facts.sha256)

    return store
