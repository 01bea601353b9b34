"""The breaker of an outside office: while it is out of reach nobody else's work knocks at its door in vain.

When one job finds the office out of reach, all work for it waits until the same moment, which every page shows; then
one tries, and when it is answered all go on at once. Signing has a way of its own, for a passphrase waits with it.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, func, select, update

from appliance.faults import DeviceFault, FaultCode
from appliance.queue import outage
from appliance.queue.jobs import Job, of_row
from appliance.records.schema import job as table
from appliance.records.store import Transaction

LONGEST_MS = 60_000
FIRST_MS = 1_000
OPENS = frozenset({FaultCode.SIAK_UNREACHABLE, FaultCode.CENTRE_UNREACHABLE, FaultCode.DATA_UNREACHABLE})
OF_DATA = ("call-nik",)
"""Kinds that go to the data service, though they stand in SIAK's lane."""


def pause_ms(attempts: int) -> int:
    """How long to wait after so many tries: twice as long each time, up to a minute."""
    return min(FIRST_MS << min(attempts, 10), LONGEST_MS)


def opened(tx: Transaction, job: Job, fault: DeviceFault) -> int:
    """The office of this job is out of reach: all ready work for it waits as long, with the same fault.

    Returns the pause in milliseconds, by the most tries that any of this work has had.
    """
    if fault.code not in OPENS:
        return pause_ms(job.attempts)
    failing = (*_same(job), table.c.fault.in_(_codes()))
    tried = tx.sql.execute(select(func.max(table.c.attempts)).where(*failing)).scalar()
    pause = pause_ms(max(job.attempts, int(tried or 0)))
    until = tx.now + pause
    where = (*_same(job), table.c.id != job.id, table.c.state == "ready", table.c.run_after <= until)
    waiting = [of_row(row) for row in tx.sql.execute(select(table).where(*where))]
    values = {"run_after": until, "fault": str(fault.code), "detail": fault.detail[:300]}
    since = func.coalesce(table.c.since, tx.now)
    tx.sql.execute(update(table).where(*where).values(**values, since=since, changed_at=tx.now))
    for one in waiting:
        outage.told(tx, one, fault.code)
    return pause


def closed(tx: Transaction, job: Job) -> None:
    """The office answered this job: what waited for it goes on now."""
    where = (*_same(job), table.c.state == "ready", table.c.fault.in_(_codes()))
    tx.sql.execute(update(table).where(*where).values(run_after=tx.now, changed_at=tx.now))


def _same(job: Job) -> tuple[ColumnElement[bool], ...]:
    """The work of the same office."""
    mine = table.c.kind.in_(OF_DATA)
    return (table.c.lane == job.lane, mine if job.kind in OF_DATA else ~mine)


def _codes() -> tuple[str, ...]:
    return tuple(str(one) for one in OPENS)
