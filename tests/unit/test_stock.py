"""Stock as numbers: how long it lasts, where blanks lie, and what is wrong with the serials of a delivery."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.casework.blank_life import BlankState
from appliance.casework.stock import (
    SerialRange,
    compare_ranges,
    forecast,
    kind_of_place,
    may_lie,
    place_name,
    read_lines,
    read_range,
    shelf_name,
    shelf_of,
)


@pytest.mark.parametrize(
    ("stock", "use", "days"),
    [
        (100, [], None),
        (100, [0] * 14, None),
        (100, [5, 5], None),
        (100, [9, 0, 0, 9], None),
        (100, [10, 10, 10], 10),
        (100, [10, 0, 10, 0, 10], 16),
        (0, [1, 1, 1], 0),
        (99, [10] * 14, 9),
        (100, [500] * 20 + [10] * 14, 10),
        (7, [1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1], 32),
    ],
)
def test_days_left_follow_from_the_use_of_fourteen_days(stock: int, use: list[int], days: int | None) -> None:
    assert forecast(stock, use).days == days


@given(st.integers(0, 5000), st.lists(st.integers(0, 300), max_size=30))
def test_a_forecast_never_promises_more_than_the_use_allows(stock: int, use: list[int]) -> None:
    found = forecast(stock, use)
    seen = use[-14:]
    if found.days is None:
        assert sum(1 for number in seen if number) < 3
    else:
        assert found.days * sum(seen) <= stock * len(seen) < (found.days + 1) * sum(seen)
        assert found.per_day == sum(seen) / len(seen)


@pytest.mark.parametrize(
    "place", ["", "gudang", "van", "van-", "van-0", "van-100", "van-01", "Van-1", "van-1 ", "van-١"]
)
def test_what_is_no_place_is_none(place: str) -> None:
    assert kind_of_place(place) is None
    assert not any(may_lie(state, place) for state in BlankState)


def test_places_and_shelves_have_names() -> None:
    assert place_name("kantor") == "Gudang kantor"
    assert place_name("van-2") == "Mobil 2"
    assert place_name("hopper-1") == "Wadah kartu (hopper) 1"
    assert shelf_name("van-2") == "Mobil 2: blanko"
    assert shelf_name("kantor/rusak") == "Gudang kantor: kartu rusak dan tersegel"


@pytest.mark.parametrize(
    ("state", "place", "cause", "shelf"),
    [
        ("received", "kantor", None, "kantor"),
        ("loaded", "hopper-1", None, "hopper-1"),
        ("allotted", "van-3", None, "van-3"),
        ("printed", "hopper-1", None, "kantor/kartu"),
        ("verified", "van-3", None, "van-3/kartu"),
        ("handed_over", "kantor", None, None),
        ("spoiled", "printer-1", "AUS", "kantor/rusak"),
        ("spoiled", "van-3", "AUS", "van-3/rusak"),
        ("spoiled", "kantor", "HILANG", None),
        ("spoiled", "kantor", "TIDAK_KEMBALI", None),
        ("sealed", "kantor", "AUS", "kantor/rusak"),
        ("destroyed", "kantor", "AUS", None),
    ],
)
def test_a_blank_is_counted_where_a_person_finds_it(state: str, place: str, cause: str, shelf: str | None) -> None:
    assert shelf_of(BlankState(state), place, cause) == shelf


def test_a_range_is_read_as_people_write_it() -> None:
    found, wrong = read_range("B-0098", "B-0101")
    assert (found, wrong) == (SerialRange("B-", 98, 101, 4), [])
    assert found is not None
    assert found.serials() == ["B-0098", "B-0099", "B-0100", "B-0101"]
    assert (str(found), found.count) == ("B-0098-B-0101", 4)


@pytest.mark.parametrize(
    ("first", "last", "fields"),
    [
        ("", "", ["first", "last"]),
        ("a1", "ö", ["first", "last"]),
        ("A1", "", ["last"]),
        ("A1", "B22", ["last", "last"]),
        ("A1", "A22", ["last"]),
        ("A2", "A1", ["last"]),
        ("A0000", "A2000", ["last"]),
        ("A" * 41 + "1", "A1", ["first"]),
    ],
)
def test_every_mistake_of_a_range_is_named_beside_its_field(first: str, last: str, fields: list[str]) -> None:
    found, wrong = read_range(first, last)
    assert found is None
    assert [field for field, _ in wrong] == fields
    assert all(sentence.endswith(".") for _, sentence in wrong)


def test_further_lines_are_read_and_the_wrong_ones_named() -> None:
    ranges, wrong = read_lines("A01 A05\n\n  A11 - A15 \nA21 s/d A25\nA3\nA40 B45\n")
    assert [str(one) for one in ranges] == ["A01-A05", "A11-A15", "A21-A25"]
    assert len(wrong) == 2
    assert "A3" in wrong[0]
    assert "A40 B45" in wrong[1]


@pytest.mark.parametrize(
    ("lines", "sentences"),
    [
        ("A01 A05\nA06 A09", []),
        ("A06 A09\nA01 A05", []),
        ("A01 A05\nB07 B09", []),
        ("A01 A05\nA05 A09", ["Nomor A05 tertulis dua kali."]),
        ("A01 A09\nA03 A05", ["Nomor A03-A05 tertulis dua kali."]),
        ("A01 A05\nA07 A09", ["Ada nomor yang terlewat: A06."]),
        ("A01 A05\nA006 A009", ["Panjang nomor A01-A05 dan A006-A009 tidak sama."]),
        ("A01 A02\nA02 A03\nA05 A05", ["Nomor A02 tertulis dua kali.", "Ada nomor yang terlewat: A04."]),
    ],
)
def test_overlaps_gaps_and_lengths_within_a_delivery_are_found(lines: str, sentences: list[str]) -> None:
    assert compare_ranges(read_lines(lines)[0]) == sentences


@given(st.text(max_size=60), st.text(max_size=60))
def test_whatever_is_typed_is_a_range_or_a_sentence(first: str, last: str) -> None:
    found, wrong = read_range(first, last)
    assert (found is None) == bool(wrong)
    if found is not None:
        assert found.serials()[0] == first
        assert found.serials()[-1] == last
    read_lines(f"{first}\n{last}")
