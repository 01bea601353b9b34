"""The books beside the blank ledger: what was counted, which days are closed, what was destroyed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, insert, select, update

from appliance.casework.roles import Actor
from appliance.casework.stock import CountLine
from appliance.records.schema import blank_count, blank_day, blank_destruction
from appliance.records.store import Transaction, canonical, new_id

# The day's count and its closing


def add_counts(tx: Transaction, day: date, lines: Sequence[CountLine], actor: Actor) -> None:
    """Keep what was counted; a later count of the same day stands for the earlier one, which is kept too."""
    rows = [
        {"id": new_id(), "day": day.isoformat(), "shelf": line.shelf, "counted": line.counted,
         "expected": line.expected, "actor": actor.id, "at": tx.now}
        for line in lines
    ]  # fmt: skip
    tx.sql.execute(insert(blank_count), rows)


def counts_of(tx: Transaction, day: date) -> dict[str, CountLine]:
    """The newest count of each shelf on this day."""
    query = select(blank_count).where(blank_count.c.day == day.isoformat()).order_by(blank_count.c.id)
    return {row.shelf: CountLine(row.shelf, row.counted, row.expected) for row in tx.sql.execute(query)}


@dataclass(frozen=True, slots=True)
class Closing:
    """A day's closing: closed once `closed_at` is there, with the one signature or, over a difference, with two."""

    day: date
    lines: tuple[CountLine, ...]
    chain: str | None
    reason: str | None
    first_by: str
    second_by: str | None
    closed_at: int | None


def _closing(row: Any) -> Closing:
    lines = tuple(CountLine(**line) for line in json.loads(row.lines))
    return Closing(
        date.fromisoformat(row.day), lines, row.chain, row.reason, row.first_by, row.second_by, row.closed_at
    )


def closing(tx: Transaction, day: date) -> Closing | None:
    """The closing of this day, or None."""
    row = tx.sql.execute(select(blank_day).where(blank_day.c.day == day.isoformat())).first()
    return None if row is None else _closing(row)


def last_closed(tx: Transaction) -> date | None:
    """The newest closed day."""
    day = tx.sql.execute(select(func.max(blank_day.c.day)).where(blank_day.c.closed_at.is_not(None))).scalar()
    return None if day is None else date.fromisoformat(day)


def last_closing_at(tx: Transaction) -> int | None:
    """When a day was last closed, UTC milliseconds."""
    return tx.sql.execute(select(func.max(blank_day.c.closed_at))).scalar()


def counted_since(tx: Transaction, since: int) -> set[str]:
    """The shelves that were counted since then (UTC milliseconds)."""
    return set(tx.sql.execute(select(blank_count.c.shelf).where(blank_count.c.at >= since)).scalars())


def unsigned(tx: Transaction) -> list[Closing]:
    """The closings that wait for their second signature, the oldest first."""
    rows = tx.sql.execute(select(blank_day).where(blank_day.c.closed_at.is_(None)).order_by(blank_day.c.day))
    return [_closing(row) for row in rows]


def add_closing(
    tx: Transaction,
    day: date,
    lines: Sequence[CountLine],
    chain: str | None,
    reason: str | None,
    actor: Actor,
    late: date | None = None,
) -> None:
    """Sign a day first; without difference (no `reason`) that closes it. `late`: the day on which it was done."""
    told = [{"shelf": line.shelf, "counted": line.counted, "expected": line.expected} for line in lines]
    values: dict[str, object] = {"day": day.isoformat(), "lines": canonical(told), "chain": chain, "reason": reason}
    values["late"] = None if late is None else late.isoformat()
    tx.sql.execute(
        insert(blank_day).values(
            **values, first_by=actor.id, first_at=tx.now, closed_at=tx.now if reason is None else None
        )
    )


def withdraw_closing(tx: Transaction, day: date) -> None:
    """Take back a first signature that no second one has joined: the shelves are counted again."""
    tx.sql.execute(blank_day.delete().where(blank_day.c.day == day.isoformat(), blank_day.c.closed_at.is_(None)))


def sign_second(tx: Transaction, day: date, actor: Actor) -> None:
    """Close a day over its difference by the second signature."""
    values = {"second_by": actor.id, "second_at": tx.now, "closed_at": tx.now}
    where = (blank_day.c.day == day.isoformat(), blank_day.c.closed_at.is_(None))
    tx.sql.execute(update(blank_day).where(*where).values(**values))


# Destructions


@dataclass(frozen=True, slots=True)
class DestructionRecord:
    """One destruction with its minutes: `facts` are place, method, officer, witnesses and cards as on the paper."""

    number: str
    day: date
    facts: Mapping[str, Any]
    wrapped_key: str
    blob: str | None
    at: int


def _destruction(row: Any) -> DestructionRecord:
    day, facts = date.fromisoformat(row.day), json.loads(row.facts)
    return DestructionRecord(row.number, day, facts, row.wrapped_key, row.blob, row.at)


def add_destruction(
    tx: Transaction, number: str, day: date, facts: Mapping[str, object], wrapped_key: str, actor: Actor
) -> None:
    """Enter the minutes of a destruction; its paper is made afterwards."""
    values = {"number": number, "day": day.isoformat(), "facts": canonical(dict(facts)), "account_id": actor.id}
    tx.sql.execute(insert(blank_destruction).values(**values, wrapped_key=wrapped_key, at=tx.now))


def destruction(tx: Transaction, number: str) -> DestructionRecord | None:
    """The destruction with this minutes number, or None."""
    row = tx.sql.execute(select(blank_destruction).where(blank_destruction.c.number == number)).first()
    return None if row is None else _destruction(row)


def destructions(tx: Transaction, limit: int) -> list[DestructionRecord]:
    """The newest destructions, the newest first."""
    query = select(blank_destruction).order_by(blank_destruction.c.at.desc(), blank_destruction.c.number).limit(limit)
    return [_destruction(row) for row in tx.sql.execute(query)]


def destructions_between(tx: Transaction, begin: date, end: date) -> list[DestructionRecord]:
    """The destructions from one day to before another."""
    days = (blank_destruction.c.day >= begin.isoformat(), blank_destruction.c.day < end.isoformat())
    return [_destruction(row) for row in tx.sql.execute(select(blank_destruction).where(*days))]


def keep_paper(tx: Transaction, number: str, blob: str, sha256: str) -> None:
    """Name the typeset minutes."""
    where = blank_destruction.c.number == number
    tx.sql.execute(update(blank_destruction).where(where).values(blob=blob, sha256=sha256))
