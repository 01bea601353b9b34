"""Durable jobs: put in the transaction that needs them, done by the one worker of their lane.

A lane is a device or an outside office. It belongs to one process, so that process at its start knows that every
lease of its lanes is dead.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, case, func, insert, or_, select, update

from appliance.faults import DeviceFault
from appliance.records import restoration
from appliance.records.schema import job as table
from appliance.records.store import Store, Transaction, canonical, new_id

DEVICE_LANES = ("encoder", "card_printer", "document_printer", "scanner", "camera", "pad", "render")
OFFICE_LANES = ("siak", "centre", "esign")


@dataclass(frozen=True, slots=True)
class Job:
    """One piece of work; `state` is ready, leased, done or hold, and `fault` says why it is held."""

    id: str
    key: str
    lane: str
    kind: str
    case_id: str | None
    position: int | None
    payload: Mapping[str, Any]
    state: str
    run_after: int
    attempts: int
    fault: str | None
    detail: str
    done_steps: int
    done_of: int
    created_at: int
    changed_at: int


def _job(row: Any) -> Job:
    values = dict(row._mapping)
    del values["owner"]
    return Job(**{**values, "payload": json.loads(values["payload"])})


def put(
    tx: Transaction,
    lane: str,
    kind: str,
    key: str,
    *,
    case_id: str | None = None,
    position: int | None = None,
    delay_ms: int = 0,
    **payload: object,
) -> None:
    """Add a job; the same key again makes a held job ready once more and leaves any other as it is."""
    old = tx.sql.execute(select(table).where(table.c.key == key)).first()
    if old is not None:
        if old.state == "hold":
            values = {"state": "ready", "attempts": 0, "fault": None, "payload": canonical(payload)}
            tx.sql.execute(update(table).where(table.c.key == key).values(**values, changed_at=tx.now))
        return
    row = {"id": new_id(), "key": key, "lane": lane, "kind": kind, "case_id": case_id, "position": position}
    times = {"run_after": tx.now + delay_ms, "created_at": tx.now, "changed_at": tx.now}
    tx.sql.execute(insert(table).values(**row, **times, payload=canonical(payload), state="ready"))


def claim(store: Store, lane: str, owner: str) -> Job | None:
    """Lease the oldest job of the lane that is due, or None; also None while restored books await their officer.

    A job that was written down in what is now the future is due: the clock was set back since.
    """
    ready = select(table).where(table.c.lane == lane, table.c.state == "ready")
    ready = ready.order_by(table.c.created_at, table.c.id).limit(1)
    with store.read() as tx:
        if tx.sql.execute(ready.where(_due(tx))).first() is None or restoration.awaited(tx) is not None:
            return None
    with store.write() as tx:
        row = tx.sql.execute(ready.where(_due(tx))).first()
        if row is None:
            return None
        values = {"state": "leased", "owner": owner, "attempts": row.attempts + 1, "changed_at": tx.now}
        tx.sql.execute(update(table).where(table.c.id == row.id).values(**values))
        return _job(tx.sql.execute(select(table).where(table.c.id == row.id)).one())


def _due(tx: Transaction) -> ColumnElement[bool]:
    return or_(table.c.run_after <= tx.now, table.c.changed_at > tx.now)


def due_in(store: Store, lanes: Iterable[str]) -> dict[str, int]:
    """Milliseconds until the next job of each of these lanes that has one is due; 0 or less is now."""
    ready = (table.c.state == "ready") & table.c.lane.in_(tuple(lanes))
    with store.read() as tx:
        at = case((_due(tx), 0), else_=table.c.run_after)
        query = select(table.c.lane, func.min(at)).where(ready).group_by(table.c.lane)
        return {lane: int(soonest) - tx.now for lane, soonest in tx.sql.execute(query)}


def finish(tx: Transaction, job: Job) -> None:
    """The job is done; committed with its result."""
    values = {"state": "done", "owner": None, "fault": None, "detail": "", "changed_at": tx.now}
    tx.sql.execute(update(table).where(table.c.id == job.id).values(**values))


def retry(tx: Transaction, job: Job, delay_ms: int, fault: DeviceFault | None = None, waiting: bool = False) -> None:
    """Do the job again after a delay, showing the fault meanwhile; mere waiting does not count as an attempt."""
    values: dict[str, object] = {
        "state": "ready",
        "owner": None,
        "run_after": tx.now + delay_ms,
        "changed_at": tx.now,
    }
    if fault is None or waiting:
        values |= {"attempts": job.attempts - 1, "fault": None, "detail": ""}
    if fault is not None:
        values |= {"fault": str(fault.code), "detail": fault.detail[:300]}
    tx.sql.execute(update(table).where(table.c.id == job.id).values(**values))


def hold(tx: Transaction, job: Job, fault: str, detail: str = "") -> None:
    """The job waits for a person; `fault` is a fault code or the kind of the question asked."""
    values = {"state": "hold", "owner": None, "fault": fault, "detail": detail[:300], "changed_at": tx.now}
    tx.sql.execute(update(table).where(table.c.id == job.id).values(**values))


def release(tx: Transaction, key: str, **payload: object) -> None:
    """Make a held job ready again, with additions to its payload."""
    row = tx.sql.execute(select(table).where(table.c.key == key, table.c.state == "hold")).first()
    if row is not None:
        merged = canonical({**json.loads(row.payload), **payload})
        values = {"state": "ready", "attempts": 0, "fault": None, "payload": merged, "run_after": tx.now}
        tx.sql.execute(update(table).where(table.c.id == row.id).values(**values, changed_at=tx.now))


def drop(tx: Transaction, key: str) -> None:
    """A held job is given up for good."""
    values = {"state": "done", "changed_at": tx.now}
    tx.sql.execute(update(table).where(table.c.key == key, table.c.state == "hold").values(**values))


def progress(store: Store, job: Job, done: int, of: int) -> None:
    """Show how far the job is."""
    with store.write() as tx:
        tx.sql.execute(update(table).where(table.c.id == job.id).values(done_steps=done, done_of=of))


def tell_nothing(store: Store, job: Job) -> None:
    """What the job waited for has come: the reason is no longer shown while it works."""
    with store.write() as tx:
        tx.sql.execute(update(table).where(table.c.id == job.id).values(fault=None, detail=""))


def release_leases(store: Store, lanes: Iterable[str]) -> None:
    """At the start of the process that owns these lanes: whatever was leased is ready again."""
    with store.write() as tx:
        query = update(table).where(table.c.lane.in_(tuple(lanes)), table.c.state == "leased")
        tx.sql.execute(query.values(state="ready", owner=None))


def of_case(tx: Transaction, case_id: str) -> list[Job]:
    """The jobs of a case, oldest first."""
    rows = tx.sql.execute(select(table).where(table.c.case_id == case_id).order_by(table.c.created_at, table.c.id))
    return [_job(row) for row in rows]


def held(tx: Transaction) -> list[Job]:
    """All jobs that wait for a person."""
    return [_job(row) for row in tx.sql.execute(select(table).where(table.c.state == "hold"))]


def any_leased(tx: Transaction, lanes: Iterable[str]) -> bool:
    """Whether a worker of these lanes has a job in hand."""
    query = select(table.c.id).where(table.c.lane.in_(tuple(lanes)), table.c.state == "leased").limit(1)
    return tx.sql.execute(query).first() is not None


def by_key(tx: Transaction, key: str) -> Job | None:
    """The job with this key, or None."""
    row = tx.sql.execute(select(table).where(table.c.key == key)).first()
    return None if row is None else _job(row)
