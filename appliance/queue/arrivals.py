"""What came back from an office outside: the books from then on, whether a machine or a person brought it.

Each is called in the one transaction of whoever brings it; no step behind it can tell which of the two it was.
"""

from __future__ import annotations

from collections.abc import Mapping

from appliance.casework.central_states import Outcome, central_state
from appliance.casework.roles import SYSTEM, Actor
from appliance.queue import jobs
from appliance.records import audit, cases
from appliance.records.cases import CaseRecord, Evidence, ResidentRecord
from appliance.records.moves import knows, move_case, move_ktp, resume
from appliance.records.store import Transaction

EVENTS = {
    Outcome.READY: "enrolment_ready",
    Outcome.RECORD: "enrolment_failed",
    Outcome.RESEND: "enrolment_failed",
    Outcome.DOUBLE: "enrolment_duplicate",
}
"""What an outcome does to the card's leg; every other is waited for."""


def numbers_arrived(
    tx: Transaction, record: CaseRecord, kk_number: str, niks: Mapping[int, str], actor: Actor = SYSTEM
) -> None:
    """SIAK has entered the family: a NIK for each resident by position, one KK number; the draft is made of them."""
    for person in cases.residents(tx, record.id):
        cases.change_resident(tx, person, nik=niks[person.position])
    cases.change(tx, cases.get(tx, record.id), kk_number=kk_number)
    jobs.put(tx, "render", "kk-draft", f"kk-draft:{record.id}:{record.version}", case_id=record.id)
    audit.record(tx, "siak-entry-complete", actor, record.id, residents=len(niks))


def search_sent(tx: Transaction, case_id: str, position: int | None) -> None:
    """This resident's fingers were taken for the search, or he has none to give: the case waits for the centre's
    answer, no more for the way to him."""
    record = cases.get(tx, case_id)
    if knows(record, "search_sent") and not _asked_for_others(tx, case_id, position):
        move_case(tx, record, "search_sent", SYSTEM)


def _asked_for_others(tx: Transaction, case_id: str, position: int | None) -> bool:
    """Whether the centre is asked, by a machine or a person, for anybody of the case but this resident."""
    here = {item.position for item in cases.evidence_of(tx, case_id, "local_search")}
    return bool(here - _answers(tx, case_id).keys() - {position})


def search_answered(
    tx: Transaction,
    record: CaseRecord,
    position: int,
    result: str,
    nik: str | None,
    actor: Actor = SYSTEM,
    by_hand: Mapping[str, str] | None = None,
) -> None:
    """The search for one adult is answered; the case goes on by itself if nobody was found for any, there or here.

    Else it waits for no centre any more but for the Kasi, whose clock runs from the last answer on, or for the way to
    the next of the family. `by_hand` is what a person who brought the answer says of it.
    """
    cases.add_evidence(tx, record.id, "search", position=position, state=result, nik=nik, by_hand=by_hand)
    audit.record(tx, "search-complete", actor, record.id, resident=position, result=result)
    if not still_unclear(tx, record.id):
        move_case(tx, cases.get(tx, record.id), "search_clear", SYSTEM)
    elif set(_sought(tx, record.id)) <= _answers(tx, record.id).keys():
        waits = ("ketunggalan", "perjalanan")
        stopped = [one for kind in waits for one in resume(tx, record.id, "case", None, kind)]
        audit.record(tx, "search-wait-complete", SYSTEM, record.id, clock=stopped)
    elif knows(record, "await_search") and not _asked_for_others(tx, record.id, position):
        move_case(tx, cases.get(tx, record.id), "await_search", SYSTEM)


def still_unclear(tx: Transaction, case_id: str) -> list[int]:
    """Positions of the adults without NIK of whom it is not known that nobody like them was found, there and here.

    Each one's newest search here counts; a case whose centre was asked by hand before there was one has none.
    """
    results = _answers(tx, case_id)
    here = {item.position: item.state for item in cases.evidence_of(tx, case_id, "local_search")}
    return [one for one in _sought(tx, case_id) if results.get(one) != "no_hit" or here.get(one, "clear") != "clear"]


def _answers(tx: Transaction, case_id: str) -> dict[int | None, str]:
    return {item.position: item.state for item in cases.evidence_of(tx, case_id, "search")}


def _sought(tx: Transaction, case_id: str) -> list[int]:
    """Positions of the adults who have no NIK."""
    people = cases.residents(tx, case_id)
    return [one.position for one in people if one.nik is None and one.ktp_state != "TIDAK_PERLU"]


def centre_said(
    tx: Transaction, person: ResidentRecord, sent: Evidence, state: str, reason: str | None = None
) -> None:
    """The centre's state of a recording that is waited for (DIKIRIM); one that decides nothing is only noted."""
    cases.change_evidence(tx, sent, sent.state, central=state)
    event = EVENTS.get(central_state(state).outcome)
    if event is not None:
        move_ktp(tx, person, event, SYSTEM, note=reason or state, state_name=state)
        if central_state(state).outcome is Outcome.RESEND:  # nobody has to come or be visited for that
            resume(tx, person.case_id, "ktp", person.position, "perjalanan")
    elif person.note != state:
        cases.change_resident(tx, person, note=state)
