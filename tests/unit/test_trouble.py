"""Work that does not go on: turns by urgency, leases that are lost, and the one thing that helps for every fault."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from books import Hours, open_books
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.app import deviced, syncd
from appliance.casework.roles import SYSTEM
from appliance.faults import FAULTS, DeviceFault, FaultCode, Item, Retry
from appliance.faults import Actor as Who
from appliance.queue import jobs
from appliance.queue.jobs import OVERTAKEN_MOST, Job, LeaseLost
from appliance.queue.kinds import KINDS, Kind, Urgency, kind_of
from appliance.queue.trouble import (
    PASSPHRASE_FAULTS,
    Help,
    Trouble,
    Why,
    all_troubles,
    may_give_up,
    may_retry,
    trouble_of,
)
from appliance.queue.worker import NotYet, Result, work_one
from appliance.records import audit
from appliance.records.store import Store

NOBODY: frozenset[str] = frozenset()


@pytest.fixture
def hours() -> Hours:
    return Hours()


@pytest.fixture
def store(tmp_path: Path, hours: Hours) -> Iterator[Store]:
    store = open_books(tmp_path, hours)
    yield store
    store.close()


def put(store: Store, kind: str, key: str, lane: str = "encoder", **more: object) -> None:
    with store.write() as tx:
        jobs.put(tx, lane, kind, key, **more)  # type: ignore[arg-type]


def take(store: Store, lane: str = "encoder") -> Job:
    job = jobs.claim(store, lane, "me")
    assert job is not None
    return job


def done(store: Store, job: Job) -> None:
    with store.write() as tx:
        jobs.finish(tx, job)


def look(store: Store, key: str) -> Job:
    with store.read() as tx:
        job = jobs.by_key(tx, key)
    assert job is not None
    return job


def only(store: Store) -> Trouble:
    with store.read() as tx:
        (found,) = all_troubles(tx)
    return found


def held(store: Store, fault: str, kind: str = "print-kk", lane: str = "document_printer") -> Trouble:
    put(store, kind, "held", lane=lane, case_id="c")
    with store.write() as tx:
        jobs.hold(tx, look(store, "held"), fault, "raw")
    return only(store)


# Turns


def test_every_kind_that_a_lane_works_is_in_the_table_and_no_other() -> None:
    steps = {kind for lanes in (deviced.STEPS, syncd.STEPS) for kinds in lanes.values() for kind in kinds}
    assert steps == set(KINDS)


def test_a_handover_goes_before_the_cards_of_a_batch(store: Store, hours: Hours) -> None:
    for number in range(6):
        put(store, "encode", f"card-{number}")
        hours.go(1)
    put(store, "read-fingers", "handover")
    assert take(store).key == "handover"


def test_a_lost_card_is_revoked_before_the_next_is_ordered_also_after_a_power_cut(store: Store, hours: Hours) -> None:
    put(store, "void", "revoke", lane="centre")
    hours.go(1)
    put(store, "personalise", "order", lane="centre")
    assert take(store, "centre").key == "revoke"
    jobs.release_leases(store, ("centre",))
    assert [take(store, "centre").key for _ in range(2)] == ["revoke", "order"]


def test_a_priority_that_is_named_holds_against_the_kind(store: Store) -> None:
    put(store, "encode", "single")
    put(store, "encode", "batch", priority=0)
    put(store, "encode", "urgent", priority=2)
    assert [take(store).key for _ in range(3)] == ["urgent", "single", "batch"]


def test_no_job_starves_however_many_come_before_it(store: Store, hours: Hours) -> None:
    put(store, "report-card", "low", lane="centre")
    hours.go(1)
    taken = []
    for number in range(3 * OVERTAKEN_MOST):
        put(store, "search", f"urgent-{number}", lane="centre")
        hours.go(1)
        job = take(store, "centre")
        done(store, job)
        taken.append(job.key)
    assert taken.index("low") == OVERTAKEN_MOST


def test_a_job_that_came_later_is_not_overtaken(store: Store, hours: Hours) -> None:
    put(store, "search", "first", lane="centre")
    hours.go(1)
    put(store, "void", "later", lane="centre")
    take(store, "centre")
    assert look(store, "later").overtaken == 0


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2), st.booleans()), min_size=1, max_size=40))
def test_in_any_crowd_each_urgency_keeps_its_order_and_waits_a_bounded_time(
    tmp_path_factory: pytest.TempPathFactory, crowd: list[tuple[int, bool]]
) -> None:
    hours = Hours()
    store = open_books(tmp_path_factory.mktemp("crowd"), hours)
    arrived: list[str] = []
    taken: list[str] = []

    def work() -> None:
        job = jobs.claim(store, "centre", "me")
        if job is not None:
            taken.append(job.key)
            done(store, job)

    for number, (urgency, worked) in enumerate(crowd):
        key = f"{urgency}:{number}"
        arrived.append(key)
        put(store, "any", key, lane="centre", priority=urgency)
        hours.go(0.001)
        if worked:
            work()
    while len(taken) < len(arrived):
        work()
    store.close()
    assert sorted(taken) == sorted(arrived)
    for urgency in "012":
        mine = [key for key in taken if key[0] == urgency]
        assert mine == sorted(mine, key=lambda key: int(key[2:]))
    for key in arrived:
        before = taken[: taken.index(key)]
        later = [one for one in before if int(one[2:]) > int(key[2:])]
        same = sum(1 for one in before if one[0] == key[0] and int(one[2:]) < int(key[2:]))
        assert len(later) <= (same + 1) * (OVERTAKEN_MOST + 1), "overtaken without bound"


# Leases


def test_who_lost_his_lease_hands_nothing_in(store: Store) -> None:
    put(store, "encode", "a")
    job = take(store)
    with store.write() as tx:
        jobs.revoke(tx, job)
    with pytest.raises(LeaseLost), store.write() as tx:
        audit.record(tx, "what-it-did", SYSTEM)
        jobs.finish(tx, job)
    with store.read() as tx:
        assert audit.newest(tx, "what-it-did", 1) == []
    assert look(store, "a").state == "ready"


@pytest.mark.parametrize("end", ["result", "fault", "early"])
def test_a_worker_who_wakes_up_late_changes_nothing(store: Store, end: str) -> None:
    put(store, "encode", "a")

    def slow(job: Job) -> Result:
        with store.write() as tx:
            jobs.revoke(tx, job)
        if end == "fault":
            raise DeviceFault(FaultCode.CARD_GONE)
        if end == "early":
            raise NotYet(1000)
        return lambda tx: audit.record(tx, "what-it-did", SYSTEM)

    assert work_one(store, "encoder", "old", {"encode": slow})
    job = look(store, "a")
    assert (job.state, job.fault, job.attempts) == ("ready", None, 1)
    with store.read() as tx:
        assert audit.newest(tx, "what-it-did", 1) == []
    done(store, take(store))


def test_a_job_that_was_given_up_keeps_its_cause_and_can_be_begun_anew(store: Store) -> None:
    held(store, "printer.media-jam")
    with store.write() as tx:
        jobs.give_up(tx, look(store, "held"), "printer dibawa teknisi")
    assert (look(store, "held").state, look(store, "held").detail) == ("dead", "printer dibawa teknisi")
    assert jobs.claim(store, "document_printer", "me") is None
    with store.read() as tx:
        assert all_troubles(tx) == []
    put(store, "print-kk", "held", lane="document_printer", case_id="c")
    again = take(store, "document_printer")
    assert (again.key, again.fault, again.since, again.detail) == ("held", None, None, "")


# What stands still


def test_a_held_job_stands_since_its_first_fault_also_over_tries_and_a_restart(
    tmp_path: Path, store: Store, hours: Hours
) -> None:
    put(store, "enter", "a", lane="siak")
    began = hours.now
    for _ in range(3):
        job = take(store, "siak")
        with store.write() as tx:
            jobs.retry(tx, job, 1000, DeviceFault(FaultCode.SIAK_UNREACHABLE))
        hours.go(30)
    found = only(store)
    assert (found.why, found.since, found.help) == (Why.RETRYING, began, Help.RETRY)
    store.close()
    again = open_books(tmp_path, hours)
    assert only(again).since == began
    job = take(again, "siak")
    done(again, job)
    with again.read() as tx:
        assert all_troubles(tx) == []
    again.close()


def test_a_job_tried_again_shortly_is_no_trouble_yet(store: Store) -> None:
    put(store, "enter", "a", lane="siak")
    job = take(store, "siak")
    with store.write() as tx:
        jobs.retry(tx, job, 1000, DeviceFault(FaultCode.SIAK_UNREACHABLE))
    with store.read() as tx:
        assert all_troubles(tx) == []


def test_a_lease_without_progress_is_trouble_after_the_time_of_its_kind(store: Store, hours: Hours) -> None:
    put(store, "encode", "a")
    job = take(store)
    quiet = kind_of("encode").quiet_s
    hours.go(quiet - 1)
    jobs.progress(store, job, 8, 320)
    hours.go(quiet - 1)
    with store.read() as tx:
        assert all_troubles(tx) == [], "it made progress"
    hours.go(2)
    found = only(store)
    assert (found.why, found.item, found.actor) == (Why.SILENT, Item.UNKNOWN, Who.TECHNICIAN)
    assert (found.help, found.technician) == (Help.CALL, Help.RESTART)
    with store.write() as tx:
        jobs.call(tx, found.job)
    assert (only(store).help, only(store).job.called_at) == (Help.WAIT, hours.now)


def test_work_that_nobody_takes_is_trouble_unless_its_worker_is_busy(store: Store, hours: Hours) -> None:
    put(store, "encode", "busy")
    take(store)
    put(store, "encode", "waits")
    put(store, "enter", "unserved", lane="siak")
    hours.go(61)
    found = only(store)
    assert (found.job.key, found.why, found.since) == ("unserved", Why.UNSERVED, found.job.run_after)


def test_a_question_is_answered_and_nothing_else_helps(store: Store) -> None:
    found = held(store, "sheet-print-unknown")
    assert (found.why, found.help, found.technician) == (Why.ASKED, Help.ANSWER, Help.WAIT)
    assert not may_give_up(found.job)


@pytest.mark.parametrize("code", FaultCode)
@pytest.mark.parametrize("kind", ["encode", "print-kk", "void"])
def test_every_fault_has_one_thing_that_helps(code: FaultCode, kind: str) -> None:
    row = FAULTS[code]
    job = Job("i", "k", "lane", kind, "c", 0, {}, "hold", 0, 1, str(code), "", 0, 0, 5, 9, since=7)
    found = trouble_of(job, 1000, NOBODY)
    assert found is not None
    assert (found.why, found.since, found.item, found.actor) == (Why.HELD, 7, row.item, row.actor)
    if row.retry is Retry.NEVER:
        assert found.help not in {Help.RETRY, Help.CARD_BACK}, "the queue invents a retry"
        assert (found.technician is Help.REPAIRED) == (row.item is Item.UNTOUCHED)
    else:
        expected = {Help.RETRY, Help.CARD_BACK} if row.actor is not Who.TECHNICIAN else {Help.CALL, Help.SPOIL}
        if code in PASSPHRASE_FAULTS:
            expected = {Help.PASSPHRASE}
        assert found.help in expected
    if row.item is Item.SPOILED and kind == "encode":
        assert found.help is Help.SPOIL
    if found.help is Help.GIVE_UP:
        assert may_give_up(job)
    assert found.help is not Help.WAIT, "somebody must be able to do something"


def test_after_the_call_the_desk_may_try_where_policy_allows() -> None:
    called = Job("i", "k", "encoder", "encode", "c", 0, {}, "hold", 0, 1, "chip_encoder.unreachable", "", 0, 0, 5, 9)
    first = trouble_of(called, 10, NOBODY)
    assert first is not None and first.help is Help.CALL
    after = trouble_of(Job(**{**values(called), "called_at": 9}), 10, NOBODY)
    assert after is not None and after.help is Help.RETRY


def values(job: Job) -> dict[str, object]:
    return {name: getattr(job, name) for name in Job.__slots__}  # type: ignore[attr-defined]


def test_only_the_technician_repairs_what_may_never_be_tried_again() -> None:
    for code, row in FAULTS.items():
        if row.retry is Retry.NEVER:
            assert not may_retry(code, technician=False)
            assert may_retry(code, technician=True) == (row.item is Item.UNTOUCHED)
        else:
            assert may_retry(code, technician=False)


def test_the_urgent_kinds_are_those_with_a_resident_before_the_machine() -> None:
    waiting = {name for name, kind in KINDS.items() if kind.urgency is Urgency.RESIDENT}
    assert {"read-fingers", "capture", "receipt"} <= waiting
    assert not waiting & {"encode", "print-card", "report-card", "enrolment-state"}
    assert kind_of("unheard-of") == Kind(Urgency.DESK, 300)
