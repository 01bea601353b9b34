"""A piece of a case's work in one hand: how long, who may have it next, and what the audit log says of that."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from books import Hours, new_case, open_books

from appliance.casework.roles import Actor, Role
from appliance.casework.sop import NotAllowed
from appliance.records import audit, leases
from appliance.records.store import Store, Transaction

WORK = "recording:0"
FIRST, SECOND = (Actor(f"id-{name}", name, Role.PEREKAM, "van-1") for name in ("fajar", "wahyu"))


@pytest.fixture
def clock() -> Hours:
    return Hours()


@pytest.fixture
def store(tmp_path: Path, clock: Hours) -> Iterator[Store]:
    found = open_books(tmp_path, clock)
    yield found
    found.close()


@pytest.fixture
def case(store: Store) -> str:
    with store.write() as tx:
        return new_case(tx)


def taken_over(tx: Transaction) -> list[dict[str, Any]]:
    return [json.loads(str(line["facts"])) for line in audit.newest(tx, leases.TAKEN_OVER, 10)]


def test_it_lasts_to_its_last_millisecond_and_no_longer(store: Store, case: str, clock: Hours) -> None:
    with store.write() as tx:
        leases.hold(tx, case, WORK, FIRST)
    clock.now += leases.LEASE_MS - 1
    with store.write() as tx:
        assert leases.held(tx, case, WORK, FIRST)
        with pytest.raises(NotAllowed, match="Petugas lain sedang mengerjakan"):
            leases.hold(tx, case, WORK, SECOND)
        assert taken_over(tx) == []
    clock.now += 1
    with store.write() as tx:
        assert not leases.held(tx, case, WORK, FIRST) and leases.of_case(tx, case) == []
        leases.hold(tx, case, WORK, SECOND)
        assert leases.held(tx, case, WORK, SECOND)
        assert taken_over(tx) == [{"held_by": FIRST.id, "work": WORK}], "who comes after one that ran out is told of"


def test_a_recording_stays_with_who_began_it_when_his_session_ends(store: Store, case: str) -> None:
    with store.write() as tx:
        leases.hold(tx, case, WORK, FIRST)
        leases.hold(tx, case, leases.CASE, FIRST)
        leases.leave_all(tx, FIRST.id)
        assert [one.work for one in leases.of_case(tx, case)] == [WORK]


def test_a_recording_taken_over_makes_no_form_of_the_case_late(store: Store, case: str, clock: Hours) -> None:
    with store.write() as tx:
        leases.hold(tx, case, WORK, FIRST)
    shown = clock()
    clock.now += leases.LEASE_MS
    with store.write() as tx:
        leases.hold(tx, case, WORK, SECOND)
    with store.write() as tx, leases.alone(tx, case, FIRST, shown):
        assert taken_over(tx), "of the recording, not of the case"
