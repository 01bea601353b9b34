"""The work list: open cases page by page, whose turn each is, and finding one case among a million."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from appliance.casework.central_states import PATIENCE_DAYS
from appliance.casework.clocks import Reading, read_clocks
from appliance.casework.people import born_for_a_card
from appliance.casework.roles import Actor, Role
from appliance.casework.sop import CASE_STATES, KK_STATES, KTP_STATES, STATE_STEP, allowed_events
from appliance.clock import to_local
from appliance.office.by_hand import AT_CENTRE
from appliance.office.context import Office
from appliance.office.questions import QUESTIONS
from appliance.office.views import PUT_AWAY, current_step
from appliance.queue.trouble import all_troubles
from appliance.records import cases, worklist
from appliance.records.cases import CaseRecord
from appliance.records.moves import stays
from appliance.records.store import Transaction
from appliance.records.worklist import ISSUING, Turn, Where

PAGE = 50
DAY_MS = 24 * 60 * 60 * 1000
_NO_TURN = PUT_AWAY | {"resubmit", "search_clear", "archive", "confirm_face", "record_again", "decide_search"}
"""Events that are always there, another's doing, or asked for by a condition of their own."""


@dataclass(frozen=True, slots=True)
class WorkItem:
    """One open case of the list; `name` of the first resident, once the file is attached; `reading` of its step.

    `stands` is the kind of the machine's work that does not go on, empty while all does.
    """

    record: CaseRecord
    name: str | None
    step: int
    reading: Reading | None
    mine: bool
    stands: str


@dataclass(frozen=True, slots=True)
class WorkPage:
    """One page of the list; `mine` and `open_cases` count all pages, `first` is the case to go on with."""

    items: tuple[WorkItem, ...]
    page: int
    pages: int
    mine: int
    open_cases: int


def _states(machine: str, states: tuple[str, ...], role: Role) -> frozenset[str]:
    """The states in which this role has something to do."""
    return frozenset(
        state
        for state in states
        if {event.partition(":")[0] for event in allowed_events(machine, state, role)} - _NO_TURN
    )


def turn_of(role: Role, now: int, by_hand: frozenset[str] = frozenset()) -> Turn:
    """Where this role has something to do, at this time (UTC ms); `by_hand` are the offices that people carry to."""
    case_states = _states("case", CASE_STATES, role) - {ISSUING, "CEK_BIOMETRIK"}
    ktp_states = _states("ktp", KTP_STATES, role)
    if "esign" in by_hand:
        case_states = case_states - {"TTE_KADIS"} if role is Role.KADIS else case_states
        case_states |= {"TTE_KADIS"} if role is Role.OPERATOR else set()
    if "centre" in by_hand and role in AT_CENTRE:
        ktp_states |= {"DIREKAM", "DIKIRIM"}
    if role is Role.OPERATOR:
        ktp_states -= {"KARTU_JADI"}  # a finished card waits for its holder, not for him
    return Turn(
        case_states=case_states,
        kk_states=_states("kk", KK_STATES, role) - {"MENUNGGU"},
        ktp_states=ktp_states | ({"GANDA"} if role is Role.KASI else set()),
        questions=frozenset(kind for kind, (roles, *_) in QUESTIONS.items() if role in roles),
        unsearched=role is Role.PEREKAM,
        searched=role is Role.KASI,
        all_done=role is Role.PETUGAS,
        second_asked=role in {Role.PETUGAS, Role.PEREKAM, Role.KASI},
        stale_before=now - PATIENCE_DAYS * DAY_MS if role is Role.KASI else None,
        of_age=born_for_a_card(to_local(now).date()).isoformat(),
    )


def step_states(step: int) -> Where:
    """The states of the three machines that stand in this step of the SOP."""
    here = {state for state, number in STATE_STEP.items() if number == step}
    return Where(
        frozenset(here.intersection(CASE_STATES)),
        frozenset(here.intersection(KK_STATES)),
        frozenset(here.intersection(KTP_STATES)),
    )


def work_page(office: Office, actor: Actor, page: int = 1, step: int | None = None) -> WorkPage:
    """One page of the open cases, this officer's turn first, then the oldest; `step` shows one step only."""
    where = None if step is None else step_states(step)
    with office.store.read() as tx:
        turn = turn_of(actor.role, tx.now, office.by_hand)
        number = worklist.count(tx, None, where)
        pages = max(1, -(-number // PAGE))
        page = min(max(1, page), pages)
        found = worklist.lines(tx, turn, (page - 1) * PAGE, PAGE, where)
        standing = _standing(tx)
        items = tuple(_item(tx, line.record, line.mine, standing) for line in found)
        return WorkPage(items, page, pages, worklist.count(tx, turn, where), number)


def open_cases(tx: Transaction, step: int | None = None) -> tuple[WorkItem, ...]:
    """All open cases, the oldest first; `step` keeps one step's."""
    found = worklist.lines(tx, Turn(), 0, None, None if step is None else step_states(step))
    standing = _standing(tx)
    return tuple(_item(tx, line.record, False, standing) for line in found)


def find(office: Office, words: str) -> tuple[WorkItem, ...]:
    """Cases by code, NIK, KK number or part of a name (only open ones by name)."""
    with office.store.read() as tx:
        standing = _standing(tx)
        return tuple(_item(tx, record, False, standing) for record in worklist.find(tx, words))


def _standing(tx: Transaction) -> dict[str | None, str]:
    """By case, the kind of the work that has stood still longest."""
    return {one.job.case_id: one.job.kind for one in reversed(all_troubles(tx))}


def _item(tx: Transaction, record: CaseRecord, mine: bool, standing: Mapping[str | None, str]) -> WorkItem:
    people = cases.residents(tx, record.id)
    step = current_step(record, people)
    clocks = read_clocks(stays(tx, record.id), tx.now)
    reading = next((one for one in clocks if one.step.number == step), None)
    name = people[0].biodata.full_name if people else None
    return WorkItem(record, name, step, reading, mine, standing.get(record.id, ""))
