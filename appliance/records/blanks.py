"""The blank ledger: each blank card has exactly one state; append-only, hash-linked, written before the act."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import insert, select, update

from appliance.casework.blank_life import FACTS, LIVE, READY, STATE_LABELS, BlankState, Move, move_between
from appliance.casework.codes import LEDGER_CAUSES
from appliance.casework.roles import ROLE_LABELS, Actor, Role
from appliance.casework.sop import NotAllowed
from appliance.casework.stock import OFFICE, may_lie, place_name
from appliance.records.audit import GENESIS, AuditBreak, chained_hash
from appliance.records.moves import follow_stock
from appliance.records.schema import blank, blank_entry
from appliance.records.store import Transaction, canonical

__all__ = [
    "BlankState",
    "LedgerError",
    "balance",
    "canonical_uid",
    "earlier_card",
    "entries_of",
    "find",
    "move",
    "move_all",
    "next_free",
    "of_resident",
    "receive",
    "rows",
    "state_of",
    "states_of",
]

_COLUMNS = frozenset(blank.c.keys())
_UID_BYTES = (4, 7, 10)
"""Single, double and triple size (ISO/IEC 14443-3 §6.5.4)."""

Facts = Mapping[str, str | int]
Step = tuple[str, BlankState | None, BlankState, Facts]
"""A line of the ledger to be: serial, old state, new state, what is told with it."""


class LedgerError(ValueError):
    """The move is not possible; the message is a sentence for the officer."""


def canonical_uid(text: str) -> str:
    """A chip's UID as the ledger keeps it: lower-case hexadecimal, uid0 (the maker's code) first, no separators.

    Raises `LedgerError` unless it is 4, 7 or 10 bytes; spaces, colons and dashes between them are ignored.
    """
    digits = re.sub(r"[\s:-]", "", text).lower()
    if not re.fullmatch(r"(?:[0-9a-f]{2})+", digits) or len(digits) // 2 not in _UID_BYTES:
        raise LedgerError("Nomor chip (UID) harus 4, 7, atau 10 byte heksadesimal.")
    return digits


def _append(tx: Transaction, steps: Sequence[Step], actor: Actor) -> None:
    last = tx.sql.execute(
        select(blank_entry.c.sequence, blank_entry.c.hash).order_by(blank_entry.c.sequence.desc()).limit(1)
    ).first()
    sequence, previous = (last.sequence, last.hash) if last else (0, GENESIS)
    lines = []
    for serial, old, new, facts in steps:
        sequence += 1
        fields: dict[str, object] = {
            "sequence": sequence,
            "at": tx.now,
            "serial": serial,
            "from_state": None if old is None else str(old),
            "to_state": str(new),
            "actor": f"{actor.role}:{actor.id}@{actor.device}",
            "facts": canonical(dict(facts)),
        }
        entry_hash = chained_hash(previous, fields)
        lines.append({**fields, "previous": previous, "hash": entry_hash})
        previous = entry_hash
    tx.sql.execute(insert(blank_entry), lines)


def receive(tx: Transaction, batch: str, serials: Sequence[str], place: str, actor: Actor) -> None:
    """Take new blanks into the ledger; raises `LedgerError` if one of them is already there or comes twice."""
    if actor.role is not Role.GUDANG:
        raise NotAllowed("Hanya petugas gudang blanko yang menerima blanko.")
    if place != OFFICE or not serials:
        raise LedgerError("Blanko baru diterima di gudang kantor.")
    # A serial number is unique for ever: a second arrival is a mistake or a fraud.
    known = set(states_of(tx, serials)) | {serial for serial, times in Counter(serials).items() if times > 1}
    if known:
        raise LedgerError(f"Nomor blanko sudah ada di buku: {', '.join(sorted(known)[:5])}.")
    lines = [
        {"serial": serial, "batch": batch, "state": str(BlankState.RECEIVED), "place": place} for serial in serials
    ]
    tx.sql.execute(insert(blank), lines)
    facts: Facts = {"batch": batch, "place": place}
    _append(tx, [(serial, None, BlankState.RECEIVED, facts) for serial in serials], actor)
    follow_stock(tx)


def states_of(tx: Transaction, serials: Iterable[str]) -> dict[str, tuple[BlankState, str]]:
    """State and place of those of the serials that are in the ledger."""
    query = select(blank.c.serial, blank.c.state, blank.c.place).where(blank.c.serial.in_(list(serials)))
    return {row.serial: (BlankState(row.state), row.place) for row in tx.sql.execute(query)}


def state_of(tx: Transaction, serial: str) -> BlankState:
    """The blank's state; raises `LedgerError` if it is not in the ledger."""
    found = states_of(tx, [serial])
    if not found:
        raise LedgerError("Nomor blanko tidak ada di buku.")
    return found[serial][0]


def move(tx: Transaction, serial: str, new: BlankState, actor: Actor, **facts: str | int | None) -> None:
    """Move a blank to its next state with what ties it to the world (`blank_life.FACTS`).

    Raises `LedgerError` if no blank may go that way or something is not told, `NotAllowed` if this role may not.
    """
    move_all(tx, [serial], new, actor, **facts)


