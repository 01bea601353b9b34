"""To whom a family card is given, and what its receipt says: nobody's signature from another day."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from counter import Counter

from appliance.casework.codes import RECEIVERS
from appliance.casework.roles import Role
from appliance.casework.sop import NotAllowed
from appliance.office.context import FormRefused
from appliance.records import cases

REPORTER = "Ratna Puspitasari"
AUTHORITY = {"number": "12", "date": date(2026, 11, 20), "issuer": "Keluarga", "signer": "Sugeng Riyadi"}


def printed(counter: Counter) -> str:
    case = counter.recorded()
    counter.do("print_kk", Role.OPERATOR, case)
    counter.run("document_printer")
    return case


def hand_over(counter: Counter, case: str, **values: Any) -> None:
    counter.do("hand_over_kk", Role.PETUGAS, case, **values)


def receipt_of(counter: Counter, case: str) -> str:
    counter.run("render")
    (item,) = counter.evidence(case, "receipt")
    assert item.blob is not None
    return counter.office.vault.get(case, counter.case(case).wrapped_key, item.blob).decode()


@pytest.mark.parametrize(
    ("receiver", "relation"),
    [("sugeng  riyadi", "holder"), ("Wagiman", "family"), ("RATNA PUSPITASARI", "reporter")],
)
def test_the_receipt_names_who_took_it_and_shows_no_signature_of_the_recording(
    counter: Counter, receiver: str, relation: str
) -> None:
    case = printed(counter)
    assert counter.evidence(case, "signature")[-1].state == "accepted"
    hand_over(counter, case, receiver=receiver, relation=relation)
    told = receipt_of(counter, case)
    assert RECEIVERS[relation] in told and receiver in told
    assert "PNG" not in told and "buku penyerahan" not in told
    assert counter.case(case).kk_state == "KK_DISERAHKAN"


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({}, "nama penerima"),
        ({"receiver": "Ratna"}, "hubungan penerima"),
        ({"receiver": "Ratna", "relation": "pendamping"}, "dari daftar"),
        ({"receiver": "Wagiman", "relation": "holder"}, "tidak ada di KK"),
        ({"receiver": "Wagiman", "relation": "reporter"}, "orang lain"),
        ({"receiver": "Wagiman", "relation": "guardian"}, "surat kuasa F-1.07"),
        ({"receiver": "Wagiman", "relation": "guardian", "date": date(2027, 1, 1)}, "hari ini atau sebelumnya"),
        ({"receiver": "Wagiman", "relation": "guardian", **AUTHORITY, "number": " "}, "nomor, penerbit"),
    ],
)
def test_nobody_else_is_given_it(counter: Counter, values: dict[str, Any], why: str) -> None:
    case = printed(counter)
    with pytest.raises(NotAllowed, match=why):
        hand_over(counter, case, **values)
    assert counter.evidence(case, "handover") == [] and counter.case(case).kk_state == "KK_DICETAK"


def test_a_name_that_does_not_stand_in_the_case_is_told_at_its_field(counter: Counter) -> None:
    case = printed(counter)
    with pytest.raises(FormRefused) as refused:
        hand_over(counter, case, receiver="Wagiman", relation="holder")
    assert [field for field, _ in refused.value.mistakes] == ["receiver"]


@pytest.mark.parametrize("before", [True, False])
def test_a_guardian_brings_his_power_of_attorney_once(counter: Counter, before: bool) -> None:
    case = printed(counter)
    if before:
        with counter.store.write() as tx:
            cases.add_letter(tx, case, "F_1_07", {**AUTHORITY, "date": "2026-11-20"})
    hand_over(counter, case, receiver="Wagiman", relation="guardian", **({} if before else AUTHORITY))
    with counter.store.read() as tx:
        (letter,) = [one for one in cases.letters(tx, case) if one["kind"] == "F_1_07"]
    assert (letter["number"], letter["date"]) == ("12", "2026-11-20")


def test_a_card_holders_receipt_shows_no_signature_of_the_recording_either(counter: Counter) -> None:
    case = counter.ready_to_print()
    counter.card_made(case)
    counter.do("hand_over_card", Role.PETUGAS, case)
    counter.matched(case)
    told = receipt_of(counter, case)
    assert "KTP-el" in told and "PNG" not in told
