"""A family card that was lost, by itself or in a disaster, is made again under its number; what F-1.02 ticks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from case_files import TODAY, complete, somebody
from counter import PEOPLE, Counter
from sqlalchemy import update
from test_reprint import LOSS

from appliance.casework.intake import Category
from appliance.casework.requirements import Row, required, row_of
from appliance.casework.roles import Role
from appliance.casework.sop import NotAllowed
from appliance.documents.forms import Ticks
from appliance.office import case_forms
from appliance.records import schema

KK, NIK = "9972012411260009", "9972010107710009"


def victim(*condition: str, legal: str = "bencana_alam") -> dict[str, Any]:
    file = complete()
    file["category"] = {"legal": legal, "condition": list(condition)}
    file["household"]["kk_number"] = KK
    file["residents"][0]["nik"] = NIK
    file["letters"].append(dict(LOSS))
    return file


def ticked(counter: Counter, case: str) -> set[str]:
    form = case_forms.form(counter.office, PEOPLE[Role.PETUGAS], case, "F_1_02")
    kinds = [one for one in form.sections if isinstance(one, Ticks)][:2]
    return {
        f"{'KK' if 'Kartu Keluarga' in one.title else 'KTP'} {word}"
        for one in kinds
        for word, on in one.choices
        if on
    }


@pytest.mark.parametrize(("legal", "condition"), [("bencana_alam", "documents_lost"), ("none", "family_card_lost")])
def test_the_family_card_keeps_its_number_and_needs_no_entry(counter: Counter, legal: str, condition: str) -> None:
    case = counter.verified(victim(condition, legal=legal))
    assert (counter.case(case).state, counter.case(case).kk_state) == ("VALIDASI_KABID", "MENUNGGU")
    assert "validate" not in counter.state(case, Role.KABID).acts
    with pytest.raises(NotAllowed, match="Draf KK belum jadi"):
        counter.do("validate", Role.KABID, case)
    counter.run("render")
    (draft,) = counter.evidence(case, "kk_draft")
    assert draft.blob is not None
    told = counter.office.vault.get(case, counter.case(case).wrapped_key, draft.blob).decode()
    assert KK in told and NIK in told
    counter.do("validate", Role.KABID, case)
    counter.do("sign", Role.KADIS, case, passphrase="kuda-terbang")
    counter.signature_arrived(case)
    assert counter.siak.asked == [] and counter.case(case).kk_number == KK
    assert (counter.case(case).kk_state, counter.person(case).nik) == ("KK_TERBIT", NIK)
    assert counter.person(case).ktp_state == "BELUM_REKAM"


@pytest.mark.parametrize(("legal", "condition"), [("bencana_alam", ()), ("none", ("documents_lost",))])
def test_nobody_elses_family_card_is_made_anew(counter: Counter, legal: str, condition: tuple[str, ...]) -> None:
    case = counter.verified(victim(*condition, legal=legal))
    assert (counter.case(case).state, counter.case(case).kk_state) == ("PENERBITAN", "TIDAK_PERLU")


def test_a_case_that_began_before_is_entered_as_it_was(counter: Counter) -> None:
    case = counter.attached(victim("documents_lost"))
    with counter.store.write() as tx:
        tx.sql.execute(update(schema.case).where(schema.case.c.id == case).values(sop_version="D-11/002-3"))
    counter.do("pass_check", Role.PETUGAS, case)
    counter.do("verify", Role.KASI, case)
    assert counter.case(case).state == "INPUT_SIAK"


@pytest.mark.parametrize(
    ("legal", "condition", "wanted"),
    [
        ("bencana_alam", ("documents_lost",), {"KK Hilang", "KTP Penggantian: hilang"}),
        ("none", ("documents_lost",), {"KTP Penggantian: hilang"}),
        ("none", ("family_card_lost",), {"KK Hilang"}),
        ("none", ("family_card_lost", "documents_lost"), {"KK Hilang", "KTP Penggantian: hilang"}),
        ("none", ("card_damaged",), {"KTP Penggantian: rusak"}),
        ("none", (), {"KTP Baru"}),
    ],
)
def test_the_registration_form_ticks_what_the_case_is_for(
    counter: Counter, legal: str, condition: tuple[str, ...], wanted: set[str]
) -> None:
    assert ticked(counter, counter.attached(victim(*condition, legal=legal))) == wanted


@pytest.mark.parametrize("profile", ["sop", "national"])
def test_a_lost_family_card_wants_the_letter_of_the_police(profile: str) -> None:
    category, person = Category("none", ("family_card_lost",)), somebody(nik=NIK)
    assert row_of(category, person, TODAY) is Row.CARD_GONE
    papers = [one.key for one in required(category, (person,), profile, TODAY) if one.must]
    assert papers == ["SK_POLISI_KEHILANGAN", *(["F_1_02"] if profile == "national" else [])]


def test_without_that_letter_it_does_not_pass(counter: Counter) -> None:
    file = victim("family_card_lost", legal="none")
    file["letters"].remove(dict(LOSS))
    case = counter.attached(file)
    with pytest.raises(NotAllowed, match="kehilangan"):
        counter.do("pass_check", Role.PETUGAS, case)


def test_a_damaged_card_is_a_row_of_the_matrix_without_a_letter_of_the_police(counter: Counter) -> None:
    case = counter.verified(victim("card_damaged", legal="none"))
    person = replace(counter.person(case).biodata)
    assert row_of(Category("none", ("card_damaged",)), person, counter.office.today()) is Row.CARD_GONE
    assert [line.paper.key for line in counter.state(case, Role.PETUGAS).checklist if line.paper.must] == []
    counter.do("reprint", Role.KASI, case, cause="AUS", evidence="layar pusat")
    assert counter.person(case).ktp_state == "PRR"
