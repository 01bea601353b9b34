"""The fingers that this office has stored, of whatever case: where each lies and under which key."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from appliance.records.schema import case, evidence
from appliance.records.store import Transaction


@dataclass(frozen=True, slots=True)
class StoredFinger:
    """One finger's record in the vault; `name` is its ISO position, `position` the resident's place in his case."""

    id: str
    case_id: str
    wrapped_key: str
    position: int
    name: str
    blob: str


def stored_fingers(tx: Transaction) -> list[StoredFinger]:
    """Recorded fingers and those taken for a search, oldest first; none of a case whose key was dropped."""
    query = (
        select(
            evidence.c.id,
            evidence.c.case_id,
            case.c.wrapped_key,
            evidence.c.position,
            evidence.c.name,
            evidence.c.blob,
        )
        .join(case, case.c.id == evidence.c.case_id)
        .where(
            evidence.c.kind.in_(("template", "search_finger")),
            evidence.c.state.in_(("accepted", "forced")),
            evidence.c.blob.is_not(None),
            case.c.wrapped_key != "",
        )
        .order_by(evidence.c.created_at, evidence.c.id)
    )
    return [StoredFinger(**row._mapping) for row in tx.sql.execute(query)]
