"""A resident's signature among the evidence of his case: kept in the same way whatever it was written on."""

from __future__ import annotations

from collections.abc import Sequence

from appliance.casework.roles import Actor
from appliance.devices import Stroke
from appliance.records import audit, cases
from appliance.records.store import Transaction


def add_signature(
    tx: Transaction, case_id: str, position: int, strokes: Sequence[Stroke], blob: str, sha256: str, actor: Actor
) -> None:
    """Enter the strokes with time and pressure, and the picture of them that lies in the vault, and say so in the
    audit."""
    points = [[[point.x, point.y, point.pressure, point.at_ms] for point in stroke] for stroke in strokes]
    cases.add_evidence(tx, case_id, "signature", position=position, strokes=points, blob=blob, sha256=sha256)
    audit.record(tx, "signature-capture-complete", actor, case_id, resident=position)
