"""An outage of SIAK, the centre or the signer stops the step's clock and is reported as waiting, to the second."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from case_files import changed
from counter import Counter, Prepared, prepare
from siak_line import SiakLine

from appliance.casework.clocks import Reading, read_clocks
from appliance.casework.roles import Role
from appliance.clock import to_local
from appliance.faults import DeviceFault, FaultCode
from appliance.office import sop_month
from appliance.records import audit, moves

OUT = DeviceFault(FaultCode.SIAK_UNREACHABLE, "no answer")
REFUSED = DeviceFault(FaultCode.SIAK_REFUSED, "no")


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return prepare(tmp_path_factory.mktemp("office"), Counter.searched)


@pytest.fixture
def opened(prepared: Prepared, tmp_path: Path) -> Counter:
    return prepared.copy(tmp_path)


def go(counter: Counter, seconds: int) -> None:
    counter.clock.go(seconds)


def tries(counter: Counter, seconds: int = 0) -> None:
    """Time passes, then whatever waits for its next try is tried."""
    go(counter, seconds)
    counter.run("siak")


def step(counter: Counter, case: str, number: int) -> Reading:
    with counter.store.read() as tx:
        return next(one for one in read_clocks(moves.stays(tx, case), tx.now) if one.step.number == number)


def audited(counter: Counter, event: str) -> int:
    with counter.store.read() as tx:
        return sum(one["event"] == event for one in audit.entries(tx))


def test_time_without_siak_is_waiting_and_time_before_and_after_is_not(counter: Counter, case: str) -> None:
    line = SiakLine(counter)
    go(counter, 100)
    before = step(counter, case, 4).elapsed_s
    line.fault = OUT
    counter.do("enter_siak", Role.OPERATOR, case)
    tries(counter)
    for _ in range(5):
        tries(counter, 600)
    during = step(counter, case, 4)
    assert during.elapsed_s == pytest.approx(before, abs=1)
    assert during.waiting_s["gangguan"] == pytest.approx(3000, abs=2)
    assert during.open
    line.fault = None
    tries(counter, 60)
    go(counter, 50)
    after = step(counter, case, 4)
    assert after.waiting_s["gangguan"] == pytest.approx(3060, abs=3)
    assert after.elapsed_s == pytest.approx(before + 50, abs=2)
    assert (audited(counter, "outage-wait-init"), audited(counter, "outage-wait-complete")) == (1, 1)
    with counter.store.read() as tx:
        day = to_local(tx.now)
        waits = {one.pause: one for one in sop_month.month_report(tx, day.year, day.month).waits}
    assert (waits["gangguan"].number, waits["gangguan"].waited_s) == (1, pytest.approx(3060, abs=3))


def test_two_outages_are_two_waits(counter: Counter, case: str) -> None:
    line = SiakLine(counter)
    line.fault = OUT
    counter.do("enter_siak", Role.OPERATOR, case)
    tries(counter)
    line.fault = REFUSED
    tries(counter, 200)
    assert step(counter, case, 4).waiting_s["gangguan"] == pytest.approx(200, abs=2)
    go(counter, 100)
    line.fault = OUT
    key = next(one.key for one in counter.state(case, Role.OPERATOR).jobs if one.kind == "enter")
    counter.do("retry_job", Role.OPERATOR, case, job=key)
    tries(counter)
    go(counter, 300)
    reading = step(counter, case, 4)
    assert reading.waiting_s["gangguan"] == pytest.approx(500, abs=3)
    assert reading.elapsed_s == pytest.approx(100, abs=5)
    assert (audited(counter, "outage-wait-init"), audited(counter, "outage-wait-complete")) == (2, 1)


def test_a_refusal_is_no_outage(counter: Counter, case: str) -> None:
    SiakLine(counter).fault = REFUSED
    counter.do("enter_siak", Role.OPERATOR, case)
    tries(counter)
    go(counter, 500)
    assert step(counter, case, 4).waiting_s == {}


def test_given_up_in_the_outage_the_clock_runs_for_people_again(counter: Counter, case: str) -> None:
    line = SiakLine(counter)
    line.fault = OUT
    counter.do("enter_siak", Role.OPERATOR, case)
    tries(counter)
    go(counter, 400)
    key = next(one.key for one in counter.state(case, Role.OPERATOR).jobs if one.kind == "enter")
    counter.do("give_up_job", Role.OPERATOR, case, job=key, reason="diketik sendiri")
    go(counter, 90)
    reading = step(counter, case, 4)
    assert reading.waiting_s["gangguan"] == pytest.approx(400, abs=2)
    assert reading.elapsed_s == pytest.approx(90, abs=3)


def test_a_case_that_ends_in_the_outage_ends_the_wait_as_well(counter: Counter, case: str) -> None:
    SiakLine(counter).fault = OUT
    counter.do("enter_siak", Role.OPERATOR, case)
    tries(counter)
    go(counter, 400)
    counter.do("cancel", Role.KASI, case, cause="LAINNYA", reason="pindah")
    go(counter, 400)
    reading = step(counter, case, 4)
    assert (reading.waiting_s["gangguan"], reading.open) == (pytest.approx(400, abs=2), False)


def test_work_that_waits_for_the_centre_anyway_keeps_its_own_class(counter: Counter) -> None:
    case = counter.verified()
    centre = counter.centre

    def out(*_: object) -> object:
        raise DeviceFault(FaultCode.CENTRE_UNREACHABLE)

    centre.search = centre.find_search = out  # type: ignore[method-assign, assignment]
    counter.do("search_biometrics", Role.PEREKAM, case)
    counter.run("scanner", "centre")
    go(counter, 300)
    assert step(counter, case, 3).waiting_s["ketunggalan"] == pytest.approx(300, abs=2)
    assert "gangguan" not in step(counter, case, 3).waiting_s
    assert audited(counter, "outage-wait-init") == 0


class AwayService:
    """A signing service that is out of reach while `away`, and then refuses every passphrase."""

    away = True

    def status(self, official_nik: str) -> str:
        if self.away:
            raise DeviceFault(FaultCode.ESIGN_UNREACHABLE, "no answer")
        return "ISSUE"

    def sign(self, request: object, passphrase: str) -> object:
        raise DeviceFault(FaultCode.ESIGN_AUTH_FAILED, "2031")


def test_a_service_that_stays_away_longer_than_a_passphrase_lives_is_still_an_outage(counter: Counter) -> None:
    service = AwayService()
    counter.offices = replace(counter.offices, signer=service)  # type: ignore[arg-type]
    case = counter.validated()
    counter.do("sign", Role.KADIS, case, passphrase="kuda-terbang")
    counter.run("esign")
    before = step(counter, case, 6).elapsed_s
    for _ in range(3):
        go(counter, 400)
        counter.run("esign")
    job = counter.job(f"sign:{case}")
    assert (job.state, job.fault) == ("hold", "esign.away_too_long")
    go(counter, 3600)
    during = step(counter, case, 6)
    assert during.elapsed_s == pytest.approx(before, abs=1), "nobody can sign while the service is away"
    assert during.waiting_s["gangguan"] == pytest.approx(4800, abs=3)


def test_the_service_heard_by_another_case_ends_the_outage_of_all(counter: Counter) -> None:
    service = AwayService()
    counter.offices = replace(counter.offices, signer=service)  # type: ignore[arg-type]
    case, other = counter.validated(), counter.validated(changed("residents", 0, "full_name", to="BUDI SANTOSO"))
    counter.do("sign", Role.KADIS, case, passphrase="kuda-terbang")
    for _ in range(3):
        counter.run("esign")
        go(counter, 400)
    assert counter.job(f"sign:{case}").fault == "esign.away_too_long"
    waited = step(counter, case, 6).waiting_s["gangguan"]
    service.away = False
    counter.do("sign", Role.KADIS, other, passphrase="kuda-terbang")
    counter.run("esign")
    assert counter.job(f"sign:{other}").fault == "esign.wrong_passphrase"
    go(counter, 90)
    assert step(counter, case, 6).waiting_s["gangguan"] == pytest.approx(waited, abs=2)
