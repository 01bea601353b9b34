"""How a family differs from what was known of it, told member by member before it passes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from case_files import as_bytes, complete, somebody
from counter import PEOPLE, Counter, open_counter
from front_office import open_office, sign_in
from hypothesis import given
from hypothesis import strategies as st

from appliance.casework.household_changes import Fate, changes
from appliance.casework.people import Biodata
from appliance.casework.roles import Role
from appliance.kiosk_ui.difference_page import _FIELDS, difference_view

MAN = somebody(nik="9972010107710001", mother_name="SITI")
WIFE = somebody(full_name="RATNA DEWI", sex=2, birth_date=date(1975, 2, 3), family_relation=3)


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    counter = open_counter(tmp_path)
    yield counter
    counter.store.close()


@pytest.mark.parametrize(
    ("before", "now", "fates"),
    [
        ([], [MAN], [Fate.JOINED]),
        ([MAN], [MAN], [Fate.SAME]),
        ([MAN, WIFE], [WIFE, MAN], [Fate.SAME, Fate.SAME]),
        ([MAN, WIFE], [MAN], [Fate.SAME, Fate.LEFT]),
        ([MAN], [somebody(nik=MAN.nik, full_name="SUGENG RIADI", mother_name="SITI")], [Fate.CHANGED]),
        ([MAN], [somebody(nik="9972010107710002", mother_name="TUTI")], [Fate.CHANGED]),
        ([MAN], [somebody(full_name="SUGENG", mother_name=" siti ")], [Fate.CHANGED]),
        ([somebody()], [somebody(full_name="BUDI SANTOSO")], [Fate.JOINED, Fate.LEFT]),
        ([somebody(full_name="sugeng  riyadi")], [somebody()], [Fate.SAME]),
    ],
)
def test_members_are_known_by_nik_then_name_and_birth_then_mother(
    before: list[Biodata], now: list[Biodata], fates: list[Fate]
) -> None:
    assert [one.fate for one in changes(before, now)] == fates


PEOPLE_ANY = st.lists(
    st.builds(
        somebody,
        nik=st.sampled_from([None, "9972010107710001", "9972010107710002"]),
        full_name=st.sampled_from(["SUGENG RIYADI", "RATNA DEWI", "BUDI SANTOSO"]),
        mother_name=st.sampled_from(["-", "SITI", "TUTI"]),
        religion=st.integers(1, 2),
    ),
    max_size=5,
)


@given(before=PEOPLE_ANY, now=PEOPLE_ANY)
def test_nobody_is_lost_and_nobody_told_twice(before: list[Biodata], now: list[Biodata]) -> None:
    found = changes(before, now)
    assert [one.now for one in found if one.now is not None] == now
    assert sorted(map(repr, (one.before for one in found if one.before is not None))) == sorted(map(repr, before))
    for one in found:
        if one.fate is Fate.CHANGED:
            assert one.changed and all(getattr(one.before, name) != getattr(one.now, name) for name in one.changed)


def test_every_field_of_a_person_has_its_words() -> None:
    assert set(_FIELDS) == {field.name for field in fields(Biodata)}


def told(counter: Counter, case: str, role: Role) -> list[tuple[str, tuple[Any, ...], tuple[str, ...]]]:
    view = difference_view(counter.state(case, role).differences)
    assert view is not None
    return [(one.fate, one.changed, one.marks) for one in view.members]


def test_the_kabid_sees_who_got_a_nik_and_who_does_not_before_he_validates(counter: Counter) -> None:
    case = counter.entered()
    counter.do("submit_draft", Role.OPERATOR, case)
    assert counter.state(case, Role.OPERATOR).differences is None, "only for who lets the family pass"
    ((fate, changed, marks),) = told(counter, case, Role.KABID)
    nik = str(counter.person(case).nik)
    assert (fate, changed) == ("joined", ())
    assert marks[0] == f"NIK baru dari SIAK: {'•' * 12}{nik[-4:]}."


def test_a_nik_that_does_not_fit_its_person_is_told_at_validation(counter: Counter) -> None:
    counter.siak.serial = 100
    register = counter.siak.register

    def turned(token: str, household: object, residents: Any) -> Any:
        found = register(token, household, [{**row, "sex": 3 - row["sex"]} for row in residents])
        for row in counter.siak.entered.values():  # what SIAK holds of him is right, only his number is not
            row["sex"] = 3 - row["sex"]
        return found

    counter.siak.register = turned  # type: ignore[method-assign]
    case = counter.entered()
    counter.do("submit_draft", Role.OPERATOR, case)
    ((_, _, marks),) = told(counter, case, Role.KABID)
    assert marks[1:] == ("Jenis kelamin di NIK berbeda dari biodata.",)


def test_a_file_taken_in_again_is_compared_with_the_one_before(counter: Counter) -> None:
    case = counter.attached()
    again = complete()
    again["residents"][0]["full_name"] = "SUGENG RIYADI PUTRA"
    again["residents"][0]["mother_name"] = "SITI AMINAH"
    counter.do("attach_file", Role.PETUGAS, case, berkas=as_bytes(again))
    counter.do("pass_check", Role.PETUGAS, case)
    view = difference_view(counter.state(case, Role.KASI).differences)
    assert view is not None and "dimasukkan sebelumnya" in view.source
    assert {one.fate for one in view.members} == {"joined", "left"}, "neither name, mother nor NIK say who he is"
    again["residents"][0]["full_name"] = "SUGENG RIYADI"
    other = counter.attached()
    counter.do("attach_file", Role.PETUGAS, other, berkas=as_bytes(again))
    counter.do("pass_check", Role.PETUGAS, other)
    assert told(counter, other, Role.KASI) == [("changed", (("Nama ibu", "-", "SITI AMINAH"),), ())]


def test_a_family_that_the_office_knows_is_compared_with_its_record(counter: Counter) -> None:
    first = counter.signed()
    nik, number = counter.person(first).nik, counter.case(first).kk_number
    file = complete()
    file["household"]["kk_number"] = number
    file["residents"][0] |= {"nik": nik, "marital_status": 6}
    wife = {**file["residents"][0], "full_name": "RATNA DEWI", "nik": None, "sex": 2, "family_relation": 3}
    file["residents"].append({**wife, "birth_date": "1975-02-03", "marital_status": 2})
    second = counter.attached(file)
    counter.do("pass_check", Role.PETUGAS, second)
    view = difference_view(counter.state(second, Role.KASI).differences)
    assert view is not None and counter.case(first).code in view.source
    assert [(one.fate, one.changed) for one in view.members] == [
        ("changed", (("Status perkawinan", "BELUM KAWIN", "CERAI MATI"),)), ("joined", ()),
    ]  # fmt: skip


def test_the_page_shows_the_difference_above_the_decision(tmp_path: Path) -> None:
    place = open_office(tmp_path)
    code = place.services.desk.bring_case(place.actor(Role.PETUGAS), as_bytes(complete()))
    case = place.services.desk.case_id(code)
    place.services.desk.act(PEOPLE[Role.PETUGAS], case, "pass_check", {})
    client = place.app("officer").test_client()
    sign_in(client, Role.KASI)
    page = client.get(f"/petugas/kasus/{case}").text
    assert page.index("data-differences") < page.index('data-act="verify"')
    assert 'data-fate="joined"' in page and "Kantor ini belum punya catatan keluarga ini." in page
