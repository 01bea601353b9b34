"""Durable jobs: put in the transaction that needs them, done by the one worker of their lane.

A lane is a device or an outside office. It belongs to one process, so that process at its start knows that every
lease of its lanes is dead. Within a lane the more urgent job goes first, and those of one urgency in the order in
which they came; one that was overtaken `OVERTAKEN_MOST` times goes before all others.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, case, func, insert, or_, select, update

from appliance.faults import DeviceFault
from appliance.queue.kinds import LANE_DEVICES, kind_of
from appliance.records import maintenance, restoration
from appliance.records.schema import job as table
from appliance.records.store import Store, Transaction, canonical, new_id

DEVICE_LANES = (
    "encoder", "card_printer", "document_printer", "scanner", "camera", "pad", "code_reader", "render", "trial",
    "receipt_printer",
)  # fmt: skip
OFFICE_LANES = ("siak", "centre", "esign")
OVERTAKEN_MOST = 4
"""A handover waits for one card at most, and a batch of cards never stands still for long."""
OPEN = ("ready", "leased", "hold")


class LeaseLost(Exception):
    """The job was taken from its worker meanwhile; nothing of what he hands in now may count."""


@dataclass(frozen=True, slots=True)
class Job:
    """One piece of work; `state` is ready, leased, done, hold, or dead: given up by a person, with `detail` why.

    `fault` says why it is held or tried again, `since` since when, `called_at` when the technician was called to it.
    """

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
    priority: int = 1
    overtaken: int = 0
    since: int | None = None
    called_at: int | None = None


_AS_NEW: dict[str, object] = {"state": "ready", "attempts": 0, "fault": None, "detail": "", "since": None}


def of_row(row: Any) -> Job:
    """A row of the table as the job it is."""
    values = dict(row._mapping)
    del values["owner"]
    return Job(**{**values, "payload": json.loads(values["payload"])})


OF_TECHNICIANS = "resume-queue"
"""The one kind of a device's lane that is no case's work."""


def put(
    tx: Transaction,
    lane: str,
    kind: str,
    key: str,
    *,
    case_id: str | None = None,
    position: int | None = None,
    delay_ms: int = 0,
    priority: int | None = None,
    **payload: object,
) -> None:
    """Add a job, urgent as its kind is unless `priority` (0 to 2) says otherwise.

    The same key again makes a job that is held or was given up ready once more and leaves any other as it is.
    """
    old = tx.sql.execute(select(table.c.state).where(table.c.key == key)).first()
    if old is not None:
        if old.state in {"hold", "dead"}:
            values = {**_AS_NEW, "called_at": None, "payload": canonical(payload), "run_after": tx.now}
            tx.sql.execute(update(table).where(table.c.key == key).values(**values, changed_at=tx.now))
        return
    urgency = int(kind_of(kind).urgency) if priority is None else priority
    row = {"id": new_id(), "key": key, "lane": lane, "kind": kind, "case_id": case_id, "position": position}
    row["priority"] = urgency
    times = {"run_after": tx.now + delay_ms, "created_at": tx.now, "changed_at": tx.now}
    tx.sql.execute(insert(table).values(**row, **times, payload=canonical(payload), state="ready"))


def claim(store: Store, lane: str, owner: str) -> Job | None:
    """Lease the job of the lane whose turn it is, or None; those it overtakes are told so.

    None also while restored books await their officer, and of a case's work on devices while a
    technician has the machine. A job that was written down in what is now the future is due:
    the clock was set back since.
    """
    ready = select(table).where(table.c.lane == lane, table.c.state == "ready")
    turn = (table.c.overtaken >= OVERTAKEN_MOST).desc(), table.c.priority.desc(), table.c.created_at, table.c.id
    with store.read() as tx:
        if tx.sql.execute(ready.where(_due(tx)).limit(1)).first() is None or restoration.awaited(tx) is not None:
            return None
        if lane in LANE_DEVICES and maintenance.now_in(tx) is not None:
            ready = ready.where(table.c.kind == OF_TECHNICIANS)
    with store.write() as tx:
        rows = tx.sql.execute(ready.where(_due(tx)).order_by(*turn).limit(2)).all()
        if not rows:
            return None
        row = rows[0]
        if len(rows) > 1:
            _overtake(tx, row)
        values = {"state": "leased", "owner": owner, "attempts": row.attempts + 1, "changed_at": tx.now}
        tx.sql.execute(update(table).where(table.c.id == row.id).values(**values))
        return replace(of_row(row), state="leased", attempts=row.attempts + 1, changed_at=tx.now)


def _overtake(tx: Transaction, taken: Any) -> None:
    """Count it for the first in turn of each lesser urgency, if it came before the job that is taken."""
    for urgency in range(taken.priority):
        waiting = select(table.c.id).where(
            table.c.lane == taken.lane,
            table.c.state == "ready",
            _due(tx),
            table.c.priority == urgency,
            table.c.created_at <= taken.created_at,
        )
        first = tx.sql.execute(waiting.order_by(table.c.created_at, table.c.id).limit(1)).scalar()
        if first is not None:
            tx.sql.execute(update(table).where(table.c.id == first).values(overtaken=table.c.overtaken + 1))


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
    """The job is done; committed with its result. Raises `LeaseLost` if it was taken from the worker meanwhile."""
    values = {"state": "done", "owner": None, "fault": None, "detail": "", "since": None, "called_at": None}
    mine = (table.c.id == job.id, table.c.state == "leased", table.c.attempts == job.attempts)
    if tx.sql.execute(update(table).where(*mine).values(**values, changed_at=tx.now)).rowcount != 1:
        raise LeaseLost(job.id)


def still_leased(tx: Transaction, job: Job) -> bool:
    """Whether the worker who claimed it still has this job."""
    mine = (table.c.id == job.id, table.c.state == "leased", table.c.attempts == job.attempts)
    return tx.sql.execute(select(table.c.id).where(*mine)).first() is not None


def retry(tx: Transaction, job: Job, delay_ms: int, fault: DeviceFault | None = None, waiting: bool = False) -> None:
    """Do the job again after a delay, showing the fault meanwhile; mere waiting does not count as an attempt."""
    values: dict[str, object] = {
        "state": "ready",
        "owner": None,
        "run_after": tx.now + delay_ms,
        "changed_at": tx.now,
    }
    if fault is None or waiting:
        values |= {"attempts": job.attempts - 1, "fault": None, "detail": "", "since": None}
    if fault is not None:
        values |= {"fault": str(fault.code), "detail": fault.detail[:300], "since": job.since or tx.now}
    tx.sql.execute(update(table).where(table.c.id == job.id).values(**values))


def hold(tx: Transaction, job: Job, fault: str, detail: str = "") -> None:
    """The job waits for a person; `fault` is a fault code or the kind of the question asked."""
    values = {"state": "hold", "owner": None, "fault": fault, "detail": detail[:300], "since": job.since or tx.now}
    tx.sql.execute(update(table).where(table.c.id == job.id).values(**values, changed_at=tx.now))


def release(tx: Transaction, key: str, **payload: object) -> None:
    """Make a held job, or one that waits for its next try, ready now, with additions to its payload."""
    row = tx.sql.execute(select(table).where(table.c.key == key, table.c.state.in_(("hold", "ready")))).first()
    if row is not None and (row.state == "hold" or row.fault is not None):
        merged = canonical({**json.loads(row.payload), **payload})
        values = {**_AS_NEW, "called_at": None, "payload": merged, "run_after": tx.now}
        tx.sql.execute(update(table).where(table.c.id == row.id).values(**values, changed_at=tx.now))


def drop(tx: Transaction, key: str) -> None:
    """A held job has nothing left to do."""
    values = {"state": "done", "since": None, "changed_at": tx.now}
    tx.sql.execute(update(table).where(table.c.key == key, table.c.state == "hold").values(**values))


def give_up(tx: Transaction, job: Job, cause: str) -> None:
    """A person gives the job up, with the cause; the same act later puts it anew."""
    values = {"state": "dead", "owner": None, "detail": cause[:300], "called_at": None, "changed_at": tx.now}
    tx.sql.execute(update(table).where(table.c.id == job.id).values(**values))


def call(tx: Transaction, job: Job) -> None:
    """The technician is called to this job; the first call counts."""
    tx.sql.execute(update(table).where(table.c.id == job.id, table.c.called_at.is_(None)).values(called_at=tx.now))


def revoke(tx: Transaction, job: Job) -> None:
    """Take the job from a worker who does not come back; his process sees that and ends, the next one asks first."""
    values = {"state": "ready", "owner": None, "called_at": None, "run_after": tx.now, "changed_at": tx.now}
    tx.sql.execute(update(table).where(table.c.id == job.id, table.c.state == "leased").values(**values))


def progress(store: Store, job: Job, done: int, of: int) -> None:
    """Show how far the job is."""
    with store.write() as tx:
        tx.sql.execute(
            update(table).where(table.c.id == job.id).values(done_steps=done, done_of=of, changed_at=tx.now)
        )


def tell(tx: Transaction, job: Job, **found: str) -> None:
    """Write into the job's payload what it found; committed with its end."""
    payload = canonical({**job.payload, **found})
    tx.sql.execute(update(table).where(table.c.id == job.id).values(payload=payload))


