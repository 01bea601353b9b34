"""The numbers of the queue, day by day: given once, called in turn; durable before anybody sees one."""

from __future__ import annotations

from collections import Counter
from typing import Any

from sqlalchemy import bindparam, func, insert, select, update

from appliance.casework.ticket import QueueState, State, Ticket
from appliance.clock import to_local
from appliance.records.schema import ticket
from appliance.records.store import Transaction

SHOWN_MS = 10 * 60_000
"""How long a call stays on the screens; who has not come by then is not on his way any more."""


def today(tx: Transaction) -> str:
    """The day of this transaction in the office's time zone: `2026-11-24`."""
    return to_local(tx.now).date().isoformat()


def _ticket(row: Any) -> Ticket:
    return Ticket(**{**row._mapping, "first": bool(row.first)})


def take(tx: Transaction, service: str, first: bool) -> Ticket:
    """The next number of today; a day whose clock was set back goes on where it was."""
    day = today(tx)
    last = tx.sql.execute(select(func.max(ticket.c.number)).where(ticket.c.day == day)).scalar()
    given = Ticket(day, (last or 0) + 1, service, first, "waiting", tx.now)
    values = {"day": day, "number": given.number, "service": service, "first": int(first), "state": given.state}
    tx.sql.execute(insert(ticket).values(**values, taken_at=tx.now, calls=0))
    return given


def find(tx: Transaction, day: str, number: int) -> Ticket | None:
    """This number of this day."""
    row = tx.sql.execute(select(ticket).where(ticket.c.day == day, ticket.c.number == number)).first()
    return None if row is None else _ticket(row)


def next_waiting(tx: Transaction) -> Ticket | None:
    """Who is next today: those who go first before all others, each in the order of their numbers."""
    query = select(ticket).where(ticket.c.day == today(tx), ticket.c.state == "waiting")
    row = tx.sql.execute(query.order_by(ticket.c.first.desc(), ticket.c.number).limit(1)).first()
    return None if row is None else _ticket(row)


def ahead_of(tx: Transaction, one: Ticket) -> int:
    """How many are called before this one, as it stands now."""
    before = (ticket.c.first > int(one.first)) | ((ticket.c.first == int(one.first)) & (ticket.c.number < one.number))
    query = select(func.count()).where(ticket.c.day == one.day, ticket.c.state == "waiting", before)
    return int(tx.sql.execute(query).scalar_one())


def called_by(tx: Transaction, account_id: str) -> Ticket | None:
    """Whom this officer has called today and not yet let go."""
    query = select(ticket).where(ticket.c.day == today(tx), ticket.c.state == "called")
    row = tx.sql.execute(query.where(ticket.c.called_by == account_id).order_by(ticket.c.called_at.desc())).first()
    return None if row is None else _ticket(row)


def call(tx: Transaction, one: Ticket, account_id: str) -> None:
    """Call it, for the first time or again."""
    values = {"state": "called", "calls": one.calls + 1, "called_at": tx.now, "called_by": account_id}
    tx.sql.execute(update(ticket).where(*_this(one)).values(**values))


def end(tx: Transaction, one: Ticket, state: State) -> None:
    """Whoever was called was served, or did not come."""
    tx.sql.execute(update(ticket).where(*_this(one)).values(state=state))


def _this(one: Ticket) -> tuple[Any, ...]:
    return ticket.c.day == one.day, ticket.c.number == one.number


_COUNTED = (
    select(ticket.c.state, ticket.c.first, func.count().label("n"))
    .where(ticket.c.day == bindparam("day"))
    .group_by(ticket.c.state, ticket.c.first)
)
_CALLED = (
    select(ticket)
    .where(ticket.c.day == bindparam("day"), ticket.c.state == "called", ticket.c.called_at > bindparam("since"))
    .order_by(ticket.c.called_at.desc())
)
"""Made once: the kiosk's first page asks both each time, and making them costs more than what they ask."""


def queue_of_today(tx: Transaction) -> QueueState:
    """How the queue stands; the calls shown are the newest first."""
    day = {"day": today(tx)}
    by_state: Counter[str] = Counter()
    first = 0
    for row in tx.sql.execute(_COUNTED, day):
        by_state[row.state] += row.n
        first += row.n if row.first and row.state == "waiting" else 0
    called = tuple(_ticket(row) for row in tx.sql.execute(_CALLED, day | {"since": tx.now - SHOWN_MS}))
    return QueueState(by_state["waiting"], first, called, by_state.total(), by_state["served"], by_state["absent"])
