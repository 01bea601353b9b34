"""The technician's verdict: one sentence, and a line for each thing that stands in its way."""

from __future__ import annotations

import pytest

from appliance.diagnostics.board import DeviceReading
from appliance.kiosk_ui.machine_shown import Snapshot
from appliance.kiosk_ui.status import device_lines
from appliance.kiosk_ui.technician.readiness import HEADLINES, MARKS, UNASKED, Readiness, readiness

NOW = 1_795_503_900_000
"""24 November 2026, 14.05 WIB."""


def told(*devices: DeviceReading) -> Readiness:
    return readiness(device_lines(Snapshot(devices), NOW))


def one(name: str, level: str, *reasons: str, asked: int = NOW, since: int = 0, **detail: str) -> DeviceReading:
    return DeviceReading(name, level, reasons, asked=asked, since=since, detail=detail)  # type: ignore[arg-type]


def test_all_well_is_one_sentence_without_reasons() -> None:
    found = told(one("camera", "ok"), one("card_printer", "ok"))
    assert (found.headline, found.reasons) == ("Siap berangkat", ())
    assert found.sentence == "Semua 2 bagian mesin menjawab dan siap."


def test_a_reason_names_the_device_what_was_found_and_the_one_thing_to_do() -> None:
    found = told(one("camera", "ok"), one("card_printer", "down", "printer.media-jam", since=NOW - 300_000))
    assert (found.level, found.headline) == ("down", "Belum siap")
    assert found.sentence == "Bereskan 1 hal dulu, lalu berangkat."
    (reason,) = found.reasons
    assert reason.name == "Printer kartu" and reason.found.endswith("(sejak pukul 14.00 WIB).")
    assert reason.todo and reason.todo.endswith(".")


def test_what_was_not_asked_lately_is_unknown_and_never_its_old_green() -> None:
    found = told(one("camera", "ok", asked=NOW - 60_000), one("card_printer", "ok"))
    assert (found.level, found.headline) == ("unknown", "Belum diketahui")
    assert found.reasons[0].found == "Tidak menjawab sejak pukul 14.04 WIB."
    assert found.reasons[0].todo == UNASKED
    assert told(one("camera", "unknown", asked=0)).reasons[0].found == "Belum pernah menjawab."
    assert told().level == "unknown" and "Tidak ada alat" in told().sentence


def test_what_it_can_do_without_never_bars_the_way_and_comes_last() -> None:
    light = one("signal_light", "down", "signal_light.unreachable")
    found = told(light, one("camera", "limited", "keyword-of-its-own"))
    assert (found.level, found.headline) == ("limited", "Siap berangkat dengan catatan")
    assert [reason.device for reason in found.reasons] == ["camera", "signal_light"]
    assert "keyword-of-its-own" in found.reasons[0].found and found.reasons[1].optional


@pytest.mark.parametrize("level", list(MARKS))
def test_no_two_levels_share_a_shape_or_a_word(level: str) -> None:
    assert sum(MARKS[level] == mark for mark in MARKS.values()) == 1
    assert sum(HEADLINES[level] == word for word in HEADLINES.values()) == 1
