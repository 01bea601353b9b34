"""Legal holds: while one stands, nothing of its case is wiped, whatever is due."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import insert, select, update

from appliance.casework.roles import Actor
from appliance.casework.sop import NotAllowed
from appliance.records import audit
from appliance.records.schema import legal_hold
from appliance.records.store import Transaction, new_id


@dataclass(frozen=True, slots=True)
class Hold:
    """One hold: `reason` a key of `HOLD_REASONS`, `note` the letter that asks for it; `lifted_at` None while it
    stands."""

    id: str
    case_id: str
    reason: str
    note: str
    set_by: str
    set_at: int
    lift_reason: str | None
    lifted_by: str | None
    lifted_at: int | None


def standing(tx: Transaction, case_id: str) -> Hold | None:
    """The hold that stands over this case, or None."""
    query = select(legal_hold).where(legal_hold.c.case_id == case_id, legal_hold.c.lifted_at.is_(None))
    row = tx.sql.execute(query).first()
    return None if row is None else Hold(**row._mapping)


def all_standing(tx: Transaction) -> list[Hold]:
    """Every hold that stands, the oldest first."""
    query = select(legal_hold).where(legal_hold.c.lifted_at.is_(None)).order_by(legal_hold.c.set_at)
    return [Hold(**row._mapping) for row in tx.sql.execute(query)]


def hold(tx: Transaction, case_id: str, reason: str, note: str, actor: Actor) -> None:
    """Hold everything of this case; raises `NotAllowed` if it is held already."""
    if standing(tx, case_id) is not None:
        raise NotAllowed("Berkas ini sudah ditahan.")
    row = {"id": new_id(), "case_id": case_id, "reason": reason, "note": note}
    tx.sql.execute(insert(legal_hold).values(**row, set_by=actor.id, set_at=tx.now))
    audit.record(tx, "retention-hold-init", actor, case_id, reason=reason)


def lift(tx: Transaction, case_id: str, reason: str, actor: Actor) -> None:
    """Let the case go its way again; raises `NotAllowed` if nothing holds it, or if this person set the hold."""
    found = standing(tx, case_id)
    if found is None:
        raise NotAllowed("Berkas ini tidak ditahan.")
    if found.set_by == actor.id:
        raise NotAllowed("Yang melepas harus pejabat lain, bukan yang menahan.")
    values = {"lift_reason": reason, "lifted_by": actor.id, "lifted_at": tx.now}
    tx.sql.execute(update(legal_hold).where(legal_hold.c.id == found.id).values(**values))
    audit.record(tx, "retention-hold-complete", actor, case_id, reason=reason)
