"""From records to papers: the values that each document is typeset from, and the jobs that typeset them."""

from __future__ import annotations

import json
from datetime import date

from appliance.casework import codes, regions
from appliance.casework.codes import RETURN_REASONS
from appliance.casework.intake import Household
from appliance.casework.people import mask
from appliance.casework.requirements import required
from appliance.casework.roles import ROLE_LABELS, SYSTEM, Role
from appliance.clock import to_local
from appliance.config import Settings
from appliance.documents.values import (
    CardFace,
    FamilyCard,
    FamilyMember,
    HandedDocument,
    Letterhead,
    MissingPaper,
    Receipt,
    ReportSlip,
    ReturnSlip,
)
from appliance.issuance.machines import Machines, case_of, keep, newest
from appliance.queue.handovers import BY_FINGER
from appliance.queue.jobs import Job
from appliance.queue.worker import Result
from appliance.records import audit, cases
from appliance.records.cases import CaseRecord, ResidentRecord
from appliance.records.officials import Appointment, in_force, today
from appliance.records.store import Transaction

NO_FINGER_NOTE = "CAP JEMPOL"
HEAD_TITLE = "KEPALA DINAS KEPENDUDUKAN DAN PENCATATAN SIPIL"


def letterhead(settings: Settings) -> Letterhead:
    """Who issues."""
    return Letterhead(settings.office.city.title(), settings.office.name)


def moment(millis: int) -> str:
    """A time as an Indonesian reader expects it: 24-11-2026 pukul 14.05 WIB."""
    return to_local(millis).strftime("%d-%m-%Y pukul %H.%M WIB")


def status_link(settings: Settings, code: str) -> str:
    """What the QR code on a slip holds: the code that the kiosk asks for."""
    return f"SIAGA:{code}"


def _household(record: CaseRecord) -> Household:
    if record.household is None:
        raise cases.Missing("Biodata keluarga belum dilampirkan.")
    return record.household


def family_card(
    settings: Settings,
    record: CaseRecord,
    people: list[ResidentRecord],
    issued_at: int,
    stand_in: Appointment | None = None,
) -> FamilyCard:
    """The family card of a case, with the numbers that SIAK gave, to be signed by the Kadis or by his stand-in."""
    household = _household(record)
    region = regions.SUBDISTRICTS[household.kelurahan]
    return FamilyCard(
        kk_number=str(record.kk_number),
        head_name=people[0].biodata.full_name.upper(),
        address=household.address.upper(),
        rt=household.rt,
        rw=household.rw,
        postal_code=household.postal_code,
        village=region.name,
        district=regions.DISTRICTS[region.district],
        city=regions.CITY[1],
        province=regions.PROVINCE[1],
        members=tuple(_member(person) for person in people),
        issued_on=to_local(issued_at).date(),
        signer_title=HEAD_TITLE if stand_in is None else f"{stand_in.title} {HEAD_TITLE}",
        signer_name=settings.office.head_name if stand_in is None else stand_in.name,
        signer_nip=settings.office.head_nip if stand_in is None else stand_in.nip,
        verification_link=f"SIAGA-KK:{record.kk_number}:{issued_at // 1000:x}",
        issued_at=issued_at,
        specimen=settings.specimen,
    )


def _member(person: ResidentRecord) -> FamilyMember:
    data = person.biodata
    return FamilyMember(
        full_name=data.full_name.upper(),
        nik=str(person.nik),
        sex=codes.SEX[data.sex],
        birth_place=data.birth_place.upper(),
        birth_date=data.birth_date,
        religion=codes.RELIGION[data.religion],
        education=codes.EDUCATION[data.education],
        occupation=codes.OCCUPATION[data.occupation],
        blood_type=codes.BLOOD_TYPE[data.blood_type],
        marital_status=codes.MARITAL_STATUS[data.marital_status],
        marriage_date=None,
        family_relation=codes.FAMILY_RELATION[data.family_relation],
        citizenship=codes.CITIZENSHIP[data.citizenship],
        passport_number="",
        stay_permit_number="",
        father_name=data.father_name.upper(),
        mother_name=data.mother_name.upper(),
    )


def card_face(
    settings: Settings,
    record: CaseRecord,
    person: ResidentRecord,
    photo: bytes,
    signature: bytes | None,
    issued_on: date,
) -> CardFace:
    """The front of a resident's identity card."""
    household, data = _household(record), person.biodata
    region = regions.SUBDISTRICTS[household.kelurahan]
    blood = codes.BLOOD_TYPE[data.blood_type]
    return CardFace(
        province=regions.PROVINCE[1],
        city=regions.CITY[1],
        nik=str(person.nik),
        full_name=data.full_name.upper(),
        birth_place=data.birth_place.upper(),
        birth_date=data.birth_date,
        sex=codes.SEX[data.sex],
        blood_type="-" if blood == "TIDAK TAHU" else blood,
        address=household.address.upper(),
        rt=household.rt,
        rw=household.rw,
        village=region.name,
        district=regions.DISTRICTS[region.district],
        religion=codes.RELIGION[data.religion],
        marital_status=codes.MARITAL_STATUS_ON_CARD[data.marital_status],
        occupation=codes.OCCUPATION[data.occupation],
        citizenship=codes.CITIZENSHIP[data.citizenship],
        valid_until="SEUMUR HIDUP",
        photo=photo,
        signature=signature,
        signature_note=NO_FINGER_NOTE,
        issue_place=regions.CITY[1].removeprefix("KOTA "),
        issued_on=issued_on,
        specimen=settings.specimen,
    )


def draft(machines: Machines, job: Job) -> Result:
    """Typeset the family card from what SIAK registered; these very bytes are what the Kadis signs."""
    record = case_of(machines.store, job)
    with machines.store.read() as tx:
        people = cases.residents(tx, record.id)
        now = tx.now
        stand_in = in_force(tx, Role.KADIS, today(tx))
    data = machines.renderer.render_family_card(family_card(machines.settings, record, people, now, stand_in))
    official = "" if stand_in is None else stand_in.id
    kept = keep(machines.store, machines.vault, record, data)

    def store(tx: Transaction) -> None:
        cases.add_evidence(
            tx, record.id, "kk_draft", name="KK", blob=kept["blob"], sha256=kept["sha256"], official=official
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
    how = {paper.key: paper.how for paper in required(record.category, people, "national")}
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
    """The handover receipt of one document."""
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
        person = people[int(handed.position or 0)]
        line = HandedDocument("KTP-el", mask(person.nik))
        signature = newest(machines.store, machines.vault, record, "signature", person.position)
        verification, note = str(handed.facts.get("verification", BY_FINGER)), NO_FINGER_NOTE
    else:
        line = HandedDocument("Kartu Keluarga", mask(record.kk_number))
        signature, verification, note = None, "Diterima langsung di loket", "Tanda tangan di buku penyerahan"
    paper = Receipt(
        letterhead=letterhead(machines.settings),
        case_code=record.code,
        documents=(line,),
        receiver_name=str(handed.facts["receiver"]),
        relation=str(handed.facts["relation"]),
        verification=verification,
        officer_name=str(handed.facts["officer"]),
        place=machines.settings.office.city.title(),
        handed_over_at=moment(handed.created_at),
        signature=signature,
        signature_note=note,
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


def approved_draft(person: ResidentRecord) -> dict[str, object]:
    """A resident's biodata as it was approved, with the keys that go to SIAK and come back from it."""
    values: dict[str, object] = json.loads(cases.biodata_to_json(person.biodata))
    values["nik"] = person.nik
    return values
