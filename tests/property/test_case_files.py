"""Whatever comes in as a case file or as a number: a value or a refusal in words, never anything else."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from case_files import TODAY, as_bytes, complete, somebody
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.casework import people
from appliance.casework.intake import CaseFile, FileRefused, read_case_file

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


def read_or_refuse(data: bytes) -> CaseFile | tuple[str, ...]:
    try:
        return read_case_file(data, TODAY, specimen=True)
    except FileRefused as refused:
        assert refused.mistakes
        for mistake in refused.mistakes:
            key, colon, sentence = mistake.partition(": ")
            assert colon
            assert key
            assert sentence
            mistake.encode()  # a page must be able to show it
        return refused.mistakes


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300))
def test_random_bytes_are_refused_in_words(data: bytes) -> None:
    assert isinstance(read_or_refuse(data), tuple)


@settings(max_examples=150, deadline=None)
@given(VALUES)
def test_random_json_is_refused_in_words(value: object) -> None:
    assert isinstance(read_or_refuse(as_bytes(value)), tuple)


def _places(value: Any) -> list[tuple[Any, Any]]:
    found = []
    rows = list(value.items()) if isinstance(value, dict) else list(enumerate(value))
    for key, item in rows:
        found.append((value, key))
        if isinstance(item, dict | list):
            found += _places(item)
    return found


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_file_with_random_values_in_places_is_read_or_refused(data: st.DataObject) -> None:
    value = complete()
    for _ in range(data.draw(st.integers(1, 3))):
        holder, key = data.draw(st.sampled_from(_places(value)))
        holder[key] = data.draw(VALUES)
    answer = read_or_refuse(as_bytes(value))
    if isinstance(answer, CaseFile):
        json.dumps([answer.reporter.name, answer.household.address]).encode()


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_a_file_cut_or_flipped_anywhere_is_read_or_refused(data: st.DataObject) -> None:
    raw = bytearray(as_bytes(complete()))
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at] ^= data.draw(st.integers(1, 255))
    read_or_refuse(bytes(raw))
    if at:
        assert isinstance(read_or_refuse(bytes(raw[:at])), tuple)


BIRTHS = st.dates(date(1900, 1, 1), TODAY)


@settings(max_examples=200, deadline=None)
@given(BIRTHS, st.booleans(), st.integers(1, 9999), st.sampled_from(["997201", "187201", "111213"]))
def test_the_nik_made_of_a_birth_date_fits_that_person_and_no_other_sex(
    birth: date, woman: bool, serial: int, region: str
) -> None:
    nik = f"{region}{birth.day + 40 * woman:02d}{birth:%m%y}{serial:04d}"
    assert people.check_nik(nik, specimen=True) == []
    assert people.compare_nik(somebody(nik=nik, sex=1 + woman, birth_date=birth)) == []
    assert people.compare_nik(somebody(nik=nik, sex=2 - woman, birth_date=birth)) != []


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=20) | st.from_regex(r"[0-9]{16}", fullmatch=True))
def test_any_text_as_a_number_gives_findings_with_the_field(number: str) -> None:
    for findings in (
        people.check_nik(number, specimen=True, field="f"),
        people.check_kk_number(number, specimen=True, field="f"),
    ):
        assert {(finding.level, finding.field) for finding in findings} <= {("error", "f")}
    if not people.check_kk_number(number, specimen=True):
        assert people.check_nik(number, specimen=True) == []


@settings(max_examples=200, deadline=None)
@given(BIRTHS, BIRTHS)
def test_age_never_falls_as_days_pass(birth: date, day: date) -> None:
    later = max(birth, day)
    assert 0 <= people.age_on(birth, later) <= later.year - birth.year
