"""The card that a new one replaces is handed in at the handover, or told to be lost with the letter of the police."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from counter import PEOPLE, Counter, open_counter
from front_office import forms, open_office, sign_in
from second_card import made, ready_case, second_case
from sqlalchemy import text

from appliance.casework.roles import Role
from appliance.casework.sop import NotAllowed
from appliance.office import blank_views
from appliance.office.acts import LEDGER_ACTS
from appliance.office.context import FormRefused
from appliance.records import audit, blanks, cases

LOSS = {
    "number": "SKTLK/12/XI/2026/POLSEK",
    "date": date(2026, 11, 20),
    "issuer": "Polsek Metro Pusat",
    "signer": "Agus Setiawan",
}


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    found = open_counter(tmp_path)
    found.receive_blanks(8)
    yield found
    found.store.close()


def replaced(counter: Counter, cause: str) -> str:
    """A second case of somebody who has card A001; its new card A002 waits for him."""
    second = second_case(counter)
    made(counter, second, "A002", cause=cause)
    return second


def old(counter: Counter) -> tuple[str, str, str]:
    with counter.store.read() as tx:
        found = tx.sql.execute(text("SELECT state, place, cause FROM blank WHERE serial = 'A001'")).one()
    return found.state, found.place, found.cause


def rusak(counter: Counter) -> int:
    return blank_views.ledger_state(counter.office).shelves.get("kantor/rusak", 0)


@pytest.mark.parametrize("cause", ["AUS", "DATA_BERUBAH"])
def test_a_worn_or_outdated_card_stays_with_its_holder_until_he_hands_it_in(counter: Counter, cause: str) -> None:
    case = replaced(counter, cause)
    assert old(counter) == ("spoiled", "pemilik", cause)
    assert rusak(counter) == 0, "nobody can count what the holder still has"
    assert counter.state(case, Role.PETUGAS).residents[0].acts[:1] == ("surrender_card",)
    for act in ("hand_over_card", "compare_face"):
        with pytest.raises(NotAllowed, match="A001"):
            counter.do(act, Role.PETUGAS, case, cause="TREMOR")
    with pytest.raises(FormRefused):
        LEDGER_ACTS["seal_blanks"](counter.office, PEOPLE[Role.GUDANG], {"serials": ("A001",), "seal": "S-1"})
    counter.do("surrender_card", Role.PETUGAS, case, result="taken")
    assert old(counter) == ("spoiled", "kantor", cause)
    assert rusak(counter) == 1
    assert "compare_face" in counter.state(case, Role.PETUGAS).residents[0].acts
    with pytest.raises(NotAllowed, match="Tidak ada kartu lama"):
        counter.do("surrender_card", Role.PETUGAS, case, result="taken")
    with counter.store.read() as tx:
        report = blank_views.month_report(tx, 2026, 11)
        told = [line for line in audit.of_case(tx, case) if line["event"] == "card-surrender-complete"]
        assert blanks.balance(tx)[1] is None
    assert report.spoiled == {cause: 1}, "it is spoiled once, whenever it comes in"
    assert [json.loads(str(line["facts"])) for line in told] == [{"blank": "A001", "resident": 0, "result": "taken"}]
    LEDGER_ACTS["seal_blanks"](counter.office, PEOPLE[Role.GUDANG], {"serials": ("A001",), "seal": "S-1"})
    assert old(counter)[0] == "sealed", "and goes the way of all spoiled cards, to the minutes of destruction"


def test_a_lost_card_needs_the_letter_of_the_police(counter: Counter) -> None:
    case = replaced(counter, "HILANG")
    for wrong in ({}, {**LOSS, "number": ""}, {**LOSS, "date": date(2027, 1, 1)}, {**LOSS, "date": None}):
        with pytest.raises(NotAllowed, match="surat kehilangan"):
            counter.do("surrender_card", Role.PETUGAS, case, result="lost", **wrong)
    assert old(counter) == ("spoiled", "pemilik", "HILANG")
    counter.do("surrender_card", Role.PETUGAS, case, result="lost", **LOSS)
    with counter.store.read() as tx:
        assert [one["number"] for one in cases.letters(tx, case) if one["kind"] == "SK_POLISI_KEHILANGAN"] == [
            LOSS["number"]
        ]
    assert rusak(counter) == 0
    counter.do("compare_face", Role.PETUGAS, case, cause="TREMOR")


def test_a_card_that_was_lost_and_is_there_after_all_is_taken_in_as_found(counter: Counter) -> None:
    case = replaced(counter, "HILANG")
    counter.do("surrender_card", Role.PETUGAS, case, result="taken")
    assert old(counter) == ("spoiled", "kantor", "DITEMUKAN_SETELAH_HILANG")
    assert rusak(counter) == 1


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.PETUGAS}))
def test_only_the_petugas_takes_it_in(counter: Counter, role: Role) -> None:
    case = counter.report()
    with pytest.raises(NotAllowed, match="petugas"):
        counter.do("surrender_card", role, case, result="taken")


def test_a_first_card_has_no_old_one(counter: Counter) -> None:
    case = ready_case(counter)
    made(counter, case, "A001")
    assert "surrender_card" not in counter.state(case, Role.PETUGAS).residents[0].acts
    with pytest.raises(NotAllowed, match="Tidak ada kartu lama"):
        counter.do("surrender_card", Role.PETUGAS, case, result="taken")


def test_the_page_asks_for_the_old_card_before_the_new_one(tmp_path: Path) -> None:
    counter = open_counter(tmp_path)
    counter.receive_blanks(8)
    case = replaced(counter, "AUS")
    counter.store.close()
    place = open_office(tmp_path)
    client = place.app("officer").test_client()
    sign_in(client, Role.PETUGAS)
    page = client.get(f"/petugas/kasus/{case}")
    assert "surrender_card" in forms(page) and not {"hand_over_card", "compare_face"} & forms(page)
    place.office.store.close()
