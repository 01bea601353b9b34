"""Who has a piece of work in hand: one person at a time, until he is done or has not touched it for a while.

A lease decides only who goes on; what was recorded under it stays, whoever takes over.
"""

from __future__ import annotations

from sqlalchemy import delete, insert, select, update

from appliance.casework.roles import Actor
from appliance.casework.sop import NotAllowed
from appliance.clock import to_local
from appliance.records import audit
from appliance.records.schema import lease
from appliance.records.store import Transaction

LEASE_MS = 15 * 60_000
"""Longer than any act takes, and short enough that nobody waits for a van which has driven on."""


def hold(tx: Transaction, case_id: str, work: str, actor: Actor) -> None:
    """Give this actor the piece of work for the next 15 minutes; raises `NotAllowed` while another has it.

    `work` names it within the case, like `recording:0`. One that has run out is taken over, and the audit says so;
    one that would run longer than any lease does is of a clock that was set back since.
    """
    mine = lease.c.case_id == case_id, lease.c.work == work
    row = tx.sql.execute(select(lease).where(*mine)).first()
    values = {"account_id": actor.id, "until": tx.now + LEASE_MS}
    if row is None:
        tx.sql.execute(insert(lease).values(case_id=case_id, work=work, **values))
        return
    if row.account_id != actor.id:
        if tx.now < row.until <= tx.now + LEASE_MS:
            until = to_local(row.until).strftime("%H.%M")
            raise NotAllowed(f"Petugas lain sedang mengerjakan ini. Jika ia berhenti, Anda bisa mulai pukul {until}.")
        audit.record(tx, "lease-take-over-complete", actor, case_id, work=work, held_by=row.account_id)
    tx.sql.execute(update(lease).where(*mine).values(**values))


def held(tx: Transaction, case_id: str, work: str, actor: Actor) -> bool:
    """Whether this actor has the piece of work in hand now."""
    mine = lease.c.case_id == case_id, lease.c.work == work, lease.c.account_id == actor.id
    until = tx.sql.execute(select(lease.c.until).where(*mine)).scalar()
    return until is not None and tx.now < until <= tx.now + LEASE_MS


def let_go(tx: Transaction, case_id: str, work: str) -> None:
    """The piece of work is done; whoever comes next need not wait."""
    tx.sql.execute(delete(lease).where(lease.c.case_id == case_id, lease.c.work == work))
