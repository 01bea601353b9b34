"""What lay on each shelf at a time that is over, and which days nobody closed: read from the ledger's own lines."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, select

from appliance.casework.blank_life import BlankState
from appliance.casework.stock import shelf_of
from appliance.clock import midnight, to_local
from appliance.records import stock
from appliance.records.schema import blank, blank_day, blank_entry
from appliance.records.store import Transaction


def shelves_at(tx: Transaction, until: int) -> dict[str, int]:
    """How many blanks lay on each shelf just before `until` (UTC milliseconds), empty shelves left out.

    Only blanks that have moved since are looked at one by one: today's shelves without them, and they as they were.
    """
    moved = select(blank_entry.c.serial).where(blank_entry.c.at >= until).distinct()
    found = Counter(stock.shelves(tx))
    for row in tx.sql.execute(select(blank.c.state, blank.c.place, blank.c.cause).where(blank.c.serial.in_(moved))):
        found[shelf_of(BlankState(row.state), row.place, row.cause) or ""] -= 1
    for state, place, cause in _as_they_were(tx, moved, until):
        found[shelf_of(state, place, cause) or ""] += 1
    found.pop("", None)
    return {shelf: number for shelf, number in sorted(found.items()) if number}


def _as_they_were(tx: Transaction, moved: Any, until: int) -> Iterator[tuple[BlankState, str, str | None]]:
    """State, place and cause of these blanks just before `until`, told by their lines up to then."""
    lines = select(blank_entry.c.serial, blank_entry.c.to_state, blank_entry.c.facts).where(
        blank_entry.c.at < until, blank_entry.c.serial.in_(moved)
    )
    told: dict[str, dict[str, Any]] = {}
    for row in tx.sql.execute(lines.order_by(blank_entry.c.sequence)):
        told[row.serial] = {**told.get(row.serial, {}), **json.loads(row.facts), "state": row.to_state}
    for one in told.values():
        yield BlankState(one["state"]), str(one["place"]), one.get("cause")


def days_not_closed(tx: Transaction, today: date) -> list[date]:
    """The days before today on which a blank moved and which nobody has closed or signed, the oldest first.

    Counted from the day after the newest closing of an earlier day: what was before has been counted since.
    """
    earlier = blank_day.c.day < today.isoformat()
    newest = tx.sql.execute(select(func.max(blank_day.c.day)).where(earlier)).scalar()
    begin = 0 if newest is None else midnight(date.fromisoformat(newest) + timedelta(days=1))
    moved = select(blank_entry.c.at).where(blank_entry.c.at >= begin, blank_entry.c.at < midnight(today))
    return sorted({to_local(at).date() for at in tx.sql.execute(moved).scalars()})
