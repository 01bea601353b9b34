"""Which cases are open, whose turn each is, and finding one: asked of the books by index, however many have ended."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, and_, exists, func, literal_column, or_, select

from appliance.casework.sop import CASE_ENDS, CASE_STATES, KK_ENDS, KTP_ENDS
from appliance.records.cases import CaseRecord, case_of_row, spelled
from appliance.records.moves import AGE_WAIT
from appliance.records.schema import biodata_birth_date, biodata_name, case, evidence, question, resident, stay
from appliance.records.store import Transaction

OPEN = tuple(state for state in CASE_STATES if state not in CASE_ENDS)
ISSUING = "PENERBITAN"


@dataclass(frozen=True, slots=True)
class Turn:
    """Where a role has something to do: states of the three machines, kinds of open questions, and four conditions.

    `unsearched` a resident still to be searched for, `searched` the search has all its answers, `all_done` every
    document has ended, `second_asked` a face or an exception waits for a second officer; `stale_before` (UTC ms)
    since when a recording waits too long at the centre, None where that is another's business. Who was recorded
    before his card is due is not waited for before he is born `of_age`, on that day (ISO) or earlier.
    """

    case_states: frozenset[str] = frozenset()
    kk_states: frozenset[str] = frozenset()
    ktp_states: frozenset[str] = frozenset()
    questions: frozenset[str] = frozenset()
    unsearched: bool = False
    searched: bool = False
    all_done: bool = False
    second_asked: bool = False
    stale_before: int | None = None
    of_age: str = "9999"


@dataclass(frozen=True, slots=True)
class Where:
    """States that stand for one step of the SOP, to show only that step."""

    case_states: frozenset[str]
    kk_states: frozenset[str]
    ktp_states: frozenset[str]


@dataclass(frozen=True, slots=True)
class Line:
    """One open case and whether it is this officer's turn."""

    record: CaseRecord = field(repr=False)
    mine: bool


def _resident(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(resident.c.case_id == case.c.id, *conditions)


def _evidence(kind: str, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(evidence.c.case_id == case.c.id, evidence.c.kind == kind, *conditions)


_TO_BE_SEARCHED = _resident(
    resident.c.nik.is_(None),
    resident.c.ktp_state != "TIDAK_PERLU",
    ~exists().where(
        evidence.c.case_id == resident.c.case_id,
        evidence.c.kind == "search",
        evidence.c.position == resident.c.position,
    ),
)
"""Somebody of the case has no number yet and was not searched for at the centre."""


def _too_young(of_age: str) -> ColumnElement[bool]:
    """His recording waits for the day on which his card is due, and that has not come."""
    waits = exists().where(
        stay.c.case_id == resident.c.case_id,
        stay.c.machine == "ktp",
        stay.c.position == resident.c.position,
        stay.c.until.is_(None),
        stay.c.pause == AGE_WAIT,
    )
    return and_(biodata_birth_date > of_age, waits)


def _mine(turn: Turn) -> ColumnElement[bool]:
    issuing: list[ColumnElement[bool]] = [
        and_(case.c.kk_state.in_(turn.kk_states), ~_resident(resident.c.ktp_state == "GANDA")),
        _resident(resident.c.ktp_state.in_(turn.ktp_states), ~_too_young(turn.of_age)),
    ]
    if turn.all_done:
        open_leg = _resident(resident.c.ktp_state.not_in(KTP_ENDS))
        issuing.append(and_(case.c.kk_state.in_(KK_ENDS), ~open_leg))
    if turn.second_asked:
        issuing += [_evidence(kind, evidence.c.state == "asked") for kind in ("face_today", "finger", "signature")]
    if turn.stale_before is not None:
        waits = exists().where(
            stay.c.case_id == resident.c.case_id,
            stay.c.machine == "ktp",
            stay.c.position == resident.c.position,
            stay.c.until.is_(None),
            stay.c.since <= turn.stale_before,
        )
        decided = or_(resident.c.note == "ADJUDICATE_RECORD", waits)
        issuing.append(_resident(resident.c.ktp_state == "DIKIRIM", decided))
    parts: list[ColumnElement[bool]] = [
        case.c.state.in_(turn.case_states),
        and_(case.c.state == ISSUING, or_(*issuing)),
        exists().where(
            question.c.case_id == case.c.id, question.c.answer.is_(None), question.c.kind.in_(turn.questions)
        ),
    ]
    if turn.unsearched:
        parts.append(and_(case.c.state == "CEK_BIOMETRIK", _TO_BE_SEARCHED))
    if turn.searched:
        parts.append(and_(case.c.state == "CEK_BIOMETRIK", ~_TO_BE_SEARCHED))
    return or_(*parts)


def _in_step(where: Where) -> ColumnElement[bool]:
    issuing = or_(case.c.kk_state.in_(where.kk_states), _resident(resident.c.ktp_state.in_(where.ktp_states)))
    return or_(case.c.state.in_(where.case_states - {ISSUING}), and_(case.c.state == ISSUING, issuing))


def lines(tx: Transaction, turn: Turn, offset: int, limit: int | None, where: Where | None = None) -> list[Line]:
    """Open cases, those of this turn first, then the oldest; `where` keeps one step only, no `limit` gives all."""
    mine = _mine(turn)
    query = select(case, mine.label("mine")).where(case.c.state.in_(OPEN))
    if where is not None:
        query = query.where(_in_step(where))
    query = query.order_by(literal_column("mine").desc(), case.c.created_at, case.c.id).offset(offset).limit(limit)
    return [Line(case_of_row(row, "mine"), bool(row.mine)) for row in tx.sql.execute(query)]


def count(tx: Transaction, turn: Turn | None = None, where: Where | None = None) -> int:
    """How many cases are open, or of this turn, or in this step."""
    query = select(func.count()).select_from(case).where(case.c.state.in_(OPEN))
    if turn is not None:
        query = query.where(_mine(turn))
    if where is not None:
        query = query.where(_in_step(where))
    return int(tx.sql.execute(query).scalar_one())


def pulse(tx: Transaction) -> str:
    """Changes whenever a case comes in, moves or ends."""
    columns = func.count(), func.coalesce(func.sum(case.c.version), 0), func.coalesce(func.max(case.c.changed_at), 0)
    row = tx.sql.execute(select(*columns).where(case.c.state.in_(OPEN))).one()
    return ".".join(str(value) for value in row)


def find(tx: Transaction, words: str, limit: int = 50) -> list[CaseRecord]:
    """Cases of this case code, NIK or KK number, ended ones too; of a name only among the open ones."""
    plain = "".join(letter for letter in words.upper() if letter.isalnum())
    if not plain:
        return []
    if len(plain) == 16 and plain.isdecimal():
        held = select(resident.c.case_id).where(resident.c.nik == plain)
        query = select(case).where(case.c.id.in_(held.union(select(case.c.id).where(case.c.kk_number == plain))))
    elif plain.startswith("SG") and len(plain) == 8:
        query = select(case).where(case.c.code == spelled(plain))
    else:
        wanted = biodata_name.contains(" ".join(words.upper().split()), autoescape=True)
        query = select(case).where(case.c.state.in_(OPEN), _resident(wanted))
    query = query.order_by(case.c.changed_at.desc()).limit(limit)
    return [case_of_row(row) for row in tx.sql.execute(query)]
