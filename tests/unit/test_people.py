"""Numbers, names, dates and households: which rule is broken, and whether it blocks."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from case_files import TODAY, somebody

from appliance.casework import people
from appliance.casework.people import Finding


def said(findings: list[Finding]) -> list[tuple[str, str]]:
    return [(finding.level, finding.field) for finding in findings]


@pytest.mark.parametrize(
    "nik",
    [
        "9972010107710001",
        "9972014107710001",  # a woman's day: 1 + 40
        "9972017112993456",  # a woman of the 31st
        "9972013112700001",
        "9972012902010001",  # 29 February of a year that had none stands on real cards
        "9972013106800001",  # 31 June too
    ],
)
def test_a_possible_nik_is_accepted(nik: str) -> None:
    assert people.check_nik(nik, specimen=True) == []


@pytest.mark.parametrize(
    ("nik", "word"),
    [
        ("997201010771000", "16"),
        ("99720101077100011", "16"),
        ("9972010107710001\n", "16"),
        ("997201010771000A", "16"),
        ("٩٩٧٢٠١٠١٠٧٧١٠٠٠١", "16"),
        ("", "16"),
        ("9972010007710001", "tanggal"),
        ("9972013207710001", "tanggal"),
        ("9972014007710001", "tanggal"),
        ("9972017207710001", "tanggal"),
        ("9972010100710001", "tanggal"),
        ("9972010113710001", "tanggal"),
        ("9972010107710000", "0000"),
        ("9900010107710001", "kabupaten"),
        ("9972000107710001", "kabupaten"),
        ("0972010107710001", "provinsi"),
        ("1072010107710001", "provinsi"),
        ("9872010107710001", "provinsi"),
    ],
)
def test_an_impossible_nik_is_blocked_once_and_the_sentence_says_why(nik: str, word: str) -> None:
    (finding,) = people.check_nik(nik, specimen=True, field="residents[0].nik")
    assert (finding.level, finding.field) == ("error", "residents[0].nik")
    assert word in finding.message


def test_province_99_is_nobody_so_it_is_refused_where_real_documents_are_made() -> None:
    assert people.check_nik("9972010107710001", specimen=True) == []
    (finding,) = people.check_nik("9972010107710001", specimen=False)
    assert finding.level == "error"
    assert "99" in finding.message


def test_a_real_province_is_accepted_with_and_without_specimen() -> None:
    # 18.72 is Kota Metro; the serial 9999 and the year 00 make this number an invented one.
    for specimen in (True, False):
        assert people.check_nik("1872010101009999", specimen=specimen) == []


def test_a_family_card_number_never_has_a_womans_day() -> None:
    assert people.check_kk_number("9972010403110007", specimen=True) == []
    (finding,) = people.check_kk_number("9972014403110007", specimen=True)
    assert (finding.level, finding.field) == ("error", "kk_number")


@pytest.mark.parametrize(
    ("nik", "sex", "birth", "warnings"),
    [
        ("9972010107710001", 1, date(1971, 7, 1), 0),
        ("9972014107710001", 2, date(1971, 7, 1), 0),
        ("9972010107710001", 2, date(1971, 7, 1), 1),
        ("9972014107710001", 1, date(1971, 7, 1), 1),
        ("9972010107710001", 1, date(1971, 7, 2), 1),
        ("9972010107710001", 2, date(1972, 7, 1), 2),
        ("9972010107710001", 1, date(1871, 7, 1), 0),  # two digits of a year do not tell the century
        ("9972016902040001", 2, date(2004, 2, 29), 0),
        ("9972016902040001", 2, date(2004, 2, 28), 1),
    ],
)
def test_a_nik_that_differs_from_the_biodata_is_a_warning_never_an_error(
    nik: str, sex: int, birth: date, warnings: int
) -> None:
    findings = people.compare_nik(somebody(nik=nik, sex=sex, birth_date=birth))
    assert [finding.level for finding in findings] == ["warning"] * warnings


def test_there_is_nothing_to_compare_without_a_readable_nik() -> None:
    assert people.compare_nik(somebody(nik=None)) == []
    assert people.compare_nik(somebody(nik="99720101")) == []


@pytest.mark.parametrize("name", ["Sugeng Riyadi", "SITI AMINAH", "A B", "A" * 29 + " " + "B" * 30])
def test_a_name_of_two_words_and_sixty_letters_is_accepted(name: str) -> None:
    assert people.check_name(name, new=True) == []


@pytest.mark.parametrize("name", ["Sukarno", "A" * 30 + " " + "B" * 30, "Nur'aini Putri", "Siti 2 Aminah", "R. Agus"])
def test_an_old_name_that_breaks_the_rules_stays_valid_but_no_new_one_is_made(name: str) -> None:
    assert {finding.level for finding in people.check_name(name, new=True)} == {"error"}
    assert {finding.level for finding in people.check_name(name, new=False)} == {"warning"}


def test_an_empty_name_is_blocked_for_everybody() -> None:
    assert said(people.check_name("  ", new=False)) == [("error", "full_name")]


@pytest.mark.parametrize(
    ("birth", "day", "age"),
    [
        (date(2009, 11, 24), TODAY, 17),
        (date(2009, 11, 25), TODAY, 16),
        (date(2008, 2, 29), date(2025, 2, 28), 16),
        (date(2008, 2, 29), date(2025, 3, 1), 17),
        (date(2008, 2, 29), date(2028, 2, 29), 20),
        (TODAY, TODAY, 0),
    ],
)
def test_age_is_full_years_also_for_those_born_on_29_february(birth: date, day: date, age: int) -> None:
    assert people.age_on(birth, day) == age


@pytest.mark.parametrize(
    ("birth", "marital_status", "due"),
    [
        (date(2009, 11, 24), 1, True),
        (date(2009, 11, 25), 1, False),
        (date(2010, 1, 1), 2, True),
        (date(2010, 1, 1), 4, True),
    ],
)
def test_a_card_is_due_at_17_or_once_married(birth: date, marital_status: int, due: bool) -> None:
    assert people.card_due(somebody(birth_date=birth, marital_status=marital_status), TODAY) is due


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"birth_date": TODAY + timedelta(days=1), "birth_date_estimated": False}, [("error", "birth_date")]),
        ({"birth_date": TODAY, "birth_date_estimated": False}, []),
        ({"birth_date": date(1905, 7, 1)}, [("warning", "birth_date")]),
        ({"birth_date": date(1971, 3, 15)}, []),
        ({"birth_date": date(1971, 3, 14)}, [("warning", "birth_date")]),
        ({"birth_date": date(1971, 3, 14), "birth_date_estimated": False}, []),
        ({"birth_date": date(2008, 7, 1), "marital_status": 3}, [("warning", "marital_status")]),
        ({"birth_date": date(2007, 7, 1), "marital_status": 3}, []),
        ({"citizenship": 2}, [("error", "citizenship")]),
        ({"full_name": "SUGENG"}, [("error", "full_name")]),
        ({"full_name": "SUGENG", "nik": "9972010107710001"}, [("warning", "full_name")]),
        ({"nik": "9972010107710000"}, [("error", "nik")]),
        ({"nik": "9972014107710001"}, [("warning", "nik")]),
    ],
)
def test_each_rule_on_a_person_names_its_field(changes: dict[str, object], expected: list[tuple[str, str]]) -> None:
    assert said(people.check_biodata(somebody(**changes), TODAY, specimen=True)) == expected


def test_the_field_is_named_with_its_row() -> None:
    (finding,) = people.check_biodata(somebody(citizenship=2), TODAY, specimen=True, field="residents[3].")
    assert finding.field == "residents[3].citizenship"


HEAD = somebody(nik="9972010107710001")
WIFE = somebody(nik="9972014107710002", sex=2, family_relation=3)


@pytest.mark.parametrize(
    ("family", "fields"),
    [
        ((HEAD,), []),
        ((HEAD, WIFE), []),
        ((WIFE, HEAD), ["residents"]),
        ((WIFE,), ["residents"]),
        ((HEAD, HEAD), ["residents", "residents"]),
        ((HEAD, somebody(family_relation=4), somebody(family_relation=4)), []),
        ((HEAD, somebody(family_relation=4, nik=HEAD.nik)), ["residents"]),
        ((HEAD, somebody(sex=1, family_relation=3)), ["residents[1].family_relation"]),
        ((HEAD, somebody(sex=2, family_relation=2)), ["residents[1].family_relation"]),
        ((), ["residents"]),
    ],
)
def test_a_family_has_one_head_in_front_and_nobody_twice(
    family: tuple[people.Biodata, ...], fields: list[str]
) -> None:
    assert said(people.check_household(family)) == [("error", field) for field in fields]


def test_only_the_last_four_digits_of_a_number_are_shown() -> None:
    assert people.mask("9972010107710001") == "••••••••••••0001"
    assert people.mask(None) == people.mask("") == ""
