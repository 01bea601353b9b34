"""The worker: does what is due, follows each fault's own policy, and never does a thing twice by itself."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator

import pytest
from books import Hours, new_case, open_books
from postgres import Cluster
from sqlalchemy import text

from appliance.casework.roles import SYSTEM
from appliance.casework.sop import NotAllowed
from appliance.clock import Deadline
from appliance.faults import FAULTS, Category, DeviceFault, FaultCode, Retry
from appliance.issuance.rack import ABSENT, DeviceRack
from appliance.queue import jobs, worker
from appliance.queue.jobs import Job
from appliance.queue.worker import NeedsAnswer, NotYet, Result, work_lane, work_one
from appliance.records import audit
from appliance.records.blanks import LedgerError
from appliance.records.cases import Missing
from appliance.records.moves import ask, open_questions
from appliance.records.store import STORAGE_FAULTS, Store, Transaction

NOTE = text("INSERT INTO meta VALUES (:key, 'v')")


@pytest.fixture(scope="module")
def hours() -> Hours:
    return Hours()


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory, hours: Hours, server: Cluster | None) -> Iterator[Store]:
    store = open_books(tmp_path_factory.mktemp("books"), hours, server=server)
    yield store
    store.close()


_NUMBERS = itertools.count()


@pytest.fixture
def lane(store: Store) -> str:
    """A lane of a device of its own, so that tests share the books."""
    return f"device-{next(_NUMBERS)}"


def put(store: Store, lane: str, key: str = "job") -> str:
    with store.write() as tx:
        jobs.put(tx, lane, "act", f"{lane}:{key}")
    return f"{lane}:{key}"


def look(store: Store, key: str) -> Job:
    with store.read() as tx:
        job = jobs.by_key(tx, key)
    assert job is not None
    return job


def audited(store: Store, event: str) -> int:
    with store.read() as tx:
        return len(audit.newest(tx, event, 10_000))


def fails(fault: BaseException) -> Callable[[Job], Result]:
    def handler(job: Job) -> Result:
        raise fault

    return handler


def note(key: str) -> Result:
    return lambda tx: tx.sql.execute(NOTE, {"key": key}) and None


def notes(store: Store, prefix: str) -> list[str]:
    with store.read() as tx:
        found = tx.sql.execute(text("SELECT key FROM meta WHERE key LIKE :p ORDER BY key"), {"p": f"{prefix}%"})
        return list(found.scalars())


def do(store: Store, lane: str, handler: Callable[[Job], Result]) -> bool:
    return work_one(store, lane, "me", {"act": handler})


def test_without_work_there_is_nothing_to_do(store: Store, lane: str) -> None:
    assert do(store, lane, fails(AssertionError())) is False


def test_a_result_is_committed_together_with_the_end_of_its_job(store: Store, lane: str) -> None:
    key = put(store, lane)
    seen = []

    def handler(job: Job) -> Result:
        seen.append(look(store, key).state)
        return note(lane)

    assert do(store, lane, handler) is True
    assert (seen, look(store, key).state, notes(store, lane)) == (["leased"], "done", [lane])
    assert do(store, lane, handler) is False


def test_a_result_that_breaks_leaves_the_job_leased_for_the_next_start(store: Store, lane: str) -> None:
    key = put(store, lane)

    def result(tx: Transaction) -> None:
        note(lane)(tx)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        do(store, lane, lambda job: result)
    assert (look(store, key).state, notes(store, lane)) == ("leased", [])
    assert do(store, lane, lambda job: note(lane)) is False
    jobs.release_leases(store, [lane])
    assert do(store, lane, lambda job: note(lane)) is True
    assert notes(store, lane) == [lane]


def test_what_is_no_fault_is_a_bug_and_ends_the_worker(store: Store, lane: str) -> None:
    put(store, lane)
    with pytest.raises(TypeError):
        do(store, lane, fails(TypeError()))


DEVICE_FAULTS = sorted(set(FAULTS) - STORAGE_FAULTS)
"""Of a fault of the disk nothing can be written down: tests/power/test_disk.py."""


@pytest.mark.parametrize("code", DEVICE_FAULTS)
def test_each_fault_of_a_device_follows_its_own_row(store: Store, lane: str, hours: Hours, code: FaultCode) -> None:
    key = put(store, lane)
    tries = 0

    def handler(job: Job) -> Result:
        nonlocal tries
        tries += 1
        raise DeviceFault(code, "state 7")

    assert do(store, lane, handler)
    assert look(store, key).fault == code
    assert look(store, key).detail == "state 7"
    if FAULTS[code].retry is Retry.AUTO_ONCE:
        assert look(store, key).state == "ready"
        assert do(store, lane, handler) is False, "at once is too soon"
        hours.go(worker.AUTO_RETRY_MS / 1000)
        assert do(store, lane, handler)
    assert look(store, key).state == "hold"
    hours.go(3600)
    assert do(store, lane, handler) is False
    assert tries == (2 if FAULTS[code].retry is Retry.AUTO_ONCE else 1)
    with store.read() as tx:
        told = [entry for entry in audit.newest(tx, "job-fault", tries) if str(code) in str(entry["facts"])]
    assert len(told) == tries


def test_a_fault_repaired_by_hand_gets_its_automatic_retry_anew(store: Store, lane: str, hours: Hours) -> None:
    key = put(store, lane)
    for _ in range(2):
        do(store, lane, fails(DeviceFault(FaultCode.CAMERA_FROZEN)))
        hours.go(1)
    assert look(store, key).state == "hold"
    with store.write() as tx:
        jobs.release(tx, key)
    do(store, lane, fails(DeviceFault(FaultCode.CAMERA_FROZEN)))
    assert look(store, key).state == "ready"


AUTO_LINKS = [c for c, r in FAULTS.items() if r.category is Category.LINK and r.retry is Retry.AUTO_ONCE]


@pytest.mark.parametrize(
    "code", [FaultCode.SIAK_UNREACHABLE, FaultCode.CENTRE_UNREACHABLE, FaultCode.ESIGN_UNREACHABLE]
)
def test_an_office_out_of_reach_is_tried_again_ever_more_seldom(store: Store, hours: Hours, code: FaultCode) -> None:
    assert code in AUTO_LINKS
    with store.write() as tx:
        jobs.put(tx, "siak", "act", f"far:{code}")
    pauses = []
    for _ in range(9):
        assert do(store, "siak", fails(DeviceFault(code)))
        job = look(store, f"far:{code}")
        assert (job.state, job.fault) == ("ready", code)
        pauses.append(job.run_after - hours.now)
        hours.go(pauses[-1] / 1000)
    assert pauses == [2000, 4000, 8000, 16000, 32000, 60000, 60000, 60000, 60000]
    assert do(store, "siak", lambda job: note(f"far-{code}"))
    assert look(store, f"far:{code}").fault is None


def test_a_refusal_of_an_office_waits_for_a_person(store: Store) -> None:
    with store.write() as tx:
        jobs.put(tx, "siak", "act", "refused")
    assert do(store, "siak", fails(DeviceFault(FaultCode.SIAK_REFUSED)))
    assert look(store, "refused").state == "hold"


def test_what_is_only_early_comes_again_without_counting(store: Store, lane: str, hours: Hours) -> None:
    key = put(store, lane)
    for _ in range(5):
        assert do(store, lane, fails(NotYet(1500)))
        assert (look(store, key).attempts, look(store, key).fault) == (0, None)
        assert do(store, lane, fails(NotYet(1500))) is False
        hours.go(1.5)
    assert do(store, lane, lambda job: note(lane))
    assert look(store, key).state == "done"


def test_what_is_waited_for_is_told_once_and_the_job_goes_on_by_itself(store: Store, lane: str, hours: Hours) -> None:
    key = put(store, lane)
    faults = audited(store, "job-fault")
    for _ in range(3):
        assert do(store, lane, fails(NotYet(1500, DeviceFault(FaultCode.POWER_LOW, "left 8 %"))))
        job = look(store, key)
        assert (job.state, job.attempts, job.fault, job.detail) == (
            "ready",
            0,
            "power_supply.low_battery",
            "left 8 %",
        )
        hours.go(1.5)
    assert audited(store, "job-fault") == faults + 1
    assert do(store, lane, lambda job: note(lane))
    assert (look(store, key).state, look(store, key).fault) == ("done", None)


@pytest.mark.parametrize("raised", [NotYet(5), NeedsAnswer("sign-unknown", lambda tx: None)])
def test_waiting_passes_through_a_device_in_use(store: Store, lane: str, raised: Exception) -> None:
    class Quiet:
        def open(self) -> None: ...

    rack = DeviceRack({"camera": Quiet()})  # type: ignore[dict-item]

    def handler(job: Job) -> Result:
        with rack.use("camera"):
            raise raised

    key = put(store, lane)
    assert do(store, lane, handler)
    assert look(store, key).state in {"ready", "hold"}


def test_what_needs_an_answer_is_held_with_its_question(store: Store, lane: str) -> None:
    key = put(store, lane)
    with store.write() as tx:
        case = new_case(tx)

    def put_question(tx: Transaction) -> None:
        ask(tx, case, 0, "card-print-unknown", f"{lane}:1", {"job": key})

    for _ in range(2):
        assert do(store, lane, fails(NeedsAnswer("card-print-unknown", put_question)))
        assert (look(store, key).state, look(store, key).fault) == ("hold", "card-print-unknown")
        assert do(store, lane, fails(AssertionError())) is False
        with store.write() as tx:
            (question,) = open_questions(tx, case)
            jobs.release(tx, key)
        assert (question["kind"], question["facts"]) == ("card-print-unknown", {"job": key})


@pytest.mark.parametrize(
    "passed_by", [NotAllowed("x"), LedgerError("x"), Missing("x")], ids=lambda e: type(e).__name__
)
@pytest.mark.parametrize("late", [False, True])
def test_a_job_that_people_have_overtaken_ends_quietly(
    store: Store, lane: str, passed_by: Exception, late: bool
) -> None:
    key = put(store, lane)

    def result(tx: Transaction) -> None:
        note(lane)(tx)
        raise passed_by

    assert do(store, lane, (lambda job: result) if late else fails(passed_by))
    assert (look(store, key).state, notes(store, lane)) == ("done", [])
    with store.read() as tx:
        (entry,) = audit.newest(tx, "job-overtaken", 1)
    assert type(passed_by).__name__ in str(entry["facts"])


def test_the_lane_works_off_what_is_there_tells_each_time_and_stops(store: Store, lane: str) -> None:
    for number in range(3):
        put(store, lane, str(number))
    wake, stop = threading.Event(), threading.Event()
    told: list[int] = []

    def tell() -> None:
        told.append(len(notes(store, lane)))
        if len(told) == 4:
            stop.set()

    def handler(job: Job) -> Result:
        return note(job.key)

    thread = threading.Thread(
        target=work_lane, args=(store, lane, {"act": handler}, wake, stop, tell), kwargs={"poll_s": 30.0}
    )
    thread.start()
    deadline = Deadline.after(5)
    while len(told) < 3 and not deadline.passed:
        pass
    put(store, lane, "3")
    wake.set()  # the pause of 30 s ends at once
    thread.join(5)
    assert not thread.is_alive()
    assert told == [1, 2, 3, 4]


@pytest.mark.parametrize("device", sorted(ABSENT))
def test_a_device_that_is_not_there_holds_its_job_and_the_rest_works_on(store: Store, lane: str, device: str) -> None:
    rack = DeviceRack({})

    def handler(job: Job) -> Result:
        with rack.use(device):
            raise AssertionError

    key = put(store, lane)
    other = put(store, f"{lane}-other")
    assert do(store, lane, handler)
    job = look(store, key)
    state = "ready" if FAULTS[ABSENT[device]].retry is Retry.AUTO_ONCE else "hold"
    assert (job.state, job.fault, job.detail) == (state, ABSENT[device], "not configured")
    assert do(store, f"{lane}-other", lambda job: note(lane))
    assert look(store, other).state == "done"
    rack.close()


def test_the_system_is_who_tells_of_faults(store: Store, lane: str) -> None:
    put(store, lane)
    do(store, lane, fails(DeviceFault(FaultCode.PAD_EMPTY)))
    with store.read() as tx:
        (entry,) = audit.newest(tx, "job-fault", 1)
        assert audit.verify(tx)[1] is None
    assert entry["actor"] == f"system:{SYSTEM.id}@{SYSTEM.device}"
