"""What the books and the audit log hold of a month of the SOP."""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterator, Mapping

from sqlalchemy import ColumnElement, Table, func, select

from appliance.casework.blank_life import BlankState
from appliance.casework.clocks import PAUSES, Stay
from appliance.casework.sop import CASE_ENDS
from appliance.records.schema import audit, blank_entry, case, stay
from appliance.records.store import Transaction
from appliance.records.worklist import OPEN

AUDITED: Mapping[str, tuple[str, ...]] = {
    "reported": ("case-report-complete",),
    "returned": ("case-return_file-complete",),
    "kk_signed": ("kk-sign-complete",),
    "cards_handed": ("ktp-hand_over_card-complete", "ktp-confirm_face:same-complete"),
    "archived": ("case-archive-complete",),
    "rejected": ("case-reject-complete", "case-decide_search:reject-complete"),
    "cancelled": ("case-cancel-complete",),
}
"""The events of the audit log that make up each number of the report."""

_ENDED = {"archived": "DIARSIPKAN", "rejected": "DITOLAK", "cancelled": "DIBATALKAN"}


def _number(tx: Transaction, table: Table, *conditions: ColumnElement[bool]) -> int:
    return int(tx.sql.execute(select(func.count()).select_from(table).where(*conditions)).scalar_one())


def in_books(tx: Transaction, begin: int, end: int) -> dict[str, int]:
    """The numbers as cases, clocks and the ledger of blanks have them; `begin` to before `end`, UTC milliseconds."""

    def within(column: ColumnElement[int]) -> ColumnElement[bool]:
        return (column >= begin) & (column < end)

    began = within(stay.c.since)
    handed = blank_entry.c.to_state == str(BlankState.HANDED_OVER)
    return {
        "reported": _number(tx, case, within(case.c.created_at)),
        "returned": _number(tx, stay, stay.c.pause == "dikembalikan", stay.c.machine == "case", began),
        "kk_signed": _number(tx, stay, stay.c.pause.is_(None), stay.c.machine == "kk", stay.c.step == 8, began),
        "cards_handed": _number(tx, blank_entry, handed, within(blank_entry.c.at)),
        **{
            what: _number(tx, case, case.c.state == state, within(case.c.changed_at))
            for what, state in _ENDED.items()
        },
    }


def in_audit(tx: Transaction, begin: int, end: int) -> dict[str, int]:
    """The same numbers from the audit log."""
    return {
        what: _number(tx, audit, audit.c.event.in_(events), audit.c.at >= begin, audit.c.at < end)
        for what, events in AUDITED.items()
    }


Times = Mapping[tuple[str, int | str], tuple[int, int]]
"""Milliseconds that passed, and of people's touch: by ("step", number) without waiting, and by ("wait", class)."""


def times_in_books(tx: Transaction, begin: int, end: int) -> Times:
    """The clocks that stopped in this time, as the books have them; those that tell the audit log of it."""
    passed, touch = func.sum(stay.c.until - stay.c.since), func.sum(stay.c.touch_ms)
    query = select(stay.c.step, stay.c.pause, passed, touch).where(
        stay.c.until >= begin, stay.c.until < end, stay.c.told == 1
    )
    found: dict[tuple[str, int | str], tuple[int, int]] = {}
    for step, pause, lasted, touched in tx.sql.execute(query.group_by(stay.c.step, stay.c.pause)):
        _add(found, step, pause, int(lasted), int(touched))
    return found


def times_in_audit(tx: Transaction, begin: int, end: int) -> Times:
    """The same from the audit log: what the lines of this time say of the clocks that they stopped."""
    found: dict[tuple[str, int | str], tuple[int, int]] = {}
    told = audit.c.facts.like('%"clock":[[%')
    for facts in tx.sql.execute(select(audit.c.facts).where(audit.c.at >= begin, audit.c.at < end, told)).scalars():
        for step, lasted, touched, pause in json.loads(facts)["clock"]:
            _add(found, step, pause, lasted, touched)
    return found


def _add(found: dict[tuple[str, int | str], tuple[int, int]], step: int, pause: str | None, *more: int) -> None:
    key = ("step", step) if pause is None else ("wait", pause)
    lasted, touched = found.get(key, (0, 0))
    found[key] = lasted + more[0], touched + more[1]


def open_at(tx: Transaction, moment: int) -> int:
    """How many cases had been reported before this moment and had not ended by then."""
    # "+ 0" keeps SQLite from looking through everything that was ever reported instead of what ended since.
    reported = case.c.created_at + 0 < moment
    still = _number(tx, case, reported, case.c.state.in_(OPEN))
    return still + _number(tx, case, reported, case.c.state.in_(CASE_ENDS), case.c.changed_at >= moment)


def ended_stays(tx: Transaction, begin: int, end: int) -> Iterator[tuple[Hashable, Stay]]:
    """The stays without waiting that ended in this time, each with the case, machine and resident it is of."""
    query = select(stay).where(stay.c.until >= begin, stay.c.until < end, stay.c.pause.is_(None))
    for row in tx.sql.execute(query):
        yield (row.case_id, row.machine, row.position), Stay(row.step, row.since, row.until, row.touch_ms)


def waits(tx: Transaction, begin: int, end: int) -> Iterator[Stay]:
    """The waits of which some part lies in this time."""
    for ends in (stay.c.until.is_(None), stay.c.until > begin):
        query = select(stay.c.since, stay.c.until, stay.c.pause).where(stay.c.pause.in_(PAUSES), ends)
        for row in tx.sql.execute(query.where(stay.c.since < end)):
            yield Stay(0, row.since, row.until, 0, row.pause)
