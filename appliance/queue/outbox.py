"""What is still to be sent to the offices outside: why each of it waits, and how each office stands. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from appliance.faults import FaultCode
from appliance.queue.breaker import OF_DATA
from appliance.queue.jobs import OFFICE_LANES, Job
from appliance.queue.outage import OUT_OF_REACH
from appliance.queue.trouble import Trouble, Why, fault_of, trouble_of
from appliance.records.away import Away

OFFICES = ("siak", "data_access", "centre", "esign")
ASKS = frozenset({"enrolment-state"})
"""Kinds that send nothing: they ask what became of what was sent."""
AWAY = OUT_OF_REACH - {FaultCode.ESIGN_AWAY_TOO_LONG} | {FaultCode.DATA_UNREACHABLE}
"""What is tried again by itself because its office was not reached: a signature waited for too long is not."""


class Wait(StrEnum):
    """Why something is not sent yet."""

    SENDING = "sending"
    TURN = "turn"
    COMPARE = "compare"
    OUT_OF_REACH = "out_of_reach"
    LATER = "later"
    PERSON = "person"
    SILENT = "silent"
    UNSERVED = "unserved"


class Reach(StrEnum):
    """How an office stands, as far as this machine knows."""

    BY_HAND = "by_hand"
    SAID_AWAY = "said_away"
    OUT = "out"
    UNSERVED = "unserved"
    PERSON = "person"
    WELL = "well"


@dataclass(frozen=True, slots=True)
class Sending:
    """One job for an office outside; `trouble` is there where it does not go on."""

    job: Job
    office: str
    wait: Wait
    trouble: Trouble | None

    @property
    def asks(self) -> bool:
        """Whether it only asks: what it asks about is sent already."""
        return self.job.kind in ASKS

    @property
    def next_try(self) -> int | None:
        """When it is tried again by itself (UTC ms); None where it is not, or has not been tried."""
        return self.job.run_after if self.wait in {Wait.OUT_OF_REACH, Wait.LATER} else None


@dataclass(frozen=True, slots=True)
class OfficeState:
    """One office: `waiting` is what is to be sent to it, `held` what of that waits for a person, `asked` for how many
    things its answer is awaited; `since` and `next_try` (UTC ms) only while it is out of reach, `said_by` and `since`
    while somebody who works with it by hand says that it is away."""

    name: str
    reach: Reach
    waiting: int
    held: int
    asked: int
    since: int | None = None
    next_try: int | None = None
    said_by: str = ""


def office_of(job: Job) -> str:
    """The office that this job is for."""
    return "data_access" if job.kind in OF_DATA else job.lane


def sendings(found: Iterable[Job], now: int, *, compared: bool = True) -> tuple[Sending, ...]:
    """Everything for the offices among all unfinished jobs, in their order.

    `compared`: no restored books await their officer; until then nothing is sent (`restoration`).
    """
    unfinished = list(found)
    busy = frozenset(job.lane for job in unfinished if job.state == "leased")
    return tuple(
        Sending(job, office_of(job), _wait(job, trouble, compared), trouble)
        for job in unfinished
        if job.lane in OFFICE_LANES
        for trouble in (trouble_of(job, now, busy),)
    )


def _wait(job: Job, trouble: Trouble | None, compared: bool) -> Wait:
    if job.state == "hold":
        return Wait.PERSON
    if job.state == "leased":
        return Wait.SILENT if trouble is not None else Wait.SENDING
    if not compared:
        return Wait.COMPARE
    fault = fault_of(job)
    if fault is not None:
        return Wait.OUT_OF_REACH if fault in AWAY else Wait.LATER
    return Wait.UNSERVED if trouble is not None and trouble.why is Why.UNSERVED else Wait.TURN


def to_send(found: Iterable[Job]) -> int:
    """How much of it is still to be sent."""
    return sum(job.lane in OFFICE_LANES and job.kind not in ASKS for job in found)


def may_knock(sending: Sending) -> bool:
    """Whether a person may have this tried now: the office was not reached, so nothing of it was sent yet.

    What was sent and not answered is held, and has an answer of its own: a question, or a look at what came of it.
    """
    return sending.wait is Wait.OUT_OF_REACH


def office_state(
    name: str, found: Iterable[Sending], *, by_hand: bool = False, said: Away | None = None
) -> OfficeState:
    """How this office stands, by what waits for it and what is `said` of it; the worst that is known of it."""
    mine = [one for one in found if one.office == name]
    away = [one for one in mine if may_knock(one)]
    held = sum(one.wait is Wait.PERSON for one in mine)
    if away:
        reach = Reach.OUT
    elif said is not None:
        reach = Reach.SAID_AWAY
    elif any(one.wait in {Wait.UNSERVED, Wait.SILENT} for one in mine):
        reach = Reach.UNSERVED
    elif held:
        reach = Reach.PERSON
    else:
        reach = Reach.BY_HAND if by_hand else Reach.WELL
    asked = sum(one.asks for one in mine)
    if reach is Reach.SAID_AWAY and said is not None:
        return OfficeState(name, reach, len(mine) - asked, held, asked, since=said.since, said_by=said.name)
    return OfficeState(
        name, reach, len(mine) - asked, held, asked,
        since=min((one.job.since or one.job.changed_at for one in away), default=None),
        next_try=min((one.job.run_after for one in away), default=None),
    )  # fmt: skip
