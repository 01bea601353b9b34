"""Work that does not go on: why, since when, what became of the item, who must act, and the one thing that helps."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from appliance.faults import FAULTS, Actor, Category, FaultCode, Item, Retry
from appliance.queue import jobs
from appliance.queue.jobs import Job
from appliance.queue.kinds import kind_of
from appliance.records.store import Transaction

UNSERVED_MS = 60_000
"""A process that lives looks at its lanes once a second."""
RETRYING_MS = 60_000
"""Tried again for so long by itself, it is something to be told."""
PASSPHRASE_FAULTS = frozenset(
    {FaultCode.ESIGN_AUTH_FAILED, FaultCode.ESIGN_PASSPHRASE_NEEDED, FaultCode.ESIGN_AWAY_TOO_LONG}
)
"""After these the same work only fails again: the act itself must be done anew, with a passphrase."""


class Why(StrEnum):
    """How the job stands still."""

    HELD = "held"
    ASKED = "asked"
    RETRYING = "retrying"
    SILENT = "silent"
    UNSERVED = "unserved"


class Help(StrEnum):
    """The one thing that helps now."""

    RETRY = "retry"
    PASSPHRASE = "passphrase"
    CARD_BACK = "card_back"
    ANSWER = "answer"
    SPOIL = "spoil"
    CALL = "call"
    GIVE_UP = "give_up"
    REPAIRED = "repaired"
    RESTART = "restart"
    WAIT = "wait"


@dataclass(frozen=True, slots=True)
class Trouble:
    """One job that does not go on; `since` is UTC milliseconds, `help` for the desk, `technician` for his page."""

    job: Job
    why: Why
    since: int
    fault: FaultCode | None
    item: Item
    actor: Actor
    help: Help
    technician: Help


def fault_of(job: Job) -> FaultCode | None:
    """The fault that the job shows; None where it waits for an answer, or shows nothing."""
    return FaultCode(job.fault) if job.fault in set(FaultCode) else None


def trouble_of(job: Job, now: int, busy: frozenset[str]) -> Trouble | None:
    """What is wrong with the job now, or None; `busy` are the lanes in which a worker has a job in hand."""
    fault = fault_of(job)
    since = job.since or job.changed_at
    if job.state == "hold" and fault is None:
        return Trouble(job, Why.ASKED, since, None, Item.UNKNOWN, Actor.OFFICER, Help.ANSWER, Help.WAIT)
    if job.state == "hold" and fault is not None:
        return _held(job, fault, since)
    if job.state == "leased" and now - job.changed_at > kind_of(job.kind).quiet_s * 1000:
        helps = Help.CALL if job.called_at is None else Help.WAIT
        return Trouble(job, Why.SILENT, job.changed_at, fault, Item.UNKNOWN, Actor.TECHNICIAN, helps, Help.RESTART)
    if job.state == "ready" and fault is not None and now - since > RETRYING_MS:
        row = FAULTS[fault]
        return Trouble(job, Why.RETRYING, since, fault, row.item, row.actor, Help.RETRY, Help.REPAIRED)
    if job.state == "ready" and job.lane not in busy and now - job.run_after > UNSERVED_MS:
        helps = Help.CALL if job.called_at is None else Help.WAIT
        return Trouble(job, Why.UNSERVED, job.run_after, fault, Item.UNTOUCHED, Actor.TECHNICIAN, helps, Help.WAIT)
    return None


def _held(job: Job, fault: FaultCode, since: int) -> Trouble:
    row = FAULTS[fault]
    if fault in PASSPHRASE_FAULTS:
        return Trouble(job, Why.HELD, since, fault, row.item, row.actor, Help.PASSPHRASE, Help.WAIT)
    at_desk = may_retry(fault, technician=False)
    repaired = Help.REPAIRED if may_retry(fault, technician=True) else Help.WAIT
    if kind_of(job.kind).card and (row.item is Item.SPOILED or not (at_desk or repaired is Help.REPAIRED)):
        helps = Help.SPOIL
    elif not at_desk and repaired is Help.WAIT:
        helps = Help.GIVE_UP if may_give_up(job) else Help.CALL
    elif not at_desk and may_give_up(job):
        helps = Help.GIVE_UP
    elif job.called_at is None and (row.actor is Actor.TECHNICIAN or not at_desk):
        helps = Help.CALL
    elif not at_desk:
        helps = Help.WAIT
    else:
        helps = Help.CARD_BACK if row.category is Category.CARD else Help.RETRY
    return Trouble(job, Why.HELD, since, fault, row.item, row.actor, helps, repaired)


def may_retry(fault: FaultCode, *, technician: bool) -> bool:
    """Whether a person may set the act going again after this fault.

    One that may never be tried again is so for everybody, but for the technician who has put its cause right while
    the item is untouched: nothing was done yet that could be done twice.
    """
    row = FAULTS[fault]
    return row.retry is not Retry.NEVER or (technician and row.item is Item.UNTOUCHED)


def may_give_up(job: Job) -> bool:
    """Whether a person may give this job up: only where the same act can be begun again, and no question is open.

    What a centre without a line is to be told, a person tells it: then there is nothing left to do.
    """
    stands = job.state == "hold" or (job.state == "ready" and job.fault is not None)
    fault, kind = fault_of(job), kind_of(job.kind)
    told = fault is FaultCode.CENTRE_BY_HAND and not kind.card
    return (kind.gives_up or told) and stands and fault is not None


def troubles_in(found: Iterable[Job], now: int) -> list[Trouble]:
    """The troubles among all unfinished jobs, the oldest first."""
    unfinished = list(found)
    busy = frozenset(job.lane for job in unfinished if job.state == "leased")
    told = [trouble_of(job, now, busy) for job in unfinished]
    return sorted((one for one in told if one is not None), key=lambda one: one.since)


def all_troubles(tx: Transaction) -> list[Trouble]:
    """Every job that does not go on now."""
    return troubles_in(jobs.unfinished(tx), tx.now)
