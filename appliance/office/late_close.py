"""A day that was not closed (no power, a holiday) is closed later for its own date, with the figures of that date.

Nobody can count yesterday's shelves any more. What is counted today is carried back by what the ledger says has moved
since; a blank that is missing today is missing on that day too, and over it two people sign as on any day.
"""

from __future__ import annotations

from datetime import date, timedelta

from appliance.casework.roles import Actor
from appliance.casework.sop import NotAllowed
from appliance.casework.stock import CountLine
from appliance.clock import midnight
from appliance.office.context import Office, Values
from appliance.office.day_close import counted_now, shelves_to_count, sign_first
from appliance.office.ledger import Mistakes, book, keeper_only, line
from appliance.records.stock_past import days_not_closed, shelves_at
from appliance.records.store import Transaction


def close_late(office: Office, actor: Actor, values: Values) -> bool:
    """Close the oldest day that nobody closed, over today's count. Says whether it is closed.

    Fields of `values`: day (ISO, that oldest day) · reason (only over a difference). Refused while a shelf is not
    counted today or its stock has changed since.
    """
    with book(office, actor, "close_late") as tx:
        keeper_only(actor)
        today = office.today()
        waiting = days_not_closed(tx, today)
        day = line(values, "day")
        if not waiting or day != waiting[0].isoformat():
            raise NotAllowed("Hari ini tidak menunggu ditutup, atau hari sebelumnya belum ditutup.")
        mistakes = Mistakes(values)
        now = counted_now(tx, today, mistakes)
        lines = carried_back(tx, waiting[0], now)
        return sign_first(tx, actor, waiting[0], lines, line(values, "reason"), mistakes, late=today)


def carried_back(tx: Transaction, day: date, now: list[CountLine]) -> list[CountLine]:
    """The shelves as they were at the end of this day: the ledger's figure of then, with today's differences."""
    then = shelves_at(tx, midnight(day + timedelta(days=1)))
    differences = {one.shelf: one.difference for one in now}
    shelves = sorted({*then, *shelves_to_count(tx)})
    return [CountLine(shelf, then.get(shelf, 0) + differences.get(shelf, 0), then.get(shelf, 0)) for shelf in shelves]
