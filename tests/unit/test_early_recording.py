"""Recording from 16, the card at 17 (UU 24/2013 art. 63): who wishes it is recorded, his card waits for the day."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from case_files import TODAY, complete, somebody
from counter import Counter

from appliance.casework import people
from appliance.casework.roles import Role
from appliance.casework.sop import NotAllowed, fire
from appliance.kiosk_ui.resident_page import resident_view
from appliance.office import work_list

SIXTEEN = "2010-01-10"
"""47 days before he is 17."""


def with_son(born: str) -> dict[str, Any]:
    file = complete()
    son = {"full_name": "BAYU RIYADI", "birth_date": born, "birth_date_estimated": False, "family_relation": 4}
    file["residents"].append({**file["residents"][0], **son, "marital_status": 1})
    return file


def son_of(counter: Counter, case: str, role: Role) -> tuple[str, ...]:
    return counter.state(case, role).residents[1].acts


def mine(counter: Counter, role: Role) -> bool:
    with counter.store.read() as tx:
        turn = work_list.turn_of(role, tx.now)
        return any(line.mine for line in work_list.worklist.lines(tx, turn, 0, None, None))


def test_who_is_16_is_recorded_if_he_wishes_and_gets_his_card_at_17(counter: Counter) -> None:
    case = counter.signed(with_son(SIXTEEN))
    assert counter.person(case, 1).ktp_state == "TIDAK_PERLU"
    for role in (Role.PEREKAM, Role.PETUGAS):
        assert "record_early" in son_of(counter, case, role)
    assert "record_early" not in son_of(counter, case, Role.OPERATOR)
    counter.do("end_ktp", Role.KASI, case, cause="MENOLAK")
    counter.do("print_kk", Role.OPERATOR, case)
    counter.run("document_printer")
    counter.do("record_early", Role.PEREKAM, case, resident=1)
    counter.record_all(case, 1)
    counter.receive_blanks()
    counter.centre_goes_on()
    assert counter.person(case, 1).ktp_state == "PRR"
    assert "issue_card" not in son_of(counter, case, Role.OPERATOR) and not mine(counter, Role.OPERATOR)
    with pytest.raises(NotAllowed, match="umur 17 tahun"):
        counter.do("issue_card", Role.OPERATOR, case, resident=1, blank_serial="A001")
    hints = resident_view(counter.state(case, Role.OPERATOR).residents[1]).hints
    assert hints == ("Sudah direkam. Kartu dibuat mulai umur 17 tahun: 10 Januari 2027.",)
    counter.clock.go(47 * 86_400)
    assert counter.office.today() == date(2027, 1, 10)
    assert "issue_card" in son_of(counter, case, Role.OPERATOR) and mine(counter, Role.OPERATOR)
    assert not resident_view(counter.state(case, Role.OPERATOR).residents[1]).hints
    counter.do("issue_card", Role.OPERATOR, case, resident=1, blank_serial="A001")
    assert counter.person(case, 1).ktp_state == "PEMBUATAN_KARTU"
    waited = counter.state(case, Role.KASI).clocks[7].waiting_s
    assert waited["belum_17"] == pytest.approx(47 * 86_400, abs=600)


def test_the_case_goes_on_without_it_and_nobody_younger_is_recorded(counter: Counter) -> None:
    case = counter.signed(with_son("2010-11-25"))
    assert "record_early" not in son_of(counter, case, Role.PEREKAM)
    with pytest.raises(NotAllowed, match="sejak umur 16"):
        counter.do("record_early", Role.PEREKAM, case, resident=1)
    counter.clock.go(86_400)
    assert "record_early" in son_of(counter, case, Role.PEREKAM)
    assert not mine(counter, Role.PETUGAS), "what may be wished for is nobody's turn"


def test_nobody_of_16_is_recorded_or_searched_for_before_he_has_a_nik(counter: Counter) -> None:
    case = counter.verified(with_son(SIXTEEN))
    assert "search_biometrics" not in son_of(counter, case, Role.PEREKAM)
    with pytest.raises(NotAllowed, match="sesudah orang ini punya NIK"):
        counter.do("record_early", Role.PEREKAM, case, resident=1)


@pytest.mark.parametrize(
    ("birth", "day", "allowed", "from_day"),
    [
        (date(2010, 11, 24), TODAY, True, date(2027, 11, 24)),
        (date(2010, 11, 25), TODAY, False, date(2027, 11, 25)),
        (date(2008, 2, 29), date(2024, 2, 28), False, date(2025, 3, 1)),
        (date(2008, 2, 29), date(2024, 2, 29), True, date(2025, 3, 1)),
    ],
)
def test_recording_is_allowed_at_16_and_the_card_made_at_17(
    birth: date, day: date, allowed: bool, from_day: date
) -> None:
    person = somebody(birth_date=birth, marital_status=1)
    assert people.may_be_recorded(person, day) is allowed
    assert people.card_day(person) == from_day
    for later in (from_day, from_day.replace(year=2032)):
        assert people.card_due(person, later) and birth <= people.born_for_a_card(later)
    assert people.born_for_a_card(date(2028, 2, 29)) == date(2011, 2, 28)


@pytest.mark.parametrize("version", ["D-11/002-1", "D-11/002-2", "D-11/002-3"])
def test_a_case_of_an_earlier_version_knows_no_early_recording(version: str) -> None:
    with pytest.raises(NotAllowed):
        fire("ktp", "TIDAK_PERLU", "record_early", Role.PEREKAM, version)
