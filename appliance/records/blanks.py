"""The blank ledger: each blank card has exactly one state; append-only, hash-linked, written before the act."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from enum import StrEnum

from sqlalchemy import insert, select, update

from appliance.casework.roles import Actor
from appliance.records.audit import GENESIS, AuditBreak, chained_hash
from appliance.records.schema import blank, blank_entry
from appliance.records.store import Transaction, canonical


class BlankState(StrEnum):
    """Where a blank is in its life."""

    RECEIVED = "received"
    ALLOTTED = "allotted"
    LOADED = "loaded"
    ENCODING = "encoding"
    ENCODED = "encoded"
    PRINTED = "printed"
    VERIFIED = "verified"
    HANDED_OVER = "handed_over"
    SPOILED = "spoiled"
    SEALED = "sealed"
    DESTROYED = "destroyed"


_NEXT: dict[BlankState, frozenset[BlankState]] = {
    BlankState.RECEIVED: frozenset({BlankState.ALLOTTED, BlankState.LOADED, BlankState.SPOILED}),
    BlankState.ALLOTTED: frozenset({BlankState.RECEIVED, BlankState.LOADED, BlankState.SPOILED}),
    BlankState.LOADED: frozenset({BlankState.ALLOTTED, BlankState.ENCODING, BlankState.SPOILED}),
    BlankState.ENCODING: frozenset({BlankState.ENCODED, BlankState.SPOILED}),
    BlankState.ENCODED: frozenset({BlankState.PRINTED, BlankState.SPOILED}),
    BlankState.PRINTED: frozenset({BlankState.VERIFIED, BlankState.SPOILED}),
    BlankState.VERIFIED: frozenset({BlankState.HANDED_OVER, BlankState.SPOILED}),
    BlankState.HANDED_OVER: frozenset({BlankState.SPOILED}),
    BlankState.SPOILED: frozenset({BlankState.SEALED}),
    BlankState.SEALED: frozenset({BlankState.DESTROYED}),
    BlankState.DESTROYED: frozenset(),
}


class LedgerError(ValueError):
    """The move is not possible; the message is a sentence for the officer."""


def _append(
    tx: Transaction, serial: str, old: str | None, new: BlankState, actor: Actor, facts: Mapping[str, object]
) -> None:
    last = tx.sql.execute(
        select(blank_entry.c.sequence, blank_entry.c.hash).order_by(blank_entry.c.sequence.desc()).limit(1)
    ).first()
    sequence, previous = (last.sequence + 1, last.hash) if last else (1, GENESIS)
    fields: dict[str, object] = {
        "sequence": sequence,
        "at": tx.now,
        "serial": serial,
        "from_state": old,
        "to_state": str(new),
        "actor": f"{actor.role}:{actor.id}@{actor.device}",
        "facts": canonical(dict(facts)),
    }
    tx.sql.execute(insert(blank_entry).values(**fields, previous=previous, hash=chained_hash(previous, fields)))


def receive(tx: Transaction, batch: str, serials: list[str], place: str, actor: Actor) -> None:
    """Take new blanks into the ledger; raises `LedgerError` if one of them is already there."""
    known = {
        row.serial for row in tx.sql.execute(select(blank.c.serial).where(blank.c.serial.in_(serials)))
    }  # a serial number is unique for ever: a second arrival is a mistake or a fraud
    if known:
        raise LedgerError(f"Nomor blanko sudah ada di buku: {', '.join(sorted(known)[:5])}.")
    for serial in serials:
        tx.sql.execute(insert(blank).values(serial=serial, batch=batch, state=str(BlankState.RECEIVED), place=place))
        _append(tx, serial, None, BlankState.RECEIVED, actor, {"batch": batch, "place": place})


def state_of(tx: Transaction, serial: str) -> BlankState:
    """The blank's state; raises `LedgerError` if it is not in the ledger."""
    row = tx.sql.execute(select(blank.c.state).where(blank.c.serial == serial)).first()
    if row is None:
        raise LedgerError("Nomor blanko tidak ada di buku.")
    return BlankState(row.state)


def move(
    tx: Transaction,
    serial: str,
    new: BlankState,
    actor: Actor,
    *,
    cause: str | None = None,
    case_id: str | None = None,
    position: int | None = None,
    uid: str | None = None,
    nik_digest: str | None = None,
) -> None:
    """Move a blank to its next state with what ties it to a case; raises `LedgerError` if the move is not allowed."""
    old = state_of(tx, serial)
    if new not in _NEXT[old]:
        raise LedgerError(f"Blanko sedang {old}, tidak bisa menjadi {new}.")
    known = {"cause": cause, "case_id": case_id, "position": position, "uid": uid, "nik_digest": nik_digest}
    values = {key: value for key, value in known.items() if value is not None}
    tx.sql.execute(update(blank).where(blank.c.serial == serial).values(state=str(new), **values))
    _append(tx, serial, str(old), new, actor, values)


def rows(tx: Transaction) -> list[dict[str, object]]:
    """All blanks with state, place and what they are tied to."""
    return [dict(row._mapping) for row in tx.sql.execute(select(blank).order_by(blank.c.serial))]


def next_free(tx: Transaction, place: str) -> str | None:
    """The lowest serial that lies ready at `place`, or None when the stock is out."""
    ready = (str(BlankState.LOADED), str(BlankState.ALLOTTED), str(BlankState.RECEIVED))
    query = select(blank.c.serial).where(blank.c.place == place, blank.c.state.in_(ready)).order_by(blank.c.serial)
    return tx.sql.execute(query.limit(1)).scalar()


def balance(tx: Transaction) -> tuple[dict[str, int], AuditBreak | None]:
    """How many blanks are in each state, and the first difference between entries and states, or None.

    The blanks are built anew from the hash-linked entries; one whose row says otherwise, in its state or in what it
    is tied to, is a difference, and so is one without row or without entries.
    """
    states: dict[str, str] = {}
    built: dict[str, dict[str, object]] = {}
    previous, count = GENESIS, 0
    for row in tx.sql.execute(select(blank_entry).order_by(blank_entry.c.sequence)):
        count += 1
        fields = {key: row._mapping[key] for key in ("sequence", "at", "serial", "from_state", "to_state", "actor")}
        fields["facts"] = row.facts
        if row.sequence != count or row.previous != previous or row.hash != chained_hash(previous, fields):
            return dict(Counter(states.values())), AuditBreak(count, "the ledger's chain is broken")
        if states.get(row.serial) != row.from_state:
            return dict(Counter(states.values())), AuditBreak(count, "an entry does not follow the one before")
        states[row.serial] = row.to_state
        built[row.serial] = {**built.get(row.serial, {}), **json.loads(row.facts), "state": row.to_state}
        previous = row.hash
    stored = {
        str(row["serial"]): {key: value for key, value in row.items() if key != "serial" and value is not None}
        for row in rows(tx)
    }
    for serial in sorted(stored.keys() | built.keys()):
        if stored.get(serial) != built.get(serial):
            return dict(Counter(states.values())), AuditBreak(count, f"blank {serial} differs from its entries")
    return dict(sorted(Counter(states.values()).items())), None
