"""Column 11 of the family card: the day of a registered marriage or of its end, from the file to the print."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from case_files import TODAY, as_bytes, complete, somebody
from counter import PEOPLE, Counter

from appliance.casework.intake import FileRefused, read_case_file
from appliance.casework.people import check_biodata
from appliance.casework.roles import Role
from appliance.documents.forms import Grid
from appliance.kiosk_ui.siak_page import _member
from appliance.office import case_forms
from appliance.records import cases


def married(day: str | None, status: int = 2) -> dict[str, Any]:
    file = complete()
    file["residents"][0] |= {"marital_status": status, "marriage_date": day}
    return file


@pytest.mark.parametrize(
    ("status", "day", "found"),
    [
        (2, date(1995, 3, 4), []),
        (4, date(2001, 3, 4), []),
        (2, None, ["warning"]),
        (1, None, []),
        (4, None, []),
        (1, date(1995, 3, 4), ["error"]),
        (3, date(1995, 3, 4), ["error"]),
        (2, date(2026, 11, 25), ["error"]),
        (2, date(1971, 7, 1), ["error"]),
    ],
)
def test_the_day_belongs_to_a_registered_marriage(status: int, day: date | None, found: list[str]) -> None:
    person = somebody(marital_status=status, marriage_date=day, birth_date=date(1971, 7, 1))
    told = check_biodata(person, TODAY, specimen=True)
    assert [one.level for one in told if one.field == "marriage_date"] == found


@pytest.mark.parametrize("day", ["1995-02-30", "kemarin", 7])
def test_a_day_that_is_none_is_refused(day: object) -> None:
    file = complete()
    file["residents"][0] |= {"marital_status": 2, "marriage_date": day}
    with pytest.raises(FileRefused) as refused:
        read_case_file(as_bytes(file), TODAY, specimen=True)
    assert [one.partition(":")[0] for one in refused.value.mistakes] == ["residents[0].marriage_date"]


def test_the_books_keep_it_and_leave_out_what_is_not_known(counter: Counter) -> None:
    known, unknown = somebody(marital_status=2, marriage_date=date(1995, 3, 4)), somebody()
    for person in (known, unknown):
        assert cases.biodata_from_json(cases.biodata_to_json(person)) == person
    assert "marriage_date" not in cases.biodata_to_json(unknown)


def test_it_goes_to_siak_onto_the_form_and_onto_the_family_card(counter: Counter) -> None:
    sent: list[dict[str, Any]] = []
    register = counter.siak.register

    def noted(token: str, household: object, residents: Any) -> Any:
        sent.extend(residents)
        return register(token, household, residents)

    counter.siak.register = noted  # type: ignore[method-assign]
    case = counter.entered(married("1995-03-04"))
    assert sent[0]["marriage_date"] == "1995-03-04"
    (draft,) = counter.evidence(case, "kk_draft")
    assert draft.blob is not None
    told = counter.office.vault.get(case, counter.case(case).wrapped_key, draft.blob).decode()
    assert "marriage_date=datetime.date(1995, 3, 4)" in told
    assert ("Tanggal perkawinan atau perceraian", "04-03-1995") in _member(counter.person(case))
    form = case_forms.form(counter.office, PEOPLE[Role.PETUGAS], case, "F_1_01")
    cells = [cell for one in form.sections if isinstance(one, Grid) for row in one.rows for cell in row]
    assert "04-03-1995" in cells
