"""The audit log read by people: one page of what is wanted, at a bounded cost however long the log is.

Every wish is served by an index that goes on with the entry's number, and no more than `LOOKED_AT` entries are looked
at for one page; what lies before them is asked for by the number where this page ended.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, ColumnElement, Select, func, select

from appliance.records.schema import audit
from appliance.records.store import Store, Transaction

LINES = 50
LOOKED_AT = 20_000


@dataclass(frozen=True, slots=True)
class Wish:
    """Which entries: all that is given must fit. `since` and `until` are UTC milliseconds, `until` not included."""

    case_id: str | None = None
    event: str | None = None
    actor: str | None = None
    since: int | None = None
    until: int | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Entries, the newest first; `older` is the number to ask on with, None at the beginning of the log."""

    lines: tuple[dict[str, Any], ...]
    older: int | None


def page(tx: Transaction, wish: Wish, before: int | None = None, lines: int = LINES) -> Page:
    """At most `lines` entries that fit, of numbers below `before`."""
    bounds = _bounds(tx, wish)
    if bounds is None:
        return Page((), None)
    first, last = bounds
    window = audit.c.sequence.between(first, last if before is None else min(last, before - 1))
    looked_at = _in_turn(wish).where(window).order_by(audit.c.sequence.desc()).limit(LOOKED_AT).subquery()
    fits: list[ColumnElement[bool]] = [
        looked_at.c[name] == wanted
        for name, wanted in (("case_id", wish.case_id), ("event", wish.event), ("actor", wish.actor))
        if wanted is not None
    ]
    if wish.since is not None:
        fits.append(looked_at.c.at >= wish.since)
    if wish.until is not None:
        fits.append(looked_at.c.at < wish.until)
    query = select(looked_at).where(*fits).order_by(looked_at.c.sequence.desc()).limit(lines + 1)
    found = [dict(row._mapping) for row in tx.sql.execute(query)]
    if len(found) > lines:
        return Page(tuple(found[:lines]), int(found[lines - 1]["sequence"]))
    count, lowest = tx.sql.execute(select(func.count(), func.min(looked_at.c.sequence))).one()
    return Page(tuple(found), int(lowest) if count == LOOKED_AT else None)


def _in_turn(wish: Wish) -> Select[Any]:
    """The entries by the index of what is rarest of the wish: a case has few, a person has many."""
    for column, wanted in (
        (audit.c.case_id, wish.case_id),
        (audit.c.event, wish.event),
        (audit.c.actor, wish.actor),
    ):
        if wanted is not None:
            return select(audit).where(column == wanted)
    return select(audit)


def _bounds(tx: Transaction, wish: Wish) -> tuple[int, int] | None:
    """The first and the last number of the days that are wanted; None if nothing was entered then.

    A clock that was set while the log went on makes them lie farther apart, and loses nothing.
    """
    if wish.since is None or wish.until is None:
        return 0, 2**62
    then = audit.c.at >= wish.since, audit.c.at < wish.until
    first, last = tx.sql.execute(select(func.min(audit.c.sequence), func.max(audit.c.sequence)).where(*then)).one()
    return None if first is None else (int(first), int(last))


def events(tx: Transaction) -> list[str]:
    """Every event that was ever entered."""
    return _distinct(tx, audit.c.event)


def actors(tx: Transaction) -> list[str]:
    """Everybody who ever entered something, as `role:account@device`."""
    return _distinct(tx, audit.c.actor)


def _distinct(tx: Transaction, column: Column[Any]) -> list[str]:
    """By leaps through its index: as many steps as there are values, not as there are entries."""
    first = select(func.min(column).label("value")).cte("leap", recursive=True)
    following = select(func.min(column)).where(column > first.c.value).scalar_subquery()
    leap = first.union_all(select(following).where(first.c.value.is_not(None)))
    return [str(one) for one in tx.sql.execute(select(leap.c.value).where(leap.c.value.is_not(None))).scalars()]


def everything(store: Store, wish: Wish, before: int | None = None) -> Iterator[dict[str, Any]]:
    """All entries of numbers below `before` that fit, the newest first, in short readings one after another: nobody
    waits for it."""
    while True:
        with store.read() as tx:
            found = page(tx, wish, before, 1000)
        yield from found.lines
        if found.older is None:
            return
        before = found.older
