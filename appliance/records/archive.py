"""Archive entries: where the papers of a case lie, and the sealed list of everything that was recorded."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import insert, select

from appliance.records.cases import CaseRecord
from appliance.records.schema import archive
from appliance.records.store import Transaction
from appliance.records.vault import Vault


def put(tx: Transaction, record: CaseRecord, box: str, shelf: str, digest: str, blob: str) -> None:
    """Enter a case; once."""
    row = {"case_id": record.id, "box": box, "shelf": shelf, "manifest_sha256": digest, "blob": blob, "at": tx.now}
    tx.sql.execute(insert(archive).values(**row))


def get(tx: Transaction, vault: Vault, record: CaseRecord) -> dict[str, Any] | None:
    """The entry of a case with its manifest (None once that was wiped), or None while it is not archived."""
    row = tx.sql.execute(select(archive).where(archive.c.case_id == record.id)).first()
    if row is None:
        return None
    manifest = json.loads(vault.get(record.id, record.wrapped_key, row.blob)) if row.blob else None
    return {"box": row.box, "shelf": row.shelf, "at": row.at, "sha256": row.manifest_sha256, "manifest": manifest}
