"""The SOP's clocks: touch, elapsed and waiting are told apart, and the limit is on touch."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.casework.clocks import PAUSES, STEPS, Reading, Stay, read_clocks
from appliance.kiosk_ui.words import clock_mark

NOW = 1_000_000


def step(readings: tuple[Reading, ...], number: int) -> Reading:
    return next(reading for reading in readings if reading.step.number == number)


def test_the_limits_are_those_of_the_sop_26_minutes_in_all() -> None:
    assert [one.limit_s for one in STEPS] == [None, 300, 300, 300, 120, 60, 300, 120, 60]
    assert sum(one.limit_s or 0 for one in STEPS) == 26 * 60


def test_every_step_has_a_reading_also_before_anything_happened() -> None:
    readings = read_clocks([], NOW)
    assert [reading.step.number for reading in readings] == list(range(1, 10))
    assert {(reading.touch_s, reading.elapsed_s, reading.open) for reading in readings} == {(0, 0, False)}


def test_stays_of_a_step_add_up_and_a_running_one_goes_on() -> None:
    stays = [Stay(2, 100_000, 160_000, 20_000), Stay(2, 900_000, None, 5_000), Stay(3, 0, 1_000, 0)]
    reading = step(read_clocks(stays, NOW), 2)
    assert (reading.touch_s, reading.elapsed_s, reading.open) == (25, 160, True)
    assert step(read_clocks(stays, NOW + 30_000), 2).elapsed_s == 190
    assert step(read_clocks(stays, NOW), 3).open is False


def test_a_step_that_took_no_time_was_begun_all_the_same() -> None:
    readings = read_clocks([Stay(3, 0, 0, 0), Stay(4, 0, 900, 0)], NOW)
    assert [reading.step.number for reading in readings if reading.begun] == [3, 4]


def test_waiting_is_reported_by_class_and_never_counts_as_elapsed() -> None:
    stays = [
        Stay(2, 0, 60_000, 1_000, "dikembalikan"),
        Stay(2, 60_000, 90_000, 2_000),
        Stay(2, 90_000, 100_000, 0, "dikembalikan"),
        Stay(2, 100_000, None, 0, "gangguan"),
        Stay(3, 0, None, 0, "ketunggalan"),
    ]
    reading = step(read_clocks(stays, NOW), 2)
    assert reading.elapsed_s == 30
    assert reading.waiting_s == {"dikembalikan": 70, "gangguan": 900}
    assert step(read_clocks(stays, NOW), 3).waiting_s == {"ketunggalan": 1000}


def test_a_step_is_over_when_touch_passes_the_limit_however_long_it_took() -> None:
    def read(touch_ms: int) -> Reading:
        return step(read_clocks([Stay(6, 0, 9_000_000, touch_ms)], NOW), 6)

    assert (read(60_000).over, read(60_000).left_s) == (False, 0)
    assert (read(60_001).over, read(0).over) == (True, False)
    assert read(90_000).left_s == -30


def test_a_step_that_lies_longer_than_its_limit_is_late_whoever_touched_it() -> None:
    def seen(*stays: Stay, now: int) -> Reading:
        return next(one for one in read_clocks(stays, now) if one.step.number == 2)

    lies = Stay(2, 0, None, 0)
    assert not seen(lies, now=300_000).late and seen(lies, now=300_001).late
    assert clock_mark(seen(lies, now=300_001)) == ("over", "berjalan 5 menit, lewat batas")
    assert not seen(Stay(2, 0, 900_000, 0), now=900_000).late, "it has left the step"
    assert not seen(Stay(2, 0, 900_000, 0, "dikembalikan"), Stay(2, 900_000, None, 0), now=901_000).late, "waits"


def test_the_report_has_no_limit() -> None:
    reading = step(read_clocks([Stay(1, 0, 1, 10**9)], NOW), 1)
    assert (reading.over, reading.left_s) == (False, None)


STAYS = st.builds(
    lambda number, since, lasts, touch, pause: Stay(
        number, since, None if lasts is None else since + lasts, touch, pause
    ),
    st.integers(1, 9),
    st.integers(0, NOW),
    st.none() | st.integers(1, NOW),
    st.integers(0, NOW),
    st.none() | st.sampled_from(PAUSES),
)


@settings(max_examples=100, deadline=None)
@given(st.lists(STAYS, max_size=12))
def test_no_millisecond_is_lost_or_counted_twice(stays: list[Stay]) -> None:
    readings = read_clocks(stays, NOW)
    spent = sum((stay.until or NOW) - stay.since for stay in stays)
    told = sum(reading.elapsed_s + sum(reading.waiting_s.values()) for reading in readings)
    assert abs(told * 1000 - spent) < 1
    assert abs(sum(reading.touch_s for reading in readings) * 1000 - sum(stay.touch_ms for stay in stays)) < 1
