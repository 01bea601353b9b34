"""Who has a case, or a piece of its work, in hand: one person at a time, until he is done or has not touched it.

A lease decides only who goes on; what was recorded under it stays, whoever takes over.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import delete, insert, select, update

from appliance.casework.roles import Actor
from appliance.casework.sop import NotAllowed
from appliance.clock import to_local
from appliance.records import audit
from appliance.records.cases import ChangedMeanwhile
from appliance.records.schema import lease
from appliance.records.store import Transaction

CASE = "case"
"""The piece of work that is the whole case: somebody fills in a form of it."""
CASE_MS = 10 * 60_000
"""Renewed while he types; past the five idle minutes after which his screen locks itself."""
LEASE_MS = 15 * 60_000
"""Longer than any act takes, and short enough that nobody waits for a van which has driven on."""
TAKEN_OVER = "lease-take-over-complete"
REFUSALS = ("blanks-act-refused",)
"""What an act enters of its own refusal; that of any act on a case is entered after it."""


@dataclass(frozen=True, slots=True)
class Lease:
    """What somebody has in hand of a case, since when and until when at most, UTC milliseconds."""

    work: str
    account_id: str
    since: int | None
    until: int


def of_case(tx: Transaction, case_id: str) -> list[Lease]:
    """What of the case is in somebody's hand now, the whole case first.

    One that would run longer than any lease does is of a clock that was set back since, and counts no more.
    """
    rows = tx.sql.execute(select(lease).where(lease.c.case_id == case_id).order_by(lease.c.work))
    found = [Lease(row.work, row.account_id, row.since, row.until) for row in rows]
    return sorted((one for one in found if _runs(one, tx.now)), key=lambda one: one.work != CASE)


def _length(work: str) -> int:
    return CASE_MS if work == CASE else LEASE_MS


def _runs(one: Lease, now: int) -> bool:
    return now < one.until <= now + _length(one.work)


def _found(tx: Transaction, case_id: str, work: str) -> Lease | None:
    row = tx.sql.execute(select(lease).where(lease.c.case_id == case_id, lease.c.work == work)).first()
    return None if row is None else Lease(row.work, row.account_id, row.since, row.until)


def hold(tx: Transaction, case_id: str, work: str, actor: Actor) -> None:
    """Give this actor the piece of work for its time from now on; raises `NotAllowed` while another has it.

    `work` names it within the case, like `recording:0`. One that has run out is taken over, and the audit says so.
    """
    before = _found(tx, case_id, work)
    if before is not None and before.account_id != actor.id:
        if _runs(before, tx.now):
            raise NotAllowed(_in_other_hands(before))
        audit.record(tx, TAKEN_OVER, actor, case_id, work=work, held_by=before.account_id)
    mine = before is not None and before.account_id == actor.id and _runs(before, tx.now)
    since = before.since if before is not None and mine else tx.now
    values = {"account_id": actor.id, "since": since, "until": tx.now + _length(work)}
    if before is None:
        tx.sql.execute(insert(lease).values(case_id=case_id, work=work, **values))
    else:
        tx.sql.execute(update(lease).where(lease.c.case_id == case_id, lease.c.work == work).values(**values))


def held(tx: Transaction, case_id: str, work: str, actor: Actor) -> bool:
    """Whether this actor has the piece of work in hand now."""
    found = _found(tx, case_id, work)
    return found is not None and found.account_id == actor.id and _runs(found, tx.now)


def let_go(tx: Transaction, case_id: str, work: str) -> None:
    """The piece of work is done; whoever comes next need not wait."""
    tx.sql.execute(delete(lease).where(lease.c.case_id == case_id, lease.c.work == work))


def leave(tx: Transaction, case_id: str, actor: Actor) -> None:
    """This actor has the case in hand no more; nothing if he had not."""
    mine = lease.c.case_id == case_id, lease.c.work == CASE, lease.c.account_id == actor.id
    tx.sql.execute(delete(lease).where(*mine))


def leave_all(tx: Transaction, account_id: str) -> None:
    """Who holds this account has no case in hand any more; a recording that he began stays his until it runs out."""
    tx.sql.execute(delete(lease).where(lease.c.account_id == account_id, lease.c.work == CASE))


def take_over(tx: Transaction, case_id: str, actor: Actor, reason: str) -> None:
    """Give this actor the case at once, and free every piece of its work that others have in hand.

    Raises `NotAllowed` if nobody else has anything of it. `reason` is a key of `codes.TAKE_OVER_REASONS`.
    """
    others = [one for one in of_case(tx, case_id) if one.account_id != actor.id]
    if not others:
        raise NotAllowed("Berkas ini tidak sedang dikerjakan petugas lain.")
    for one in others:
        let_go(tx, case_id, one.work)
        audit.record(tx, TAKEN_OVER, actor, case_id, work=one.work, held_by=one.account_id, reason=reason)
    hold(tx, case_id, CASE, actor)


@contextmanager
def alone(tx: Transaction, case_id: str, actor: Actor, opened_at: int | None) -> Iterator[None]:
    """Around a writing transaction of an act: nobody else has the case in hand, and with it the actor is done.

    One that only tells that the act was refused ends nothing: he still has his form before him.

    Raises `NotAllowed` while another has it, `ChangedMeanwhile` if it was taken from this actor since his form was
    shown (`opened_at`, UTC milliseconds): what he typed is of a case that has gone on without him.
    """
    found = _found(tx, case_id, CASE)
    if found is not None and found.account_id != actor.id:
        if _runs(found, tx.now):
            raise NotAllowed(_in_other_hands(found))
        let_go(tx, case_id, CASE)
        audit.record(tx, TAKEN_OVER, actor, case_id, work=CASE, held_by=found.account_id)
    if opened_at is not None and _taken_since(tx, case_id, actor, opened_at):
        raise ChangedMeanwhile("Berkas ini diambil alih petugas lain sesudah formulir Anda dibuka. Bandingkan dulu.")
    before = audit.head(tx)
    yield
    if audit.newest_of(tx, REFUSALS, before) is None:
        leave(tx, case_id, actor)


def _taken_since(tx: Transaction, case_id: str, actor: Actor, opened_at: int) -> bool:
    """Whether another took the case from this actor since then; of a form from a future, since ever."""
    since = opened_at if opened_at <= tx.now else 0
    lines = [line for line in audit.of_case_since(tx, case_id, since) if line["event"] == TAKEN_OVER]
    taken = [json.loads(str(line["facts"])) for line in lines]
    return any(facts["work"] == CASE and facts["held_by"] == actor.id for facts in taken)


def _in_other_hands(one: Lease) -> str:
    until = to_local(one.until).strftime("%H.%M")
    return f"Petugas lain sedang mengerjakan ini. Jika ia berhenti, Anda bisa mulai pukul {until}."
