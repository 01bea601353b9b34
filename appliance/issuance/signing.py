"""The signature: one document, one passphrase held in memory, one gate whoever signed, and never twice unasked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from appliance.casework.roles import SYSTEM, Actor, Role
from appliance.casework.sop import NotAllowed
from appliance.central.esign import MAY_SIGN, SiakImport, Signer, SignRequest
from appliance.central.printed_card import check_printed
from appliance.central.signature_gate import SignatureFacts, check_signature
from appliance.clock import to_local
from appliance.documents.printed_text import printed_text
from appliance.faults import DeviceFault, FaultCode
from appliance.issuance.machines import actor_of, case_of, keep, newest
from appliance.issuance.offices import Offices
from appliance.issuance.timing import await_time
from appliance.queue import effects
from appliance.queue.jobs import Job
from appliance.queue.worker import NeedsAnswer, Result
from appliance.records import audit, cases, officials
from appliance.records.cases import CaseRecord
from appliance.records.moves import ask, give_signature, move_case, move_kk
from appliance.records.officials import Appointment
from appliance.records.store import Transaction

QUESTION, RESTORED = "sign-unknown", "sign-restored"


def _asking(job: Job, token: str, question: str = QUESTION) -> NeedsAnswer:
    def put(tx: Transaction) -> None:
        effects.outcome(tx, token, "unknown", {"asked": question})
        ask(tx, job.case_id, None, question, token, {"job": job.key})

    return NeedsAnswer(question, put)


def sign(offices: Offices, job: Job) -> Result:
    """Have the official's signature put on the draft, or take in the draft as it was signed elsewhere."""
    return _brought(offices, job) if "brought" in job.payload else _asked_for(offices, job)


def _brought(offices: Offices, job: Job) -> Result:
    """Nothing was asked of anybody, so nothing is in doubt: a file is judged, and may be judged again."""
    await_time(offices.store, offices.time_trouble, job)
    record = case_of(offices.store, job)
    with offices.store.read() as tx:
        drafted_at = cases.evidence_of(tx, record.id, "kk_draft")[-1].created_at
        stand_in = _stand_in(tx, record.id)
    document = offices.vault.get(record.id, record.wrapped_key, str(job.payload["brought"]))
    if not document.startswith(newest(offices.store, offices.vault, record, "kk_draft") or b""):
        return _typeset_elsewhere(offices, record, document, drafted_at, stand_in)
    signed, facts = _signed(offices, record, SiakImport(document), "", drafted_at, stand_in)
    return taken_in(offices, record, signed, facts, stand_in)


def _typeset_elsewhere(
    offices: Offices, record: CaseRecord, document: bytes, since: int, stand_in: Appointment | None
) -> Result:
    """A family card that SIAK itself typeset: signed like any other, saying what the approved draft says (0028)."""
    facts = check_signature(
        document,
        original=None,
        official_nik=_nik_of(offices, stand_in),
        roots_pem=offices.esign_roots,
        asked_at=since,
        now=offices.clock(),
    )
    with offices.store.read() as tx:
        people = [(str(person.nik), person.biodata.full_name) for person in cases.residents(tx, record.id)]
    check_printed(printed_text(document), str(record.kk_number), people)
    return taken_in(offices, record, document, facts, stand_in)


def taken_in(
    offices: Offices, record: CaseRecord, signed: bytes, facts: SignatureFacts, stand_in: Appointment | None
) -> Result:
    """What passed the gate, with the link of the signature given to him whose certificate signed."""
    if stand_in is not None and not stand_in.covers(to_local(facts.signed_at).date()):
        raise DeviceFault(FaultCode.ESIGN_UNTRUSTED, "not_in_office")
    kept = keep(offices.store, offices.vault, record, signed)

    def store(tx: Transaction) -> None:
        try:
            told = {"signer": give_signature(tx, record.id, stand_in)}
        except NotAllowed as error:
            raise DeviceFault(FaultCode.ESIGN_UNTRUSTED, "holds_another_link") from error
        if stand_in is not None:
            told["acting"] = str(stand_in.acting)
        _enter(tx, record, kept, facts, SYSTEM, None, told)

    return store


def _stand_in(tx: Transaction, case_id: str) -> Appointment | None:
    """Who is named on the newest draft in the Kadis's place, or None; that and nobody else signs it."""
    drafts = cases.evidence_of(tx, case_id, "kk_draft")
    return officials.find(tx, str(drafts[-1].facts.get("official", ""))) if drafts else None


