"""The clock of an outage: while SIAK, the centre or the signing service is out of reach, the case's step is paused.

The outage begins for a case when its work meets it, and ends when that work is answered, given up or overtaken; both
are stays of their own with the waiting class `gangguan`, so every report has them apart from people's time. Of an
office that is worked by hand a person says so (`said_away`, `said_back`).
"""

from __future__ import annotations

from appliance.casework.roles import SYSTEM
from appliance.faults import FaultCode
from appliance.queue import jobs
from appliance.queue.jobs import OFFICE_LANES, Job
from appliance.records import audit, away, moves
from appliance.records.away import PAUSE, Clock
from appliance.records.store import Transaction

OUT_OF_REACH = frozenset(
    {
        FaultCode.SIAK_UNREACHABLE,
        FaultCode.CENTRE_UNREACHABLE,
        FaultCode.ESIGN_UNREACHABLE,
        FaultCode.ESIGN_AWAY_TOO_LONG,
    }
)


def _clock(job: Job) -> tuple[str, int | None]:
    """Whose clock waits for this work: a resident's card where the centre makes it, else the case's."""
    if job.lane == "centre" and job.kind != "search":
        return "ktp", job.position
    return "case", None


def told(tx: Transaction, job: Job, code: FaultCode | None) -> None:
    """The work of an outside office met this fault (None: it goes on, or is over); the clock follows.

    Work in a step that waits for something else already (the centre's answer, the reporter) changes nothing.
    """
    if job.lane not in OFFICE_LANES or job.case_id is None:
        return
    machine, position = _clock(job)
    if code in OUT_OF_REACH or away.holds(tx, job.case_id, machine, position):
        if stopped := moves.pause(tx, job.case_id, machine, position, PAUSE):
            audit.record(
                tx, "outage-wait-init", SYSTEM, job.case_id, kind=job.kind, fault=str(code), resident=position,
                clock=stopped,
            )  # fmt: skip
        return
    if not _another(tx, job):
        _over(tx, job)


_SAID_BY_THE_SERVICE = frozenset(
    {
        None,
        FaultCode.ESIGN_AUTH_FAILED,
        FaultCode.ESIGN_NOT_READY,
        FaultCode.ESIGN_REJECTED,
        FaultCode.ESIGN_UNTRUSTED,
    }
)


def heard(tx: Transaction, job: Job, code: FaultCode | None) -> None:
    """The work ended with this fault, None: done. If the signing service said so, it is there for all who waited.

    Nothing knocks for a signature whose passphrase is gone; it hears from another that the service is back.
    """
    if job.lane != "esign" or "brought" in job.payload or code not in _SAID_BY_THE_SERVICE:
        return
    for one in jobs.unfinished(tx):
        if one.state == "hold" and one.fault == FaultCode.ESIGN_AWAY_TOO_LONG:
            _over(tx, one)


def _over(tx: Transaction, job: Job) -> None:
    """What this work waited for is there again: its clock runs, whoever has to act."""
    machine, position = _clock(job)
    if stopped := moves.resume(tx, str(job.case_id), machine, position, PAUSE):
        audit.record(tx, "outage-wait-complete", SYSTEM, job.case_id, kind=job.kind, resident=position, clock=stopped)


def _another(tx: Transaction, job: Job) -> bool:
    """Whether other work that this clock waits for is still kept by an outage."""
    return any(
        one.id != job.id and one.state in jobs.OPEN and one.fault in OUT_OF_REACH and _clock(one) == _clock(job)
        for one in jobs.of_case(tx, str(job.case_id))
    )


def said_away(tx: Transaction, office: str, name: str) -> None:
    """Who works with this office by hand cannot reach it: every clock that waits for it stands, as will each that
    comes to."""
    away.say(tx, office, name)
    for case_id, machine, position in away.clocks(tx, office):
        if stopped := moves.pause(tx, case_id, machine, position, PAUSE):
            audit.record(tx, "outage-wait-init", SYSTEM, case_id, office=office, resident=position, clock=stopped)


def said_back(tx: Transaction, office: str) -> None:
    """He reaches it again: these clocks run for people."""
    away.take_back(tx, office)
    for clock in away.clocks(tx, office):
        brought(tx, office, clock)


def brought(tx: Transaction, office: str, clock: Clock) -> None:
    """What this clock waited for can be done, or was brought although the office is away: it runs for people."""
    case_id, machine, position = clock
    if stopped := moves.resume(tx, case_id, machine, position, PAUSE):
        audit.record(tx, "outage-wait-complete", SYSTEM, case_id, office=office, resident=position, clock=stopped)
