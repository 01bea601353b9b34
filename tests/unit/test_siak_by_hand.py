"""SIAK by hand: its numbers typed twice, on the page, by one operator at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from by_hand import (
    KK,
    NIK,
    WRONG,
    entered,
    events,
    open_by_hand,
    pages,
    searched,
    typed,
)
from counter import PEOPLE, Counter, open_counter
from front_office import sign_in, token

from appliance.casework.roles import Role
from appliance.casework.sop import NotAllowed
from appliance.office.acts import ACTS
from appliance.office.context import FormRefused
from hw_sim.central.pki import Authorities


@pytest.fixture
def counter(tmp_path: Path, trust: Authorities) -> Iterator[Counter]:
    with open_by_hand(tmp_path, trust) as found:
        yield found


def test_a_number_that_differs_is_named_and_the_first_typing_stays(counter: Counter) -> None:
    case = searched(counter)
    typed(counter, case, "type_numbers")
    for wrong in ({"nik": WRONG}, {"kk_number": "9972012411260002"}, {"nik": ""}):
        with pytest.raises(FormRefused, match="Berbeda dari ketikan pertama") as refused:
            typed(counter, case, "confirm_numbers", **wrong)
        assert [field for field, _ in refused.value.mistakes] == ["kk_number" if "kk_number" in wrong else "niks:0"]
        assert counter.person(case).nik is None
    typed(counter, case, "confirm_numbers", kk_number="9972 0124 1126 0001")
    assert (counter.case(case).kk_number, counter.person(case).nik) == (KK, NIK)
    for item in counter.evidence(case, "siak_typed"):
        assert item.facts["kk_number"] == "" and item.facts["niks"] == [], "no second copy of the numbers is kept"


@pytest.mark.parametrize(
    ("kk_number", "nik", "field"),
    [
        ("123", NIK, "kk_number"),
        ("9972014111260001", NIK, "kk_number"),
        (KK, "99720101077100", "niks:0"),
        (KK, "9972010113710001", "niks:0"),
        (KK, "", "niks:0"),
    ],
)
def test_numbers_that_break_the_rules_are_refused_by_their_field(
    counter: Counter, kk_number: str, nik: str, field: str
) -> None:
    case = searched(counter)
    with pytest.raises(FormRefused) as refused:
        typed(counter, case, "type_numbers", kk_number, nik)
    assert {name for name, _ in refused.value.mistakes} == {field}
    with pytest.raises(NotAllowed, match="Ketik nomor dari SIAK dulu"):
        typed(counter, case, "confirm_numbers")


def test_a_nik_that_looks_odd_is_taken_and_written_down(counter: Counter) -> None:
    case = searched(counter)
    typed(counter, case, "type_numbers", nik="9972014107710001")
    (item,) = counter.evidence(case, "siak_typed")
    assert any("jenis kelamin" in one for one in item.facts["odd"])


def test_the_same_confirmation_again_changes_nothing_and_makes_no_second_draft(counter: Counter) -> None:
    case = entered(counter)
    before = counter.case(case).version
    typed(counter, case, "confirm_numbers")
    counter.run("render")
    assert (counter.case(case).version, len(counter.evidence(case, "kk_draft"))) == (before, 1)
    assert len(events(counter, "siak-entry-complete")) == 1


def test_only_one_operator_types_a_case_at_a_time_and_another_may_go_on_later(counter: Counter) -> None:
    case = searched(counter)
    typed(counter, case, "type_numbers")
    other = replace(PEOPLE[Role.OPERATOR], id="operator-2")
    values = {"kk_number": KK, "niks": (NIK,)}
    with pytest.raises(NotAllowed, match="Petugas lain sedang mengerjakan"):
        ACTS["confirm_numbers"](counter.office, other, case, values)
    counter.clock.go(16 * 60)
    ACTS["confirm_numbers"](counter.office, other, case, values)
    assert counter.person(case).nik == NIK
    assert events(counter, "siak-entry-complete") == ["operator:operator-2@loket"]


def test_where_there_is_a_line_nothing_is_entered_by_hand(tmp_path: Path) -> None:
    counter = open_counter(tmp_path)
    case = counter.verified()
    for act, role in (
        ("type_numbers", Role.OPERATOR),
        ("confirm_numbers", Role.OPERATOR),
        ("import_signed", Role.OPERATOR),
        ("enter_search", Role.PEREKAM),
        ("enter_central_state", Role.PEREKAM),
    ):
        with pytest.raises(NotAllowed, match="Di kantor ini"):
            counter.do(act, role, case)
    counter.store.close()


def test_the_operator_types_the_numbers_on_the_page(counter: Counter, tmp_path: Path) -> None:
    case = searched(counter)
    place = pages(tmp_path)
    client = place.app("officer").test_client()
    sign_in(client, Role.OPERATOR)
    home = f"/petugas/kasus/{case}"
    assert f'href="{home}/siak"' in client.get(home).text
    page = client.get(f"{home}/siak")
    order = [
        page.text.index(f">{word}<") for word in ("Nama kepala keluarga", "Alamat", "RT", "Nama lengkap", "Agama")
    ]
    assert order == sorted(order) and "SUGENG RIYADI" in page.text

    def send(act: str, kk_number: str, nik: str) -> tuple[int, str]:
        data = {"csrf_token": token(client.get(f"{home}/siak")), "kk_number": kk_number, "niks": nik}
        answer = client.post(f"{home}/{act}", data=data)
        return answer.status_code, answer.text

    status, text = send("type_numbers", KK, "12")
    assert status == 422 and "Harus 16 angka." in text and KK in text
    assert send("type_numbers", KK, NIK)[0] == 303
    again = client.get(f"{home}/siak").text
    assert "sekali lagi" in again and KK not in again and NIK not in again, "the second time is blind"
    status, text = send("confirm_numbers", KK, WRONG)
    assert status == 422 and "Berbeda dari ketikan pertama" in text
    assert WRONG not in text and NIK not in text, "only the second typing is cleared"
    assert send("confirm_numbers", KK, NIK)[0] == 303
    assert client.get(f"{home}.json").get_json()["jobs"][-1]["kind"] == "kk-draft"
    kasi = place.app("officer").test_client()
    sign_in(kasi, Role.KASI)
    assert kasi.get(f"{home}/siak").status_code == 403
    place.office.store.close()
