"""Notes that the appliance keeps for itself: one text a key, in the same database as everything else."""

from __future__ import annotations

from sqlalchemy import delete, insert, select

from appliance.records.schema import meta
from appliance.records.store import Transaction


def get(tx: Transaction, key: str) -> str | None:
    """The note, or None."""
    return tx.sql.execute(select(meta.c.value).where(meta.c.key == key)).scalar()


def put(tx: Transaction, key: str, text: str) -> None:
    """Write the note, in place of an earlier one."""
    tx.sql.execute(delete(meta).where(meta.c.key == key))
    tx.sql.execute(insert(meta).values(key=key, value=text))
