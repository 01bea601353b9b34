"""The clock set back a year and forward a day, running and across restarts: said, written down, waited out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from books import CLERK, Hours, new_case, open_books
from running import PATIENCE, books, installed, person, until, words

from appliance.casework.roles import Role
from appliance.diagnostics import board
from appliance.diagnostics.timekeeping import BELIEVED, Timekeeper, Word
from appliance.faults import DeviceFault, FaultCode
from appliance.issuance.timing import await_time
from appliance.queue import jobs
from appliance.queue.jobs import Job
from appliance.queue.worker import Result, work_one
from appliance.records import accounts, audit, notes
from appliance.records.store import Store
from hw_sim.demo.appliance import Appliance

DAY, YEAR = 86_400, 365 * 86_400
BEHIND, JUMPED = FaultCode.CLOCK_BEHIND, FaultCode.CLOCK_JUMPED


@dataclass
class Machine:
    """A machine whose wall clock, time since switching on, boots and network time the test decides."""

    store: Store
    wall: Hours
    passed: int = 1_000_000
    boots: int = 1
    network: bool = False
    keeper: Timekeeper = field(init=False)

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """The processes start again."""
        self.keeper = self.another(keeper=True)

    def another(self, keeper: bool = False) -> Timekeeper:
        return Timekeeper(
            self.store, self.wall, keeper, lambda: self.passed, f"boot-{self.boots}", lambda now: self.network
        )

    def live(self, seconds: int) -> None:
        """Time passes for everybody."""
        self.wall.go(seconds)
        self.passed += seconds * 1000

    def work(self) -> None:
        with self.store.write() as tx:
            audit.record(tx, "test-write-complete", CLERK)

    def reboot(self, seconds: int = 60) -> None:
        self.live(seconds)
        self.boots += 1
        self.passed = 5_000
        self.restart()

    def events(self) -> list[str]:
        with self.store.read() as tx:
            return [str(one["event"]) for one in audit.entries(tx) if str(one["event"]).startswith("clock")]


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    wall = Hours()
    store = open_books(tmp_path, wall)
    machine = Machine(store, wall)
    machine.work()
    assert machine.keeper.look() == Word()
    yield machine
    store.close()


def test_a_clock_that_goes_on_with_time_is_believed_also_across_restarts(machine: Machine) -> None:
    for _ in range(5):
        machine.live(3600)
        machine.work()
        assert machine.keeper.look() == Word()
        machine.reboot()
    assert machine.events() == []


@pytest.mark.parametrize("across", ["running", "restart", "reboot"])
@pytest.mark.parametrize(("step", "code"), [(-YEAR, BEHIND), (DAY, JUMPED)], ids=["a year back", "a day forward"])
def test_a_step_is_met_said_once_and_over_when_the_clock_is_right(
    machine: Machine, step: int, code: FaultCode, across: str
) -> None:
    machine.wall.go(step)
    if across == "restart":
        machine.restart()
    elif across == "reboot":
        machine.reboot()
    if (across, code) == ("reboot", JUMPED):
        assert machine.keeper.look() == Word(), "no reference outlives the power: a day off looks just so"
        return
    for _ in range(3):
        machine.live(10)
        word = machine.keeper.look()
        assert word.code is code and abs(word.seconds - abs(step)) <= 120
        assert machine.another().look() == word, "the other processes find the same"
    machine.work()
    assert machine.keeper.look().code is code, "what is written meanwhile does not make it true"
    machine.wall.go(-step)
    assert machine.keeper.look() == Word()
    assert machine.another().look() == Word()
    assert machine.events() == ["clock-doubt-init", "clock-doubt-complete"]
    machine.live(60)
    machine.restart()
    assert machine.keeper.look() == Word(), "entries of the wrong time do not hold up the right one"


def test_a_jump_that_nobody_settled_is_not_forgotten_with_the_power(machine: Machine) -> None:
    machine.wall.go(DAY)
    assert machine.keeper.look().code is JUMPED
    machine.reboot()
    assert machine.keeper.look().code is JUMPED
    with machine.store.write() as tx:
        audit.record(tx, "clock-confirm-complete", CLERK)
    assert machine.keeper.look() == Word()


@pytest.mark.parametrize("step", [-YEAR, DAY])
def test_a_technician_says_that_it_is_right_now(machine: Machine, step: int) -> None:
    machine.wall.go(step)
    assert machine.keeper.look().code is not None
    with machine.store.write() as tx:
        audit.record(tx, "clock-confirm-complete", CLERK)
    assert machine.keeper.look() == Word()
    assert machine.another().look() == Word()
    machine.reboot()
    assert machine.keeper.look() == Word()


@pytest.mark.parametrize("step", [-YEAR, DAY])
def test_the_networks_time_is_believed(machine: Machine, step: int) -> None:
    """A board without a battery clock wakes in the past and is put right by a great step."""
    machine.network = True
    machine.wall.go(step)
    assert machine.keeper.look() == Word()
    machine.network = False
    assert machine.keeper.look() == Word()
    assert machine.another().look() == Word()


def test_small_corrections_are_no_step(machine: Machine) -> None:
    for seconds in (60, -60, 90, -90):
        machine.wall.go(seconds)
        assert machine.keeper.look() == Word()
    for _ in range(600):  # a slow clock, corrected by a second an hour, for weeks
        machine.live(3600)
        machine.wall.go(1)
        machine.work()
        assert machine.keeper.look() == Word()


def test_what_is_dated_waits_and_goes_on_by_itself(machine: Machine) -> None:
    store = machine.store
    with store.write() as tx:
        jobs.put(tx, "esign", "sign", "sign:1", case_id=new_case(tx))
    signed: list[int] = []

    def sign(job: Job) -> Result:
        await_time(store, machine.keeper.trouble, job)
        signed.append(machine.wall())
        return lambda tx: None

    machine.wall.go(-YEAR)
    for _ in range(3):
        machine.live(5)
        assert work_one(store, "esign", "test", {"sign": sign})
    with store.read() as tx:
        job = jobs.by_key(tx, "sign:1")
        assert job is not None and (job.state, job.fault, job.attempts) == ("ready", BEHIND.value, 0)
        assert len(audit.newest(tx, "job-fault", 10)) == 1, "said once"
    machine.wall.go(YEAR)
    machine.live(5)
    assert work_one(store, "esign", "test", {"sign": sign})
    assert len(signed) == 1


@pytest.mark.parametrize("step", [-YEAR, DAY])
def test_a_job_that_waits_is_due_whatever_the_clock_does(tmp_path: Path, step: int) -> None:
    hours = Hours()
    store = open_books(tmp_path, hours)

    def refused(job: Job) -> Result:
        raise DeviceFault(FaultCode.SIAK_UNREACHABLE)

    with store.write() as tx:
        jobs.put(tx, "siak", "enter", "enter:1")
    assert work_one(store, "siak", "test", {"enter": refused})
    hours.go(step)
    hours.go(5)
    assert jobs.due_in(store, ("siak",))["siak"] <= 0
    assert work_one(store, "siak", "test", {"enter": lambda job: lambda tx: None}), "not in a year"
    with store.read() as tx:
        job = jobs.by_key(tx, "enter:1")
        assert job is not None and job.state == "done"
    store.close()


def test_neither_a_lock_nor_a_session_outlives_its_time_by_a_year(tmp_path: Path) -> None:
    hours = Hours()
    store = open_books(tmp_path, hours)
    accounts.add(store, "kasi", "Kasi", Role.KASI, "314159", CLERK)
    token = accounts.sign_in(store, "kasi", "314159", "loket")[1]
    assert accounts.who(store, token) is not None
    hours.go(-YEAR)
    assert accounts.who(store, token) is None, "a session of the future is none"
    hours.go(YEAR + DAY)
    assert accounts.who(store, token) is None
    for _ in range(accounts.TRIES):
        with pytest.raises(accounts.SignInFailed):
            accounts.sign_in(store, "kasi", "000000", "loket")
    with pytest.raises(accounts.SignInFailed):
        accounts.sign_in(store, "kasi", "314159", "loket")
    hours.go(-YEAR)
    assert accounts.sign_in(store, "kasi", "314159", "loket"), "locked for a minute, not for a year"
    store.close()


def test_a_reading_from_the_future_is_not_shown_as_fresh() -> None:
    hours = Hours()
    one = board.DeviceReading("camera", "ok", asked=hours.now)
    assert board.fresh(one, hours.now).level == "ok"
    assert board.fresh(one, hours.now - YEAR * 1000).level == "unknown"
    assert board.fresh(one, hours.now + DAY * 1000).level == "unknown"


# The running appliance under a wall clock of its own


@dataclass
class Wall:
    """The wall clock of everything `siaga` starts: the real one and a step (libfaketime); time itself goes on."""

    stamp: Path

    def step(self, text: str) -> None:
        fresh = self.stamp.with_suffix(".new")
        fresh.write_text(f"{text}\n")
        fresh.replace(self.stamp)


@pytest.fixture
def wall(tmp_path: Path) -> Wall:
    wall = Wall(tmp_path / "stamp")
    wall.step("+0")
    return wall


@pytest.fixture
def appliance(tmp_path: Path, wall: Wall) -> Iterator[Appliance]:
    appliance = installed(tmp_path / "appliance")
    (library,) = Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")
    told = {
        "LD_PRELOAD": str(library),
        "FAKETIME_TIMESTAMP_FILE": str(wall.stamp),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "DONT_FAKE_MONOTONIC": "1",
        "NO_FAKE_STAT": "1",
    }
    wrapper = tmp_path / "siaga-with-a-wall-clock"
    exports = "".join(f"export {name}={value}\n" for name, value in told.items())
    wrapper.write_text(f'#!/bin/sh\n{exports}exec {appliance.command} "$@"\n')
    wrapper.chmod(0o755)
    appliance.command = wrapper
    yield appliance
    appliance.kill()


@pytest.mark.daemons
@pytest.mark.parametrize(
    ("step", "sentence", "code"),
    [("-365d", "Jam mesin mundur", BEHIND), ("+1d", "Jam mesin melompat maju", JUMPED)],
    ids=["a year back", "a day forward"],
)
def test_the_appliance_says_it_survives_it_and_goes_on(
    appliance: Appliance, wall: Wall, step: str, sentence: str, code: FaultCode
) -> None:
    appliance.start()
    technician = person(appliance, Role.TEKNISI)

    def said() -> str:
        technician.get("/teknisi/")
        return json.dumps(technician.json("/teknisi/keadaan.json"))

    def steps() -> int:
        store = books(appliance)
        with store.read() as tx:
            found = len(audit.newest(tx, "clock-doubt-init", 10))
            assert audit.verify(tx)[1] is None
        store.close()
        return found

    assert code.value not in said()
    until(lambda: (appliance.directory / "data" / "run" / "syncd.wake").exists(), "syncd at work")
    until(lambda: reference(appliance), "the clock's own reference")
    wall.step(step)
    until(lambda: code.value in said(), "the technician's page")
    assert sentence in words(person(appliance, Role.KASI), "/petugas/")
    until(lambda: steps() == 1, "the step in the audit log")

    appliance.kill()
    appliance.start()
    assert code.value in said(), "a restart does not make it right"
    assert steps() == 1
    technician.get("/teknisi/")
    technician.submit("confirm_clock")
    until(lambda: code.value not in said(), "the technician's word")
    until(lambda: reference(appliance), "the clock's reference since")
    wall.step("+0")
    back = BEHIND if code is JUMPED else JUMPED
    until(lambda: back.value in said(), "the step back, which nobody has confirmed", PATIENCE)
    assert "Traceback" not in appliance.log.read_text()


def reference(appliance: Appliance) -> bool:
    """Whether the appliance has written down by what it judges the clock, since it was last believed."""
    store = books(appliance)
    with store.read() as tx:
        newest, note = audit.newest_of(tx, BELIEVED, 0), json.loads(notes.get(tx, "clock") or "{}")
    store.close()
    return bool(note) and note["base"] == (newest["sequence"] if newest else 0)
