"""The jobs that typeset papers: drafts, slips, receipts."""

from __future__ import annotations

from appliance.casework import codes
from appliance.casework.codes import RETURN_REASONS
from appliance.casework.people import mask
from appliance.casework.requirements import required
from appliance.casework.roles import ROLE_LABELS, SYSTEM, Role
from appliance.clock import to_local
from appliance.documents.family_card_record import record_digest
from appliance.documents.values import (
    HandedDocument,
    MissingPaper,
    Receipt,
    ReportSlip,
    ReturnSlip,
)
from appliance.issuance.machines import Machines, case_of, keep
from appliance.issuance.paper_values import family_card, letterhead, moment, sealed, status_link
from appliance.queue.handovers import BY_FINGER
from appliance.queue.jobs import Job
from appliance.queue.worker import Result
from appliance.records import audit, cases
from appliance.records.cases import CaseRecord
from appliance.records.officials import in_force, today
from appliance.records.store import Transaction


def draft(machines: Machines, job: Job) -> Result:
    """Typeset the family card from what SIAK registered; these very bytes are what the Kadis signs.

    The digest of its record is noted, so that a paper can be held against it when the document is gone.
    """
    record = case_of(machines.store, job)
    with machines.store.read() as tx:
        people = cases.residents(tx, record.id)
        now = tx.now
        stand_in = in_force(tx, Role.KADIS, today(tx))
    card = family_card(machines.settings, record, people, now, stand_in)
    data = machines.renderer.render_family_card(sealed(card, machines.paper_key))
    official = "" if stand_in is None else stand_in.id
    kept = keep(machines.store, machines.vault, record, data)

    def store(tx: Transaction) -> None:
        cases.add_evidence(
            tx,
            record.id,
            "kk_draft",
            name="KK",
            blob=kept["blob"],
            sha256=kept["sha256"],
            official=official,
            issued_at=now,
            record=record_digest(card).hex(),
        )
        audit.record(tx, "kk-draft-complete", SYSTEM, record.id, sha256=kept["sha256"])

    return store


def report_slip(machines: Machines, job: Job) -> Result:
    """The reporter's slip."""
    record = case_of(machines.store, job)
    slip = ReportSlip(
        letterhead=letterhead(machines.settings),
        case_code=record.code,
        next_steps=("Petugas memeriksa berkas.", "Bawa slip ini dan surat-surat ke kantor.", "Layanan ini GRATIS."),
        reported_at=moment(record.created_at),
        status_link=status_link(machines.settings, record.code),
        issued_at=record.created_at,
        specimen=machines.settings.specimen,
    )
    return _paper(machines, record, "slip", "laporan", machines.renderer.render_report_slip(slip))


def return_slip(machines: Machines, job: Job) -> Result:
    """The slip that goes with a returned file: papers, reason, how to get them."""
    record = case_of(machines.store, job)
    with machines.store.read() as tx:
        given_back = cases.evidence_of(tx, record.id, "return")[int(job.payload["number"]) - 1]
        people = tuple(person.biodata for person in cases.residents(tx, record.id))
    today = to_local(machines.clock()).date()
    how = {paper.key: paper.how for paper in required(record.category, people, "national", today)}
    facts = given_back.facts
    slip = ReturnSlip(
        letterhead=letterhead(machines.settings),
        case_code=record.code,
        missing=tuple(
            MissingPaper(codes.LETTERS[kind], RETURN_REASONS[facts["reason"]], how.get(kind, "Tanyakan di loket."))
            for kind in facts["items"]
            if kind in codes.LETTERS
        ),
        note=str(facts["note"]),
        returned_at=moment(given_back.created_at),
        officer_role=ROLE_LABELS[Role(facts["role"])],
        status_link=status_link(machines.settings, record.code),
        issued_at=given_back.created_at,
        specimen=machines.settings.specimen,
    )
    return _paper(machines, record, "slip", "pengembalian", machines.renderer.render_return_slip(slip))


def receipt(machines: Machines, job: Job) -> Result:
    """The handover receipt of one document, to be signed on paper by who takes it: nothing that he signed for
    another purpose stands in its place."""
    record = case_of(machines.store, job)
    document = str(job.payload["document"])
    with machines.store.read() as tx:
        handed = [
            item
            for item in cases.evidence_of(tx, record.id, "handover")
            if item.facts.get("document", item.name) == document
        ][-1]
        people = cases.residents(tx, record.id)
    if handed.name == "KTP":
        line = HandedDocument("KTP-el", mask(people[int(handed.position or 0)].nik))
        verification = str(handed.facts.get("verification", BY_FINGER))
    else:
        line, verification = HandedDocument("Kartu Keluarga", mask(record.kk_number)), "Diterima langsung di loket"
    relation = str(handed.facts["relation"])
    paper = Receipt(
        letterhead=letterhead(machines.settings),
        case_code=record.code,
        documents=(line,),
        receiver_name=str(handed.facts["receiver"]),
        relation=codes.RECEIVERS.get(relation, relation),
        verification=verification,
        officer_name=str(handed.facts["officer"]),
        place=machines.settings.office.city.title(),
        handed_over_at=moment(handed.created_at),
        issued_at=handed.created_at,
        specimen=machines.settings.specimen,
    )
    return _paper(machines, record, "receipt", document, machines.renderer.render_receipt(paper))


def _paper(machines: Machines, record: CaseRecord, kind: str, name: str, data: bytes) -> Result:
    kept = keep(machines.store, machines.vault, record, data)

    def store(tx: Transaction) -> None:
        cases.add_evidence(tx, record.id, kind, name=name, blob=kept["blob"], sha256=kept["sha256"])
        audit.record(tx, f"{kind}-typeset-complete", SYSTEM, record.id, name=name, sha256=kept["sha256"])

    return store
