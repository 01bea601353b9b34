"""What a printer has not is refused in words; what it has goes through."""

from __future__ import annotations

import struct
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from appliance.devices import PrintDocument
from appliance.drivers.printer_abilities import job_options, refuse_what_it_has_not
from appliance.faults import DeviceFault, FaultCode

CARD = PrintDocument(b"", "image/png", "om_id-1_54x86mm", "card")
SAID: dict[str, tuple[Any, ...]] = {
    "copies-supported": (struct.pack(">ii", 1, 5),),
    "media-supported": ("iso_a4_210x297mm", "custom_54x86mm_54x86mm"),
    "print-color-mode-supported": ("color", "monochrome"),
    "printer-resolution-supported": (struct.pack(">iib", 300, 300, 3), struct.pack(">iib", 236, 236, 4)),
    "sides-supported": ("one-sided", "two-sided-long-edge"),
}


def _refusal(said: dict[str, Any], **wishes: Any) -> str:
    try:
        refuse_what_it_has_not(said, replace(CARD, **wishes))
    except DeviceFault as fault:
        assert fault.code is FaultCode.PRINTER_UNSUPPORTED
        return fault.detail
    return ""


@pytest.mark.parametrize(
    "wishes",
    [
        {},
        {"media": "iso_a4_210x297mm"},
        {"copies": 5},
        {"color": "monochrome"},
        {"resolution": 300},
        {"resolution": 599},
        {"sides": "two-sided-long-edge"},
    ],
)
def test_what_it_has_goes_through(wishes: dict[str, Any]) -> None:
    assert _refusal(SAID, **wishes) == ""


@pytest.mark.parametrize(
    ("wishes", "words"),
    [
        ({"media": "na_letter_8.5x11in"}, "media na_letter_8.5x11in, has iso_a4_210x297mm custom_54x86mm_54x86mm"),
        ({"copies": 6}, "copies 6, has 5"),
        ({"copies": 0}, "copies 0, has 5"),
        ({"resolution": 600}, "printer-resolution 600, has 300 599"),
        ({"sides": "two-sided-short-edge"}, "sides two-sided-short-edge, has one-sided two-sided-long-edge"),
    ],
)
def test_what_it_has_not_is_named_with_what_it_has(wishes: dict[str, Any], words: str) -> None:
    assert _refusal(SAID, **wishes) == words


def test_a_printer_that_says_nothing_is_asked_for_nothing_special() -> None:
    assert _refusal({}) == ""
    assert _refusal({}, sides="two-sided-long-edge") == "sides two-sided-long-edge, has one-sided"
    assert _refusal({}, color="color") == "print-color-mode color, has not said"


def test_a_range_of_custom_sizes_counts() -> None:
    said = {"media-supported": ("custom_min_50x80mm", "custom_max_8.5x14in")}
    assert _refusal(said) == "" and _refusal(said, media="iso_a3_297x420mm") != ""


def test_the_options_are_in_the_words_of_ipp() -> None:
    assert job_options(replace(CARD, color="color", resolution=300, copies=2)) == {
        "media": "om_id-1_54x86mm",
        "sides": "one-sided",
        "copies": "2",
        "print-color-mode": "color",
        "printer-resolution": "300dpi",
    }


values = some.one_of(some.text(max_size=12), some.binary(max_size=12), some.integers(-9, 9), some.booleans())


@settings(max_examples=80, deadline=None)
@given(some.dictionaries(some.sampled_from(sorted(SAID)), some.lists(values, max_size=3).map(tuple)), some.text())
def test_whatever_a_printer_says_is_an_answer_or_a_refusal(said: dict[str, Any], media: str) -> None:
    _refusal(said, media=media, color="color", resolution=300)
