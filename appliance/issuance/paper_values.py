"""From records to papers: the values that each document is typeset from."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

from appliance.casework import codes, regions
from appliance.casework.family_card_code import SealBody, family_card_link, sealed_link
from appliance.casework.intake import Household
from appliance.central.paper_seal import PaperKey
from appliance.clock import to_local
from appliance.config import Settings
from appliance.documents.family_card_record import record_digest
from appliance.documents.values import (
    CardFace,
    FamilyCard,
    FamilyMember,
    Letterhead,
)
from appliance.records import cases
from appliance.records.cases import CaseRecord, ResidentRecord
from appliance.records.officials import Appointment

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
        verification_link=family_card_link(str(record.kk_number), issued_at),
        issued_at=issued_at,
        specimen=settings.specimen,
    )


def sealed(card: FamilyCard, key: PaperKey | None) -> FamilyCard:
    """The same card with the seal of this office in its code; without a key, as it is."""
    if key is None:
        return card
    body = SealBody(key.key_id, card.kk_number, card.issued_on, record_digest(card))
    return replace(card, verification_link=sealed_link(body, card.issued_at, key.sign))


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
        marriage_date=data.marriage_date,
        family_relation=codes.FAMILY_RELATION[data.family_relation],
        citizenship=codes.CITIZENSHIP[data.citizenship],
        passport_number="",
        stay_permit_number="",
        father_name=data.father_name.upper(),
        mother_name=data.mother_name.upper(),
    )


def card_text(record: CaseRecord, person: ResidentRecord) -> dict[str, Any]:
    """What the front of a resident's identity card says of him, by the names of `CardFace`."""
    household, data = _household(record), person.biodata
    region = regions.SUBDISTRICTS[household.kelurahan]
    blood = codes.BLOOD_TYPE[data.blood_type]
    return {
        "province": regions.PROVINCE[1],
        "city": regions.CITY[1],
        "nik": str(person.nik),
        "full_name": data.full_name.upper(),
        "birth_place": data.birth_place.upper(),
        "birth_date": data.birth_date,
        "sex": codes.SEX[data.sex],
        "blood_type": "-" if blood == "TIDAK TAHU" else blood,
        "address": household.address.upper(),
        "rt": household.rt,
        "rw": household.rw,
        "village": region.name,
        "district": regions.DISTRICTS[region.district],
        "religion": codes.RELIGION[data.religion],
        "marital_status": codes.MARITAL_STATUS_ON_CARD[data.marital_status],
        "occupation": codes.OCCUPATION[data.occupation],
        "citizenship": codes.CITIZENSHIP[data.citizenship],
        "valid_until": "SEUMUR HIDUP",
    }


def card_face(
    settings: Settings,
    record: CaseRecord,
    person: ResidentRecord,
    photo: bytes,
    signature: bytes | None,
    unsigned: str,
    issued_on: date,
) -> CardFace:
    """The front of a resident's identity card; `unsigned` is printed where there is no `signature`."""
    return CardFace(
        **card_text(record, person),
        photo=photo,
        signature=signature,
        signature_note=unsigned,
        issue_place=regions.CITY[1].removeprefix("KOTA "),
        issued_on=issued_on,
        specimen=settings.specimen,
    )


def approved_draft(person: ResidentRecord) -> dict[str, object]:
    """A resident's biodata as it was approved, with the keys that go to SIAK and come back from it."""
    values: dict[str, object] = json.loads(cases.biodata_to_json(person.biodata))
    values["nik"] = person.nik
    return values
