"""The canonical record of a family card: all that is printed, in one spelling."""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import fields, replace
from datetime import date

from test_documents import _card, _member

from appliance.documents.family_card_record import canonical, record_digest
from appliance.documents.values import FamilyCard, FamilyMember

RECORD = (
    r'{"address":"JL. É NO. 1/2\\3","city":"KOTA METRO","district":"METRO PUSAT",'
    r'"head_name":"SITI \"AMINAH\" D’ARC","issued_on":"24-11-2026","kk_number":"9972011011260003",'
    r'"members":[{"birth_date":"01-07-1971","birth_place":"LAMPUNG TENGAH","blood_type":"-",'
    r'"citizenship":"WNI","education":"AKADEMI/DIPLOMA III/S. MUDA",'
    r'"family_relation":"KEPALA KELUARGA","father_name":"-","full_name":"SITI \"AMINAH\" D’ARC",'
    r'"marital_status":"CERAI HIDUP BELUM TERCATAT","marriage_date":"31-12-1999","mother_name":"-",'
    r'"nik":"9972010107710001","occupation":"PEKERJA PENGOLAHAN KERAJINAN","passport_number":"-",'
    r'"religion":"KEPERCAYAAN TERHADAP TUHAN YME / LAINNYA","sex":"PEREMPUAN",'
    r'"stay_permit_number":"-"}],"paper":"KK","postal_code":"34112","province":"LAMPUNG","rt":"003",'
    r'"rw":"002","signer_name":"Drs. CONTOH PEJABAT, M.Si.","signer_nip":"990001011990031001",'
    r'"signer_title":"KEPALA DINAS KEPENDUDUKAN DAN PENCATATAN SIPIL KOTA METRO","specimen":true,'
    r'"village":"YOSOMULYO"}'
)
CARD = replace(_card((_member(1, 'SITI "AMINAH" D’ARC'), _member(2))), address="JL. É NO. 1/2\\3")


def test_the_record_is_json_of_rfc_8785_of_what_is_printed() -> None:
    """Names in the order of their letters, no spaces, no escapes but those that JSON needs."""
    one = replace(CARD, members=CARD.members[:1])
    assert canonical(one).decode() == RECORD
    assert record_digest(one) == hashlib.sha256(RECORD.encode()).digest()[:16]


def test_the_digest_of_a_card_never_changes_with_the_program() -> None:
    """Papers are out there with it: whoever changes the record makes a new version of the seal."""
    assert record_digest(CARD).hex() == "7dabba7d9a12d124f64d620a744c7ec9"


def other(value: object) -> object:
    match value:
        case bool():
            return not value
        case str():
            return value + "X"
        case date():
            return value.replace(year=value.year - 1)
    raise TypeError(value)


def test_whatever_is_printed_is_in_the_digest_and_nothing_else() -> None:
    digests = {record_digest(CARD)}
    beside = {"members", "issued_at", "verification_link"}
    printed = [one.name for one in fields(FamilyCard) if one.name not in beside]
    for name in printed:
        digests.add(record_digest(replace(CARD, **{name: other(getattr(CARD, name))})))  # type: ignore[arg-type]
    first, second = CARD.members
    for one in fields(FamilyMember):
        changed = replace(second, **{one.name: other(getattr(second, one.name))})  # type: ignore[arg-type]
        digests.add(record_digest(replace(CARD, members=(first, changed))))
    digests.add(record_digest(replace(CARD, members=(second, first))))
    digests.add(record_digest(replace(CARD, members=(first,))))
    assert len(digests) == 1 + len(printed) + len(fields(FamilyMember)) + 2
    assert record_digest(replace(CARD, verification_link="x", issued_at=1)) == record_digest(CARD)


def test_what_looks_the_same_on_paper_is_the_same_record() -> None:
    apart = replace(CARD, address=f" {unicodedata.normalize('NFD', CARD.address)} ")
    assert apart != CARD and record_digest(apart) == record_digest(CARD)
    assert record_digest(replace(CARD, postal_code="")) == record_digest(replace(CARD, postal_code="-"))
