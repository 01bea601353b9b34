"""The audit log: a hash chain of events with ids and digests, never names, images, templates or full NIKs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import func, insert, select

from appliance.casework.roles import Actor
from appliance.records.schema import audit
from appliance.records.store import Transaction, canonical

GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class AuditBreak:
    """Where the chain no longer holds: the sequence number and what is wrong."""

    sequence: int
    why: str


def chained_hash(previous: str, fields: Mapping[str, object]) -> str:
    """The hash of one entry: SHA-256 over the previous hash and the entry's canonical JSON."""
    return hashlib.sha256((previous + canonical(dict(fields))).encode()).hexdigest()


def record(tx: Transaction, event: str, actor: Actor, case_id: str | None = None, **facts: object) -> None:
    """Append one event; it is committed with the change that it tells of.

    Whoever acts for somebody else stands there as such: fact `acting`, title and decree.
    """
    if actor.acting is not None:
        facts["acting"] = str(actor.acting)
    last = tx.sql.execute(select(audit.c.sequence, audit.c.hash).order_by(audit.c.sequence.desc()).limit(1)).first()
    sequence, previous = (last.sequence + 1, last.hash) if last else (1, GENESIS)
    fields: dict[str, object] = {
        "sequence": sequence,
        "at": tx.now,
        "event": event,
        "actor": f"{actor.role}:{actor.id}@{actor.device}",
        "case_id": case_id,
        "facts": canonical(facts),
    }
    tx.sql.execute(insert(audit).values(**fields, previous=previous, hash=chained_hash(previous, fields)))


def entries(tx: Transaction) -> Iterator[dict[str, object]]:
    """All entries, oldest first, as plain dictionaries."""
    for row in tx.sql.execute(select(audit).order_by(audit.c.sequence)):
        yield dict(row._mapping)


def of_case(tx: Transaction, case_id: str) -> list[dict[str, object]]:
    """The entries about this case, oldest first."""
    query = select(audit).where(audit.c.case_id == case_id).order_by(audit.c.sequence)
    return [dict(row._mapping) for row in tx.sql.execute(query)]


def of_case_since(tx: Transaction, case_id: str, since: int) -> list[dict[str, object]]:
    """The entries about this case that bear this time (UTC milliseconds) or a later one, oldest first."""
    query = select(audit).where(audit.c.case_id == case_id, audit.c.at >= since).order_by(audit.c.sequence)
    return [dict(row._mapping) for row in tx.sql.execute(query)]


def verify(tx: Transaction) -> tuple[int, AuditBreak | None]:
    """How many entries there are, and the first break of the chain or None."""
    count, _, broken = check(tx, 0, GENESIS, None)
    return count if broken is None else broken.sequence, broken


def check(tx: Transaction, after: int, previous: str, limit: int | None) -> tuple[int, str, AuditBreak | None]:
    """Check at most `limit` entries behind number `after`, whose hash is `previous`: how many hold, the hash of the
    last of them, and the first break or None."""
    query = select(audit).where(audit.c.sequence > after).order_by(audit.c.sequence).limit(limit)
    count = 0
    for row in tx.sql.execute(query):
        entry, number = row._mapping, after + count + 1
        fields = {key: entry[key] for key in ("sequence", "at", "event", "actor", "case_id", "facts")}
        if entry["sequence"] != number:
            return count, previous, AuditBreak(number, "an entry is missing")
        if entry["previous"] != previous:
            return count, previous, AuditBreak(number, "does not continue the entry before")
        if entry["hash"] != chained_hash(previous, fields):
            return count, previous, AuditBreak(number, "was changed after it was written")
        previous, count = str(entry["hash"]), count + 1
    return count, previous, None


def head(tx: Transaction) -> int:
    """The number of the newest entry; 0 without any."""
    return int(tx.sql.execute(select(func.coalesce(func.max(audit.c.sequence), 0))).scalar_one())


def first_at(tx: Transaction) -> int | None:
    """When the first entry was written, UTC milliseconds; None without any."""
    return tx.sql.execute(select(audit.c.at).order_by(audit.c.sequence).limit(1)).scalar()


def newest_of(tx: Transaction, events: Iterable[str], after: int) -> dict[str, object] | None:
    """The newest entry of these events behind number `after`, or None; entries before that are not looked at."""
    query = select(audit).where(audit.c.sequence > after, audit.c.event.in_(tuple(events)))
    row = tx.sql.execute(query.order_by(audit.c.sequence.desc()).limit(1)).first()
    return None if row is None else dict(row._mapping)


def latest_time(tx: Transaction, since: int) -> int:
    """The latest time that any entry from number `since` on bears, UTC milliseconds; 0 without any."""
    query = select(func.coalesce(func.max(audit.c.at), 0)).where(audit.c.sequence >= since)
    return int(tx.sql.execute(query).scalar_one())


def newest(tx: Transaction, event: str, limit: int) -> list[dict[str, object]]:
    """The newest entries of one event, the newest first."""
    query = select(audit).where(audit.c.event == event).order_by(audit.c.sequence.desc()).limit(limit)
    return [dict(row._mapping) for row in tx.sql.execute(query)]