def _asked_for(offices: Offices, job: Job) -> Result:
    """The service has no call that tells whether it signed before.

    So a request that was sent and never answered is a question to the Kadis, not a second request.
    """
    if offices.signer is None:
        raise DeviceFault(FaultCode.ESIGN_NOT_READY, "not configured: import the signed document")
    await_time(offices.store, offices.time_trouble, job)
    record = case_of(offices.store, job)
    with offices.store.read() as tx:
        token = effects.next_token(tx, job.key)
    restored = effects.doubt(offices.store, token, "esign", case_id=record.id, position=None)
    with offices.store.read() as tx:
        old = effects.find(tx, token)
        asked_at = tx.now
        drafted = bool(cases.evidence_of(tx, record.id, "kk_draft"))
        stand_in = _stand_in(tx, record.id)
    if old is not None and old.state in {"intent", "unknown"}:
        raise _asking(job, token, RESTORED if restored else QUESTION)
    passphrase = offices.take_passphrase(record.id)
    if not drafted or passphrase is None:
        raise _passphrase_gone(job)
    _must_be_ready(offices, offices.signer, record.id, stand_in, passphrase)
    effects.intend(offices.store, token, "esign", f"draft:{record.version}", case_id=record.id)
    try:
        signed, facts = _signed(offices, record, offices.signer, passphrase, asked_at, stand_in)
    except DeviceFault as fault:
        if fault.code is FaultCode.ESIGN_UNKNOWN:
            raise _asking(job, token) from fault
        if fault.code is FaultCode.ESIGN_AUTH_FAILED:
            # Of a batch: what was typed once is wrong for all of it, and users are locked after some wrong tries.
            offices.forget_passphrases()
        with offices.store.write() as tx:
            effects.outcome(tx, token, "failed", {"fault": str(fault.code)})
        _return_unspent(offices, record.id, passphrase, fault)
        raise
    told = {"acting": str(job.payload["acting"])} if job.payload.get("acting") else {}
    kept = keep(offices.store, offices.vault, record, signed)

    def store(tx: Transaction) -> None:
        effects.outcome(tx, token, "done", {"sha256": facts.sha256, "field": facts.field_name})
        _enter(tx, record, kept, facts, actor_of(job, Role.KADIS), token, told)

    return store


def _passphrase_gone(job: Job) -> DeviceFault:
    """Why there is none: the service stayed away for as long as one is kept, or it is gone otherwise."""
    away = {str(FaultCode.ESIGN_UNREACHABLE), str(FaultCode.ESIGN_AWAY_TOO_LONG)}
    code = FaultCode.ESIGN_AWAY_TOO_LONG if job.fault in away else FaultCode.ESIGN_PASSPHRASE_NEEDED
    return DeviceFault(code, "kept in memory only")


def _must_be_ready(
    offices: Offices, signer: Signer, case_id: str, stand_in: Appointment | None, passphrase: str
) -> None:
    try:
        status = signer.status(_nik_of(offices, stand_in))
    except DeviceFault as fault:
        _return_unspent(offices, case_id, passphrase, fault)
        raise
    if status != MAY_SIGN:
        raise DeviceFault(FaultCode.ESIGN_NOT_READY, status)


def _return_unspent(offices: Offices, case_id: str, passphrase: str, fault: DeviceFault) -> None:
    """The service heard nothing, so the queue's next try may use the passphrase, within the time first granted."""
    if fault.code is FaultCode.ESIGN_UNREACHABLE:
        offices.return_passphrase(case_id, passphrase)


def _nik_of(offices: Offices, stand_in: Appointment | None) -> str:
    return offices.settings.office.head_nik if stand_in is None else stand_in.nik


def _signed(
    offices: Offices, record: CaseRecord, signer: Signer, passphrase: str, since: int, stand_in: Appointment | None
) -> tuple[bytes, SignatureFacts]:
    """The draft with its signature, let through by the gate; `since` (UTC ms) is the earliest time of signing."""
    original = newest(offices.store, offices.vault, record, "kk_draft") or b""
    nik = _nik_of(offices, stand_in)
    request = SignRequest(original, nik, "Penerbitan Kartu Keluarga", offices.settings.office.city.title())
    signed = signer.sign(request, passphrase).document
    facts = check_signature(
        signed,
        original=original,
        official_nik=nik,
        roots_pem=offices.esign_roots,
        asked_at=since,
        now=offices.clock(),
    )
    return signed, facts


def _enter(
    tx: Transaction,
    record: CaseRecord,
    kept: Mapping[str, str],
    facts: SignatureFacts,
    actor: Actor,
    token: str | None,
    told: Mapping[str, Any],
) -> None:
    """The signed family card among the evidence, and both legs moved on.

    `token` is that of the request, if any; `told` what the audit log says of the signer beside the actor.
    """
    cases.add_evidence(
        tx,
        record.id,
        "kk_signed",
        name="KK",
        blob=kept["blob"],
        sha256=kept["sha256"],
        signed_at=facts.signed_at,
        pdfa=facts.pdfa,
    )
    move_case(tx, cases.get(tx, record.id), "sign", actor, sha256=facts.sha256, **told)
    move_kk(tx, cases.get(tx, record.id), "sign", actor)
    audit.record(tx, "signature-receive-complete", SYSTEM, record.id, effect=token, sha256=facts.sha256)
