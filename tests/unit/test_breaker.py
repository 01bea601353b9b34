"""The breaker of an outside office: one knocks, all others wait and say until when; one answer lets all go on."""

from __future__ import annotations

from pathlib import Path

import pytest
from counter import Counter, Prepared, prepare
from siak_line import SiakLine

from appliance.casework.roles import Role
from appliance.faults import DeviceFault, FaultCode
from appliance.kiosk_ui.case_page import case_view
from appliance.kiosk_ui.words import hour
from appliance.queue.breaker import LONGEST_MS, pause_ms
from appliance.queue.trouble import RETRYING_MS

OUT = DeviceFault(FaultCode.SIAK_UNREACHABLE, "no answer")


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return prepare(tmp_path_factory.mktemp("office"), Counter.searched)


@pytest.fixture
def opened(prepared: Prepared, tmp_path: Path) -> Counter:
    return prepared.copy(tmp_path)


@pytest.fixture
def five(counter: Counter, case: str) -> list[str]:
    """Five families whose entry waits for SIAK."""
    cases = [case, *(counter.searched() for _ in range(4))]
    for one in cases:
        counter.do("enter_siak", Role.OPERATOR, one)
    return cases


def keys(cases: list[str]) -> list[str]:
    return [f"siak-enter:{case}:1" for case in cases]


def test_the_pause_doubles_up_to_a_minute() -> None:
    assert [pause_ms(number) for number in (1, 2, 3)] == [2_000, 4_000, 8_000]
    assert pause_ms(6) == pause_ms(99) == LONGEST_MS


def test_one_knocks_and_all_others_wait_for_the_same_moment(counter: Counter, five: list[str]) -> None:
    line = SiakLine(counter, OUT)
    counter.run("siak")
    assert line.knocks == 1
    waiting = [counter.job(key) for key in keys(five)]
    assert {job.state for job in waiting} == {"ready"}
    assert {job.fault for job in waiting} == {str(FaultCode.SIAK_UNREACHABLE)}
    (until,) = {job.run_after for job in waiting}
    assert until > counter.clock.now
    counter.run("siak")
    assert line.knocks == 1, "nobody knocks before that moment"


def test_every_page_says_until_when_it_waits(counter: Counter, five: list[str]) -> None:
    line = SiakLine(counter, OUT)
    counter.run("siak")
    began = counter.clock.now
    while counter.clock.now - began <= RETRYING_MS:
        counter.clock.now = counter.job(keys(five)[0]).run_after
        counter.run("siak")
    (until,) = {counter.job(key).run_after for key in keys(five)}
    assert line.knocks > 2
    for case in five:
        shown = case_view(counter.state(case, Role.OPERATOR), (), "").jobs
        (told,) = (job.trouble for job in shown if job.kind == "enter")
        assert told is not None and told.note == f"Dicoba lagi sendiri {hour(until)}."


def test_each_knock_in_vain_makes_the_pause_longer_whoever_knocks(counter: Counter, five: list[str]) -> None:
    line = SiakLine(counter, OUT)
    pauses = []
    for knock in range(1, 5):
        counter.run("siak")
        assert line.knocks == knock
        (until,) = {counter.job(key).run_after for key in keys(five)}
        pauses.append(until - counter.clock.now)
        counter.clock.now = until
    assert pauses == sorted(pauses) and pauses[-1] > 3 * pauses[0]


def test_one_answer_lets_all_go_on_at_once(counter: Counter, five: list[str]) -> None:
    line = SiakLine(counter, OUT)
    for _ in range(3):
        counter.run("siak")
        counter.clock.now = counter.job(keys(five)[0]).run_after
    line.fault = None
    counter.run("siak")
    assert {counter.job(key).state for key in keys(five)} == {"done"}
    assert all(counter.job(key).fault is None for key in keys(five))


def test_a_refusal_is_an_answer_too_and_silence_is_none(counter: Counter, five: list[str]) -> None:
    line = SiakLine(counter, OUT)
    counter.run("siak")
    counter.clock.now = counter.job(keys(five)[0]).run_after
    line.fault = DeviceFault(FaultCode.SIAK_REFUSED, "no")
    counter.run("siak")
    assert {counter.job(key).state for key in keys(five)} == {"hold"}


def test_other_offices_work_goes_on(counter: Counter, five: list[str]) -> None:
    SiakLine(counter, OUT)
    other = counter.verified()
    counter.do("search_biometrics", Role.PEREKAM, other)
    counter.run("siak", "scanner", "centre")
    assert counter.evidence(other, "search"), "the centre was asked"


def test_the_clock_of_every_waiting_case_stands(counter: Counter, five: list[str]) -> None:
    line = SiakLine(counter, OUT)
    counter.run("siak")
    counter.clock.go(3600)
    line.fault = None
    counter.run("siak")
    for case in five:
        reading = next(one for one in counter.state(case, Role.OPERATOR).clocks if one.step.number == 4)
        assert reading.waiting_s["gangguan"] == pytest.approx(3600, abs=1)
        assert reading.elapsed_s < 60
