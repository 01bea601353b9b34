"""Effects: an act on the world outside, with its intent committed before it and its outcome after it.

An intent without outcome is never repeated before the device or office was asked; if it cannot tell, a person is.
A second physical copy is only ever a new effect (the next ordinal), with a reason and a name.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select, update

from appliance.records import restoration
from appliance.records.schema import effect as table
from appliance.records.store import Store, Transaction, canonical


@dataclass(frozen=True, slots=True)
class Effect:
    """One act: `state` is intent, done, failed or unknown; `facts` is what recovery needs to ask the device."""

    token: str
    device: str
    case_id: str | None
    position: int | None
    state: str
    digest: str
    facts: Mapping[str, Any]
    evidence: Mapping[str, Any] | None


def _effect(row: Any) -> Effect:
    facts = json.loads(row.facts)
    evidence = json.loads(row.evidence) if row.evidence else None
    return Effect(row.token, row.device, row.case_id, row.position, row.state, row.digest, facts, evidence)


def find(tx: Transaction, token: str) -> Effect | None:
    """The effect with this token, or None if it was never meant."""
    row = tx.sql.execute(select(table).where(table.c.token == token)).first()
    return None if row is None else _effect(row)


def intend(
    store: Store,
    token: str,
    device: str,
    digest: str,
    *,
    case_id: str | None = None,
    position: int | None = None,
    **facts: object,
) -> Effect | None:
    """Commit the intent; returns None when it is new, or the effect that already stood there and must be settled."""
    with store.write() as tx:
        old = find(tx, token)
        if old is not None:
            return old
        row = {"token": token, "device": device, "case_id": case_id, "position": position, "digest": digest}
        tx.sql.execute(insert(table).values(**row, state="intent", facts=canonical(facts), intent_at=tx.now))
        return None


def doubt(store: Store, token: str, device: str, *, case_id: str | None, position: int | None) -> bool:
    """Before an act is looked up: if the books were restored, it may have been done in the time that is lost.

    Then it stands as `unknown`, to be asked or answered like any other; true if it does so because of that. Once one
    of its kind was settled after the restoration, there is no doubt any more.
    """
    stem = re.sub(r":[0-9]+$", ":", token)
    with store.read() as tx:
        since = restoration.doubted_since(tx, case_id)
        if since is None:
            return False
        same = [one for one in _alike(tx, stem, token) if max(one.intent_at, one.outcome_at or 0) >= since]
        if same:
            return any(one.token == token and "restored" in json.loads(one.facts) for one in same)
        old = find(tx, token)
        if old is not None and old.state in {"done", "failed"}:
            return False
    with store.write() as tx:
        told = {"state": "unknown", "intent_at": tx.now}
        if old is not None:
            told["facts"] = canonical({**old.facts, "restored": since})
            tx.sql.execute(update(table).where(table.c.token == token).values(**told))
        else:
            told["facts"] = canonical({"restored": since})
            row = {"token": token, "device": device, "case_id": case_id, "position": position, "digest": ""}
            tx.sql.execute(insert(table).values(**row, **told))
    return True


def _alike(tx: Transaction, stem: str, token: str) -> list[Any]:
    """The effects that are this act or an earlier or later try of it (`stem:n`)."""
    like = table.c.token.startswith(stem, autoescape=True) if stem.endswith(":") else table.c.token == token
    return list(tx.sql.execute(select(table).where(like)))


def outcome(
    tx: Transaction, token: str, state: str, evidence: Mapping[str, object], decided_by: str | None = None
) -> None:
    """Write what came of an open intent; an effect that has its outcome keeps it."""
    values = {"state": state, "evidence": canonical(dict(evidence)), "outcome_at": tx.now, "decided_by": decided_by}
    where = [table.c.token == token, table.c.state.in_(("intent", "unknown"))]
    tx.sql.execute(update(table).where(*where).values(**values))


def with_digest(tx: Transaction, device: str, digest: str) -> list[Effect]:
    """Every act of a device, meant or done, on what has this digest."""
    rows = tx.sql.execute(select(table).where(table.c.device == device, table.c.digest == digest))
    return [_effect(row) for row in rows]


def next_token(tx: Transaction, stem: str) -> str:
    """The token of the act to do now: `stem:n`, the open or newest one, or the next if the newest failed."""
    rows = tx.sql.execute(
        select(table.c.token, table.c.state).where(table.c.token.startswith(f"{stem}:", autoescape=True))
    ).all()
    if not rows:
        return f"{stem}:1"
    newest = max(rows, key=lambda row: int(row.token.rpartition(":")[2]))
    number = int(newest.token.rpartition(":")[2])
    return f"{stem}:{number + 1}" if newest.state == "failed" else f"{stem}:{number}"


def open_effects(tx: Transaction, device: str | None = None) -> list[Effect]:
    """Intents without outcome, oldest first."""
    query = select(table).where(table.c.state.in_(("intent", "unknown"))).order_by(table.c.intent_at)
    if device is not None:
        query = query.where(table.c.device == device)
    return [_effect(row) for row in tx.sql.execute(query)]


def begun(tx: Transaction, device: str, stem: str) -> bool:
    """Whether an act of the device whose token begins so was meant and is not settled, nor asked about."""
    return any(one.state == "intent" and one.token.startswith(stem) for one in open_effects(tx, device))


def of_case(tx: Transaction, case_id: str) -> list[Effect]:
    """All effects of a case, oldest first."""
    rows = tx.sql.execute(select(table).where(table.c.case_id == case_id).order_by(table.c.intent_at))
    return [_effect(row) for row in rows]
