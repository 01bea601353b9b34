"""Three small tables of the house: time, faults, and the board of device readings."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from appliance.clock import Deadline, to_datetime, to_local, utc_millis
from appliance.devices import DeviceStatus
from appliance.diagnostics import board
from appliance.diagnostics.board import STALE_MS, DeviceReading
from appliance.faults import FAULTS, Actor, Category, DeviceFault, FaultCode, Item, Retry


def test_time_is_utc_inside_and_western_indonesian_for_people() -> None:
    millis = 1_795_536_400_123
    assert to_datetime(millis) == datetime(2026, 11, 24, 16, 6, 40, 123000, UTC)
    assert to_local(millis).strftime("%d-%m-%Y %H.%M %Z") == "24-11-2026 23.06 WIB"
    assert to_local(millis) == to_datetime(millis)
    assert abs(utc_millis() - datetime.now(UTC).timestamp() * 1000) < 1000


def test_a_deadline_passes_and_never_owes_time() -> None:
    assert Deadline.after(0).passed
    assert Deadline.after(-5).remaining() == 0.0
    later = Deadline.after(60)
    assert not later.passed
    assert 59 < later.remaining() <= 60


def test_every_fault_has_its_row_and_every_row_a_fault() -> None:
    assert set(FAULTS) == set(FaultCode)


def test_a_code_is_device_dot_reason_and_known_once() -> None:
    for code in FaultCode:
        device, dot, reason = code.value.partition(".")
        assert device.replace("_", "").isalpha()
        assert dot
        assert reason
    assert len({code.value for code in FaultCode}) == len(FaultCode)


@pytest.mark.parametrize("code", sorted(FAULTS))
def test_a_row_makes_sense(code: FaultCode) -> None:
    row = FAULTS[code]
    assert (type(row.category), type(row.actor), type(row.retry), type(row.item)) == (Category, Actor, Retry, Item)
    if row.item is Item.SPOILED:
        assert row.retry is Retry.NEVER, "what is spoiled is not tried again"
    if row.category in {Category.JAM, Category.MEDIA, Category.COVER, Category.SUPPLY}:
        assert (row.actor, row.retry) == (Actor.OFFICER, Retry.AFTER_ACTION)
    if row.actor is Actor.RESIDENT:
        assert (row.category, row.item) == (Category.QUALITY, Item.UNTOUCHED)


def test_what_may_have_reached_an_office_is_never_sent_again_by_itself() -> None:
    for code in (FaultCode.SIAK_UNKNOWN, FaultCode.CENTRE_UNKNOWN, FaultCode.ESIGN_UNKNOWN):
        assert (FAULTS[code].retry, FAULTS[code].item) == (Retry.AFTER_ACTION, Item.UNKNOWN)


def test_a_fault_says_its_code_and_the_technicians_detail() -> None:
    fault = DeviceFault(FaultCode.CARD_MUTE, "sw 6F00")
    assert (str(fault), fault.row) == ("chip_encoder.card_mute: sw 6F00", FAULTS[FaultCode.CARD_MUTE])
    assert str(DeviceFault(FaultCode.CARD_MUTE)) == "chip_encoder.card_mute"


OK = DeviceStatus("ok", (), "Model", "S1", {"counter": "7"})
DOWN = DeviceStatus("down", ("camera.unreachable",))


def test_a_reading_remembers_since_when_it_is_so() -> None:
    first = board.reading("camera", OK, 1000, None)
    assert (first.since, first.asked, first.model, first.serial) == (1000, 1000, "Model", "S1")
    again = board.reading("camera", OK, 2000, first)
    assert (again.since, again.asked) == (1000, 2000)
    worse = board.reading("camera", DOWN, 3000, again)
    assert (worse.since, worse.reasons) == (3000, ("camera.unreachable",))
    other = board.reading("camera", DeviceStatus("down", ("camera.frozen",)), 4000, worse)
    assert other.since == 4000
    assert board.still(other, 5000).asked == 5000


def test_the_board_is_read_as_it_was_written_and_is_empty_before(tmp_path: Path) -> None:
    path = tmp_path / "board.json"
    assert board.read(path) == ()
    readings = {"camera": board.reading("camera", OK, 1, None), "pad": board.reading("pad", DOWN, 2, None)}
    board.write(path, readings)
    assert board.read(path) == tuple(readings.values())
    board.write(path, {})
    assert board.read(path) == ()
    assert [one.name for one in tmp_path.iterdir()] == ["board.json"]


@pytest.mark.parametrize("text", ["", "{", "nonsense"])
def test_half_a_board_is_no_board(tmp_path: Path, text: str) -> None:
    (tmp_path / "board.json").write_text(text)
    assert board.read(tmp_path / "board.json") == ()


def test_an_old_green_is_not_shown_as_green() -> None:
    one = board.reading("camera", OK, 1000, None)
    assert board.fresh(one, 1000 + STALE_MS) == one
    old = board.fresh(one, 1001 + STALE_MS)
    assert (old.level, old.since, old.model) == ("unknown", 1000, "Model")
    assert not board.ready((old,))


@pytest.mark.parametrize(
    ("levels", "ready"),
    [
        ((), False),
        (("ok",), True),
        (("ok", "limited"), True),
        (("ok", "down"), False),
        (("ok", "unknown"), False),
    ],
)
def test_ready_means_that_every_device_works(levels: tuple[str, ...], ready: bool) -> None:
    assert board.ready(tuple(DeviceReading("x", level) for level in levels)) is ready  # type: ignore[arg-type]


def test_the_board_holds_no_more_than_was_said(tmp_path: Path) -> None:
    board.write(tmp_path / "board.json", {"camera": board.reading("camera", OK, 1, None)})
    (row,) = json.loads((tmp_path / "board.json").read_text())
    assert set(row) == {"name", "level", "reasons", "model", "serial", "detail", "since", "asked"}