def tell_nothing(store: Store, job: Job) -> None:
    """What the job waited for has come: the reason is no longer shown while it works."""
    with store.write() as tx:
        tx.sql.execute(update(table).where(table.c.id == job.id).values(fault=None, detail="", since=None))


def release_leases(store: Store, lanes: Iterable[str]) -> None:
    """At the start of the process that owns these lanes: whatever was leased is ready again."""
    with store.write() as tx:
        query = update(table).where(table.c.lane.in_(tuple(lanes)), table.c.state == "leased")
        tx.sql.execute(query.values(state="ready", owner=None))


def of_case(tx: Transaction, case_id: str) -> list[Job]:
    """The jobs of a case, oldest first."""
    rows = tx.sql.execute(select(table).where(table.c.case_id == case_id).order_by(table.c.created_at, table.c.id))
    return [of_row(row) for row in rows]


def of_batch(tx: Transaction, kind: str, batch: str) -> list[Job]:
    """The jobs of a kind that were asked for in one go, oldest first."""
    mine = table.c.kind == kind, table.c.payload.contains(canonical({"batch": batch})[1:-1], autoescape=True)
    rows = tx.sql.execute(select(table).where(*mine).order_by(table.c.created_at, table.c.id))
    return [of_row(row) for row in rows]


def held(tx: Transaction) -> list[Job]:
    """All jobs that wait for a person."""
    return [of_row(row) for row in tx.sql.execute(select(table).where(table.c.state == "hold"))]


def unfinished(tx: Transaction) -> list[Job]:
    """All jobs that are neither done nor given up, the oldest first."""
    rows = tx.sql.execute(select(table).where(table.c.state.in_(OPEN)).order_by(table.c.created_at, table.c.id))
    return [of_row(row) for row in rows]


def any_leased(tx: Transaction, lanes: Iterable[str]) -> bool:
    """Whether a worker of these lanes has a job in hand."""
    query = select(table.c.id).where(table.c.lane.in_(tuple(lanes)), table.c.state == "leased").limit(1)
    return tx.sql.execute(query).first() is not None


def busy_lanes(tx: Transaction) -> frozenset[str]:
    """The lanes in which a worker has a job in hand."""
    query = select(table.c.lane).where(table.c.state == "leased").distinct()
    return frozenset(tx.sql.execute(query).scalars())


def by_key(tx: Transaction, key: str) -> Job | None:
    """The job with this key, or None."""
    row = tx.sql.execute(select(table).where(table.c.key == key)).first()
    return None if row is None else of_row(row)


def by_id(tx: Transaction, job_id: str) -> Job | None:
    """The job with this id, or None."""
    row = tx.sql.execute(select(table).where(table.c.id == job_id)).first()
    return None if row is None else of_row(row)
