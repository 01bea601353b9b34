"""What the blank ledger adds up to: shelves, use by day, months, seals, the runs of a batch."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date

from sqlalchemy import func, select

from appliance.casework.blank_life import READY, BlankState
from appliance.casework.stock import HOLDER, SerialRange, shelf_of, split_serial
from appliance.clock import to_local
from appliance.records.schema import blank, blank_entry
from appliance.records.store import Transaction

_USED = (
    blank_entry.c.from_state.in_([str(state) for state in READY]),
    blank_entry.c.to_state.in_([str(BlankState.ENCODING), str(BlankState.SPOILED)]),
)
"""A blank is used when a card is begun on it, or when it is spoiled before."""


def by_state_and_place(tx: Transaction) -> list[tuple[BlankState, str, str | None, int]]:
    """State, place, cause and number of the blanks, without those that left the office for good."""
    columns = (blank.c.state, blank.c.place, blank.c.cause)
    query = select(*columns, func.count().label("number")).group_by(*columns)
    return [(BlankState(row.state), row.place, row.cause, row.number) for row in tx.sql.execute(query)]


def shelves(tx: Transaction) -> dict[str, int]:
    """How many blanks the ledger says lie on each shelf that is not empty."""
    found: Counter[str] = Counter()
    for state, place, cause, number in by_state_and_place(tx):
        shelf = shelf_of(state, place, cause)
        if shelf is not None:
            found[shelf] += number
    return dict(sorted(found.items()))


def used_on(tx: Transaction, since: int) -> Counter[date]:
    """How many blanks were used on each day from `since` (UTC milliseconds), by the calendar of the office."""
    query = select(blank_entry.c.at).where(*_USED, blank_entry.c.at >= since)
    return Counter(to_local(at).date() for at in tx.sql.execute(query).scalars())


def first_use(tx: Transaction) -> int | None:
    """When a blank was used for the first time, UTC milliseconds."""
    return tx.sql.execute(select(func.min(blank_entry.c.at)).where(*_USED)).scalar()


def moved_to(tx: Transaction, since: int, until: int) -> list[tuple[BlankState, str, str | None]]:
    """New state, serial and told cause of every change of state from `since` to before `until`, oldest first."""
    moved = blank_entry.c.from_state.is_(None) | (blank_entry.c.from_state != blank_entry.c.to_state)
    query = select(blank_entry.c.to_state, blank_entry.c.serial, blank_entry.c.facts).where(
        blank_entry.c.at >= since, blank_entry.c.at < until, moved
    )
    rows = tx.sql.execute(query.order_by(blank_entry.c.sequence))
    return [(BlankState(row.to_state), row.serial, json.loads(row.facts).get("cause")) for row in rows]


def received_between(tx: Transaction, since: int, until: int) -> int:
    """How many blanks were delivered in this time; returns from a place are not deliveries."""
    query = select(func.count()).where(
        blank_entry.c.from_state.is_(None), blank_entry.c.at >= since, blank_entry.c.at < until
    )
    return int(tx.sql.execute(query).scalar_one())


def causes(tx: Transaction) -> dict[str, str]:
    """The cause of every blank that has one."""
    query = select(blank.c.serial, blank.c.cause).where(blank.c.cause.is_not(None))
    return {row.serial: row.cause for row in tx.sql.execute(query)}


def serials_in(tx: Transaction, state: BlankState) -> list[tuple[str, str | None]]:
    """Serial and cause of the blanks in this state, rising."""
    query = select(blank.c.serial, blank.c.cause).where(blank.c.state == str(state)).order_by(blank.c.serial)
    return [(row.serial, row.cause) for row in tx.sql.execute(query)]


def with_holders(tx: Transaction) -> frozenset[str]:
    """The replaced cards that their holders still have."""
    query = select(blank.c.serial).where(blank.c.state == str(BlankState.SPOILED), blank.c.place == HOLDER)
    return frozenset(tx.sql.execute(query).scalars())


def sealed(tx: Transaction) -> dict[str, list[tuple[str, str | None]]]:
    """The seals that are not destroyed yet, each with serial and cause of what is in it."""
    inside = dict(serials_in(tx, BlankState.SEALED))
    query = select(blank_entry.c.serial, blank_entry.c.facts).where(
        blank_entry.c.to_state == str(BlankState.SEALED), blank_entry.c.serial.in_(list(inside))
    )
    found: dict[str, list[tuple[str, str | None]]] = {}
    for row in tx.sql.execute(query.order_by(blank_entry.c.serial)):
        found.setdefault(json.loads(row.facts)["seal"], []).append((row.serial, inside[row.serial]))
    return dict(sorted(found.items()))


def seal_known(tx: Transaction, seal: str) -> bool:
    """Whether a seal with this number was ever put on."""
    facts = select(blank_entry.c.facts).where(blank_entry.c.to_state == str(BlankState.SEALED)).distinct()
    return any(json.loads(text)["seal"] == seal for text in tx.sql.execute(facts).scalars())


def batch_ranges(tx: Transaction, batch: str) -> list[SerialRange]:
    """The runs of consecutive serials that came with this batch so far."""
    runs: list[SerialRange] = []
    for serial in tx.sql.execute(
        select(blank.c.serial).where(blank.c.batch == batch).order_by(blank.c.serial)
    ).scalars():
        parts = split_serial(serial)
        if parts is None:
            continue
        letters, number, width = parts[0], int(parts[1]), len(parts[1])
        last = runs[-1] if runs else None
        if last and (last.letters, last.width, last.last + 1) == (letters, width, number):
            runs[-1] = SerialRange(letters, last.first, number, width)
        else:
            runs.append(SerialRange(letters, number, number, width))
    return runs


def widths(tx: Transaction, letters: str) -> set[int]:
    """How many digits follow these letters on the serials of the ledger."""
    same = blank.c.serial.startswith(letters, autoescape=True)
    query = select(func.min(blank.c.serial)).where(same).group_by(func.length(blank.c.serial))
    parts = [split_serial(serial) for serial in tx.sql.execute(query).scalars()]
    return {len(part[1]) for part in parts if part is not None and part[0] == letters}