def move_all(
    tx: Transaction, serials: Sequence[str], new: BlankState, actor: Actor, **facts: str | int | None
) -> None:
    """Move all of these blanks the same way, or none of them; raises as `move` does."""
    if unknown := facts.keys() - set(FACTS):
        raise TypeError(f"the ledger keeps no {', '.join(sorted(unknown))}")
    told: dict[str, str | int] = {key: value for key, value in facts.items() if value is not None}
    if new is BlankState.RECEIVED:
        told["place"] = OFFICE
    if "uid" in told:
        told["uid"] = canonical_uid(str(told["uid"]))
    found = states_of(tx, serials)
    steps: list[Step] = []
    for serial in serials:
        if serial not in found:
            raise LedgerError("Nomor blanko tidak ada di buku.")
        old, place = found[serial]
        _check(_legal(serial, old, new), actor, told, place)
        steps.append((serial, old, new, told))
    if new is BlankState.ENCODING:
        _no_other_card(tx, told)
    if "uid" in told:
        _no_other_chip(tx, serials, str(told["uid"]))
    columns = {key: value for key, value in told.items() if key in _COLUMNS}
    tx.sql.execute(update(blank).where(blank.c.serial.in_(list(serials))).values(state=str(new), **columns))
    _append(tx, steps, actor)
    if new in READY or any(old in READY for _, old, _, _ in steps):
        follow_stock(tx)


def _legal(serial: str, old: BlankState, new: BlankState) -> Move:
    move = move_between(old, new)
    if move is None:
        raise LedgerError(f"Blanko {serial} {STATE_LABELS[old].lower()}, tidak bisa {STATE_LABELS[new].lower()}.")
    return move


def _check(move: Move, actor: Actor, told: Facts, place: str) -> None:
    if actor.role not in move.roles:
        allowed = ", ".join(sorted(ROLE_LABELS[role] for role in move.roles))
        raise NotAllowed(f"Langkah ini hanya untuk peran: {allowed}.")
    if missing := move.needs - {key for key, value in told.items() if value != ""}:
        raise LedgerError(f"Buku blanko belum lengkap: {', '.join(sorted(missing))}.")
    if "cause" in told and told["cause"] not in LEDGER_CAUSES:
        raise LedgerError("Pilih sebab dari daftar.")
    where = str(told.get("place", place))
    if not may_lie(move.target, where):
        raise LedgerError(f"Tempat ini tidak cocok: {place_name(where)}.")


def earlier_card(tx: Transaction, nik_digest: str) -> str | None:
    """The serial of the card that this resident has or is getting, or None."""
    live = [str(state) for state in LIVE]
    query = select(blank.c.serial).where(blank.c.nik_digest == nik_digest, blank.c.state.in_(live))
    return tx.sql.execute(query.order_by(blank.c.serial).limit(1)).scalar()


def _no_other_card(tx: Transaction, told: Facts) -> None:
    """A resident has one card: the earlier one leaves the ledger with its cause before another is begun."""
    other = earlier_card(tx, str(told["nik_digest"]))
    if other is not None:
        raise LedgerError(
            f"Kartu sebelumnya ({other}) belum dinyatakan rusak atau hilang di buku. Pilih sebabnya dulu."
        )


def _no_other_chip(tx: Transaction, serials: Sequence[str], uid: str) -> None:
    query = select(blank.c.serial).where(blank.c.uid == uid, blank.c.serial.not_in(list(serials)))
    other = tx.sql.execute(query.limit(1)).scalar()
    if other is not None or len(serials) > 1:
        raise LedgerError(f"Chip ini sudah tercatat pada blanko {other or 'lain'}.")


def rows(tx: Transaction) -> list[dict[str, object]]:
    """All blanks with state, place and what they are tied to."""
    return [dict(row._mapping) for row in tx.sql.execute(select(blank).order_by(blank.c.serial))]


def find(tx: Transaction, key: str) -> dict[str, Any] | None:
    """The blank with this serial, or else with this chip UID in any notation; None if there is none."""
    row = tx.sql.execute(select(blank).where(blank.c.serial == key)).first()
    if row is None:
        try:
            row = tx.sql.execute(select(blank).where(blank.c.uid == canonical_uid(key))).first()
        except LedgerError:
            return None
    return None if row is None else dict(row._mapping)


def of_resident(tx: Transaction, nik_digest: str) -> list[dict[str, Any]]:
    """All blanks that were ever taken for this resident, by serial."""
    query = select(blank).where(blank.c.nik_digest == nik_digest).order_by(blank.c.serial)
    return [dict(row._mapping) for row in tx.sql.execute(query)]


def entries_of(tx: Transaction, serials: Iterable[str]) -> list[dict[str, Any]]:
    """The ledger's lines about these blanks, oldest first, with `facts` as a dictionary."""
    query = select(blank_entry).where(blank_entry.c.serial.in_(list(serials))).order_by(blank_entry.c.sequence)
    return [{**dict(row._mapping), "facts": json.loads(row.facts)} for row in tx.sql.execute(query)]


def next_free(tx: Transaction, place: str) -> str | None:
    """The lowest serial that lies ready at `place`, or None when the stock is out."""
    ready = [str(state) for state in READY]
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
        tied = {key: value for key, value in json.loads(row.facts).items() if key in _COLUMNS}
        built[row.serial] = {**built.get(row.serial, {}), **tied, "state": row.to_state}
        previous = row.hash
    stored = {
        str(row["serial"]): {key: value for key, value in row.items() if key != "serial" and value is not None}
        for row in rows(tx)
    }
    for serial in sorted(stored.keys() | built.keys()):
        if stored.get(serial) != built.get(serial):
            return dict(Counter(states.values())), AuditBreak(count, f"blank {serial} differs from its entries")
    return dict(sorted(Counter(states.values()).items())), None
