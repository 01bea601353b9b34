"""IPP keywords become faults: errors before warnings, nothing lost, the keyword kept."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from appliance.drivers.printer_reasons import blocking, read
from appliance.faults import FAULTS, FaultCode

KEYWORDS = {
    "media-empty-error": FaultCode.PRINTER_MEDIA_EMPTY,
    "media-needed": FaultCode.PRINTER_MEDIA_NEEDED,
    "media-jam-error": FaultCode.PRINTER_MEDIA_JAM,
    "cover-open-error": FaultCode.PRINTER_COVER_OPEN,
    "interlock-open-error": FaultCode.PRINTER_COVER_OPEN,
    "door-open-error": FaultCode.PRINTER_DOOR_OPEN,
    "marker-supply-empty-error": FaultCode.PRINTER_SUPPLY_EMPTY,
    "toner-empty-error": FaultCode.PRINTER_SUPPLY_EMPTY,
    "marker-supply-low-warning": FaultCode.PRINTER_SUPPLY_LOW,
    "offline-report": FaultCode.PRINTER_OFFLINE,
    "paused": FaultCode.PRINTER_STOPPED,
    "fuser-over-temp-error": FaultCode.PRINTER_OTHER,
    "com.vendor-odd-error": FaultCode.PRINTER_OTHER,
}


@pytest.mark.parametrize(("keyword", "code"), KEYWORDS.items())
def test_each_keyword_has_its_fault_and_stays_verbatim(keyword: str, code: FaultCode) -> None:
    (reason,) = read([keyword], stopped=True)
    fault = reason.fault()
    assert (fault.code, fault.detail) == (code, keyword)


def test_errors_stand_before_warnings_whatever_their_kind() -> None:
    reasons = read(["media-jam-warning", "toner-low-warning", "media-empty-error"], stopped=False)
    assert [reason.keyword for reason in reasons] == ["media-empty-error", "media-jam-warning", "toner-low-warning"]


@pytest.mark.parametrize("keyword", ["none", "connecting-to-device", "cups-waiting-for-job-completed", "stopping"])
def test_passing_states_mean_nothing(keyword: str) -> None:
    assert read([keyword], stopped=False) == ()


def test_a_warning_lets_the_printer_go_on_and_standing_still_does_not() -> None:
    assert blocking(["marker-supply-low-warning"], stopped=False) is None
    assert blocking(["none"], stopped=False) is None
    unexplained = blocking(["none"], stopped=True)
    assert unexplained is not None and unexplained.code is FaultCode.PRINTER_OTHER
    named = blocking(["marker-supply-low-warning", "door-open"], stopped=True)
    assert named is not None and named.code is FaultCode.PRINTER_DOOR_OPEN


@settings(max_examples=60, deadline=None)
@given(some.lists(some.text("abcdefghijklmnopqrstuvwxyz-.", max_size=25), max_size=6), some.booleans())
def test_any_keyword_has_a_row(keywords: list[str], stopped: bool) -> None:
    reasons = read(keywords, stopped)
    assert all(reason.code in FAULTS and reason.keyword in keywords for reason in reasons)
    ranks = [("error", "warning", "report").index(reason.severity) for reason in reasons]
    assert ranks == sorted(ranks)
