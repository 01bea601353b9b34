"""Finding a signed document by its digest, and whether a later one has taken its place."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from appliance.records.schema import case, evidence
from appliance.records.store import Transaction


@dataclass(frozen=True, slots=True)
class KnownCard:
    """A family card of these books: its case, and whether it is the newest of its KK number."""

    code: str
    newest: bool


def family_card_signed(tx: Transaction, sha256: str) -> KnownCard | None:
    """The family card with this digest (hex), or None if it was not signed here."""
    held = evidence.c.kind == "kk_signed"
    joined = evidence.join(case, evidence.c.case_id == case.c.id)
    columns = evidence.c.id, evidence.c.created_at, case.c.code, case.c.kk_number, case.c.id.label("case_id")
    found = tx.sql.execute(select(*columns).select_from(joined).where(held, evidence.c.sha256 == sha256)).first()
    if found is None:
        return None
    same = case.c.id == found.case_id if found.kk_number is None else case.c.kk_number == found.kk_number
    newest = select(evidence.c.id).select_from(joined).where(held, same)
    newest = newest.order_by(evidence.c.created_at.desc(), evidence.c.id.desc()).limit(1)
    return KnownCard(found.code, tx.sql.execute(newest).scalar_one() == found.id)
