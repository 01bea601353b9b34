"""The quick look at the blank ledger, for every start; the full one, line by line, belongs to the end of the day.

Quick is: the newest line follows the one before, the line up to which everything was proven last still stands there,
no line is missing, and rows and lines count the same blanks in each state. A line changed in the middle since that
proof is found by the full check (`blanks.balance`) only.
"""

from __future__ import annotations

import json
from collections import Counter

from sqlalchemy import func, select

from appliance.records import blanks, notes
from appliance.records.audit import GENESIS, AuditBreak, chained_hash
from appliance.records.schema import blank, blank_entry
from appliance.records.store import Transaction

_PROVEN, _DOUBT = "ledger-proven", "ledger-doubt"
_HASHED = ("sequence", "at", "serial", "from_state", "to_state", "actor", "facts")


def quick(tx: Transaction) -> AuditBreak | None:
    """The first thing that is wrong at a glance, or None."""
    newest = tx.sql.execute(select(blank_entry).order_by(blank_entry.c.sequence.desc()).limit(2)).all()
    lines = int(tx.sql.execute(select(func.count()).select_from(blank_entry)).scalar_one())
    head = newest[0].sequence if newest else 0
    if lines != head:
        return AuditBreak(lines, "a line of the ledger is missing")
    if newest:
        before = newest[1].hash if len(newest) > 1 else GENESIS
        fields = {name: newest[0]._mapping[name] for name in _HASHED}
        if newest[0].previous != before or newest[0].hash != chained_hash(before, fields):
            return AuditBreak(head, "the newest line does not follow the one before")
    proven = json.loads(notes.get(tx, _PROVEN) or "{}")
    if proven:
        line = select(blank_entry.c.hash).where(blank_entry.c.sequence == proven["sequence"])
        if tx.sql.execute(line).scalar() != proven["hash"]:
            return AuditBreak(proven["sequence"], "the line proven last is not there any more")
    return None if _by_lines(tx) == _by_rows(tx) else AuditBreak(head, "lines and blanks do not count the same")


def _by_rows(tx: Transaction) -> dict[str, int]:
    query = select(blank.c.state, func.count().label("number")).group_by(blank.c.state)
    return {row.state: row.number for row in tx.sql.execute(query)}


def _by_lines(tx: Transaction) -> dict[str, int]:
    """How many blanks are in each state: those that came there without those that left."""
    found: Counter[str] = Counter()
    for column, sign in ((blank_entry.c.to_state, 1), (blank_entry.c.from_state, -1)):
        query = select(column.label("state"), func.count().label("number")).where(column.is_not(None))
        for row in tx.sql.execute(query.group_by(column)):
            found[row.state] += sign * row.number
    return {state: number for state, number in found.items() if number}


def full(tx: Transaction) -> AuditBreak | None:
    """Prove the ledger line by line and remember up to where it was proven; the first break, or None."""
    broken = blanks.balance(tx)[1]
    if broken is None:
        newest = select(blank_entry.c.sequence, blank_entry.c.hash).order_by(blank_entry.c.sequence.desc()).limit(1)
        row = tx.sql.execute(newest).first()
        if row is not None:
            notes.put(tx, _PROVEN, json.dumps({"sequence": row.sequence, "hash": row.hash}))
    note_doubt(tx, broken)
    return broken


def note_doubt(tx: Transaction, broken: AuditBreak | None) -> bool:
    """Keep what is wrong for the pages, or that nothing is; whether that is news."""
    said = "" if broken is None else f"{broken.sequence}: {broken.why}"
    news = doubt(tx) != said
    if news:
        notes.put(tx, _DOUBT, said)
    return news


def doubt(tx: Transaction) -> str:
    """What the last look found wrong, as number of the line and sentence; empty if nothing."""
    return notes.get(tx, _DOUBT) or ""
