"""A day is typed as it is written here, the day first, and still as it is stored; shown it is always the former."""

from __future__ import annotations

from datetime import date

import pytest
from werkzeug.datastructures import MultiDict

from appliance.kiosk_ui.forms import NO_SUCH_DAY, Field, read_form, year_first
from appliance.kiosk_ui.shown import Mistake
from appliance.kiosk_ui.words import day_to_type

DAY = Field("day", "Tanggal surat", "date")


def typed(text: str) -> object:
    values, mistakes = read_form((DAY,), MultiDict({"day": text}), {})
    return values.get("day") or mistakes[0]


@pytest.mark.parametrize(
    "text",
    ["05-10-2026", "5-10-2026", "5/10/2026", "5 10 2026", "5.10.2026", " 05-10-2026 ", "2026-10-05", "2026-10-5"],
)
def test_one_day_in_all_the_ways_it_is_typed(text: str) -> None:
    assert typed(text) == date(2026, 10, 5)


@pytest.mark.parametrize(
    "text", ["31-02-2026", "10-2026", "05-10-26-1", "5-10-20261", "x", "2026-13-01", "٥-١٠-٢٠٢٦-"]
)
def test_what_is_no_day_is_said(text: str) -> None:
    assert typed(text) == Mistake("day", NO_SUCH_DAY)


def test_it_is_shown_as_it_is_typed() -> None:
    assert [day_to_type(one) for one in ("2026-10-05", "05-10-2026", "", "x")] == [
        "05-10-2026",
        "05-10-2026",
        "",
        "x",
    ]
    assert year_first("31-02-2026") == "2026-02-31" and year_first("besok") == "besok"
