"""Durable jobs: put once, claimed in turn, held for people, never lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from books import Hours, open_books
from postgres import Cluster

from appliance.diagnostics.light import Load, load_of
from appliance.faults import DeviceFault, FaultCode
from appliance.queue import jobs
from appliance.queue.jobs import DEVICE_LANES, OFFICE_LANES, Job
from appliance.records.store import Store

LANE = "encoder"


@pytest.fixture
def hours() -> Hours:
    return Hours()


@pytest.fixture
def store(tmp_path: Path, hours: Hours, server: Cluster | None) -> Iterator[Store]:
    store = open_books(tmp_path, hours, server=server)
    yield store
    store.close()


def put(store: Store, key: str, lane: str = LANE, **more: object) -> None:
    with store.write() as tx:
        jobs.put(tx, lane, "work", key, **more)  # type: ignore[arg-type]


def claim(store: Store, lane: str = LANE) -> Job:
    job = jobs.claim(store, lane, "me")
    assert job is not None
    return job


def look(store: Store, key: str) -> Job:
    with store.read() as tx:
        job = jobs.by_key(tx, key)
    assert job is not None
    return job


def test_a_job_put_twice_is_one_job(store: Store) -> None:
    put(store, "a", case_id="c", position=3, blank="A1")
    put(store, "a", case_id="c", position=3, blank="A2")
    with store.read() as tx:
        (job,) = jobs.of_case(tx, "c")
    assert (job.state, job.position, job.payload, job.attempts) == ("ready", 3, {"blank": "A1"}, 0)


def test_a_job_under_way_or_done_is_not_put_again(store: Store) -> None:
    put(store, "a")
    job = claim(store)
    put(store, "a", n=2)
    assert look(store, "a").state == "leased"
    with store.write() as tx:
        jobs.finish(tx, job)
    put(store, "a", n=3)
    assert (look(store, "a").state, look(store, "a").payload) == ("done", {})
    assert jobs.claim(store, LANE, "me") is None


def test_a_held_job_put_again_is_ready_with_its_new_payload(store: Store) -> None:
    put(store, "a", n=1)
    with store.write() as tx:
        jobs.hold(tx, claimed_in(store), "printer.media-jam", "tray 1")
    put(store, "a", n=2)
    job = look(store, "a")
    assert (job.state, job.payload, job.attempts, job.fault) == ("ready", {"n": 2}, 0, None)


def claimed_in(store: Store) -> Job:
    with store.read() as tx:
        job = jobs.by_key(tx, "a")
    assert job is not None
    return job


def test_a_job_of_a_transaction_that_fails_was_never_put(store: Store) -> None:
    with pytest.raises(KeyError), store.write() as tx:
        jobs.put(tx, LANE, "work", "a")
        raise KeyError
    assert jobs.claim(store, LANE, "me") is None


def test_jobs_are_claimed_in_the_order_they_came_also_within_a_millisecond(store: Store, hours: Hours) -> None:
    put(store, "b")
    with store.write() as tx:
        for key in ("z", "a", "m"):
            jobs.put(tx, LANE, "work", key)
    hours.go(1)
    put(store, "0")
    assert [claim(store).key for _ in range(5)] == ["b", "z", "a", "m", "0"]
    assert jobs.claim(store, LANE, "me") is None


def test_each_lane_has_its_own_line(store: Store) -> None:
    put(store, "a", lane="camera")
    put(store, "b", lane="pad")
    assert claim(store, "pad").key == "b"
    assert jobs.claim(store, "pad", "me") is None
    assert claim(store, "camera").key == "a"


def test_lanes_are_of_devices_or_of_offices(store: Store) -> None:
    assert not set(DEVICE_LANES) & set(OFFICE_LANES)


def test_a_job_for_later_waits_and_lets_others_pass(store: Store, hours: Hours) -> None:
    put(store, "later", delay_ms=5000)
    hours.go(1)
    put(store, "now")
    assert claim(store).key == "now"
    assert jobs.claim(store, LANE, "me") is None
    hours.go(4)
    assert claim(store).key == "later"


def test_claiming_counts_attempts_and_mere_waiting_does_not(store: Store, hours: Hours) -> None:
    put(store, "a")
    job = claim(store)
    assert (job.state, job.attempts) == ("leased", 1)
    with store.write() as tx:
        jobs.retry(tx, job, 0)
    job = claim(store)
    assert (job.attempts, job.fault) == (1, None)
    with store.write() as tx:
        jobs.retry(tx, job, 2000, DeviceFault(FaultCode.SIAK_UNREACHABLE, "refused"))
    waiting = look(store, "a")
    assert (waiting.state, waiting.fault, waiting.detail) == ("ready", "siak.unreachable", "refused")
    assert jobs.claim(store, LANE, "me") is None
    hours.go(2)
    assert claim(store).attempts == 2


def test_a_held_job_waits_until_somebody_releases_it(store: Store) -> None:
    put(store, "a", n=1)
    job = claim(store)
    with store.write() as tx:
        jobs.hold(tx, job, "chip_encoder.card_absent", "x" * 1000)
    held = look(store, "a")
    assert (held.state, held.fault, len(held.detail)) == ("hold", "chip_encoder.card_absent", 300)
    assert jobs.claim(store, LANE, "me") is None
    with store.write() as tx:
        assert [one.key for one in jobs.held(tx)] == ["a"]
        jobs.release(tx, "a", more=True)
    job = claim(store)
    assert (job.payload, job.attempts) == ({"n": 1, "more": True}, 1)


def test_release_and_drop_touch_only_held_jobs(store: Store) -> None:
    put(store, "a")
    with store.write() as tx:
        jobs.release(tx, "a", more=True)
        jobs.drop(tx, "a")
        jobs.release(tx, "nobody")
        jobs.drop(tx, "nobody")
    assert (look(store, "a").state, look(store, "a").payload) == ("ready", {})
    job = claim(store)
    with store.write() as tx:
        jobs.drop(tx, "a")
    assert look(store, "a").state == "leased"
    with store.write() as tx:
        jobs.hold(tx, job, "f")
        jobs.drop(tx, "a")
    assert look(store, "a").state == "done"
    put(store, "a")
    assert look(store, "a").state == "done"


def test_after_a_death_its_leases_are_free_again_and_no_others(store: Store) -> None:
    for key, lane in (("a", "encoder"), ("b", "camera"), ("c", "esign"), ("d", "pad")):
        put(store, key, lane=lane)
    for lane in ("encoder", "camera", "esign"):
        claim(store, lane)
    jobs.release_leases(store, ("encoder", "camera", "pad"))
    states = {key: look(store, key).state for key in "abcd"}
    assert states == {"a": "ready", "b": "ready", "c": "leased", "d": "ready"}
    assert claim(store).attempts == 2


def test_progress_shows_how_far_a_job_is(store: Store) -> None:
    put(store, "a")
    jobs.progress(store, claim(store), 8, 320)
    assert (look(store, "a").done_steps, look(store, "a").done_of) == (8, 320)


def test_jobs_outlive_the_process(tmp_path: Path, hours: Hours) -> None:
    store = open_books(tmp_path / "x", hours)
    put(store, "a")
    put(store, "b")
    claim(store)
    store.close()
    again = open_books(tmp_path / "x", hours)
    assert (look(again, "a").state, look(again, "b").state) == ("leased", "ready")
    jobs.release_leases(again, [LANE])
    assert claim(again).key == "a"
    again.close()


def test_there_is_no_job_with_an_unknown_key(store: Store) -> None:
    with store.read() as tx:
        assert jobs.by_key(tx, "nobody") is None


def test_a_job_in_hand_is_work_and_a_held_one_waits_for_a_person(store: Store) -> None:
    assert load_of(store) == Load(working=False, waiting=False)
    with store.write() as tx:
        jobs.put(tx, "pad", "capture-signature", "light")
    job = jobs.claim(store, "pad", "me")
    assert job is not None and load_of(store) == Load(working=True, waiting=False)
    with store.write() as tx:
        jobs.hold(tx, job, "signature_pad.timeout")
    assert load_of(store) == Load(working=False, waiting=True)
