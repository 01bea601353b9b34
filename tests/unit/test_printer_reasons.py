"""IPP keywords become faults: errors before warnings, nothing lost, the keyword kept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from appliance.drivers.printer_reasons import blocking, meaning, read
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
    "fuser-over-temp-error": FaultCode.PRINTER_TEMPERATURE,
    "media-path-input-feed-error": FaultCode.PRINTER_MEDIA_JAM,
    "media-path-input-feed-error-error": FaultCode.PRINTER_MEDIA_JAM,
    "bander-recoverable-storage-error": FaultCode.PRINTER_FAILURE,
    "com.vendor-odd-error": FaultCode.PRINTER_OTHER,
}


REGISTRY = Path(__file__).with_name("printer_state_reasons.txt")


def _section(text: str) -> Iterator[tuple[str, str]]:
    fault = ""
    for line in text.strip().splitlines():
        head, colon, rest = line.partition(": ")
        fault = head if colon else fault
        yield from ((word, fault) for word in (rest if colon else line).split())


def _registered() -> dict[str, str]:
    words, parts = REGISTRY.read_text().split("[words]")[1].split("[parts]")
    names, _, events = parts.strip().partition("\n")
    of_parts = {f"{part}-{event}": fault for part in names.split() for event, fault in _section(events)}
    return {**dict(_section(words)), **of_parts}


def test_every_registered_keyword_has_its_fault_or_none_at_every_severity() -> None:
    registered = _registered()
    assert len(registered) == 794
    for word, fault in registered.items():
        assert str(meaning(word) or "-") == fault, word
        for severity in ("error", "warning", "report"):
            found = [str(reason.code) for reason in read([f"{word}-{severity}"], stopped=False)]
            assert found == ([] if fault == "-" else [fault]), (word, severity)


def test_a_stopped_printer_that_names_only_passing_words_is_told_with_them() -> None:
    reason = blocking(["warming-up-report"], stopped=True)
    assert reason is not None and (reason.code, reason.keyword) == (
        FaultCode.PRINTER_OTHER,
        "stopped warming-up-report",
    )


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
