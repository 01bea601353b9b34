"""A resident's signature among the evidence of his case, or what stands in its place; the newest one counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

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
    make_way(tx, case_id, position)
    cases.add_evidence(tx, case_id, "signature", position=position, strokes=points, blob=blob, sha256=sha256)
    audit.record(tx, "signature-capture-complete", actor, case_id, resident=position)


def add_thumb_mark(
    tx: Transaction, case_id: str, position: int, thumb: str, state: str, kept: Mapping[str, str] | None,
    actor: Actor, *, reason: str, quality: int, cause: str,
) -> None:  # fmt: skip
    """Enter the capture of a thumb (ISO name) in place of a signature; `kept` is where its picture lies in the vault.

    `state` is accepted, or why it is no mark: tried (poor, for its `cause`), other (not the recorded thumb), officer.
    `reason` says why he does not sign.
    """
    if state == "accepted":
        make_way(tx, case_id, position)
    cases.add_evidence(
        tx, case_id, "signature", position=position, name=thumb, state=state,
        blob=kept["blob"] if kept else None, sha256=kept["sha256"] if kept else None,
        quality=quality, reason=reason, cause=cause,
    )  # fmt: skip
    audit.record(tx, "thumb-capture-complete", actor, case_id, resident=position, finger=thumb, state=state)


def make_way(tx: Transaction, case_id: str, position: int) -> None:
    """What was there before stands no longer: a signature after an exception, an exception after a signature."""
    for item in cases.evidence_of(tx, case_id, "signature", position):
        if item.state != "superseded":
            cases.change_evidence(tx, item, "superseded")
