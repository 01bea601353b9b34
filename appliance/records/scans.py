"""Scans of papers as evidence: one stands for each paper; those before it and those taken back stay."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from appliance.casework.roles import Actor
from appliance.records import audit, cases
from appliance.records.cases import Evidence
from appliance.records.store import Transaction

SCAN = "scan"
COUNTS = frozenset({"accepted", "forced", "doubtful"})
"""States of a scan that stands for its paper; a doubtful one waits for another or for a reason."""


def standing_scans(
    items: Iterable[Evidence], in_hand: Iterable[Mapping[str, Any]]
) -> dict[tuple[str, str], Evidence]:
    """The scan that stands for each paper, by its kind and the id of its letter.

    One that was taken before its letter was recorded is the first letter's of its kind; until then its id is empty.
    """
    first: dict[str, str] = {}
    for one in in_hand:
        first.setdefault(str(one["kind"]), str(one["id"]))
    return {
        (item.name, str(item.facts.get("letter") or first.get(item.name, ""))): item
        for item in items
        if item.kind == SCAN and item.state in COUNTS
    }


def scans_now(tx: Transaction, case_id: str) -> dict[tuple[str, str], Evidence]:
    """The same of a case as it stands in the books."""
    return standing_scans(cases.evidence_of(tx, case_id, SCAN), cases.letters(tx, case_id))


def add_scan(
    tx: Transaction, case_id: str, paper: tuple[str, str], blob: str, sha256: str, doubt: str, by: Actor, **facts: Any
) -> None:
    """Let a durable scan stand for its paper (kind, id of its letter) in the place of the one before; `doubt` is
    dark, blurred or empty.

    The same bytes again change nothing.
    """
    kind, letter = paper
    before = scans_now(tx, case_id).get(paper)
    if before is not None and before.sha256 == sha256:
        return
    if before is not None:
        cases.change_evidence(tx, before, "superseded", was=before.state)
    state = "doubtful" if doubt else "accepted"
    replaces = before.id if before is not None else ""
    attempt = len(cases.evidence_of(tx, case_id, SCAN, name=kind)) + 1
    facts = {"doubt": doubt, "replaces": replaces, "letter": letter, **facts}
    cases.add_evidence(tx, case_id, SCAN, name=kind, state=state, attempt=attempt, blob=blob, sha256=sha256, **facts)
    audit.record(tx, "paper-scan-complete", by, case_id, paper=kind, state=state, doubt=doubt)


def keep_scan(tx: Transaction, item: Evidence, reason: str, by: Actor) -> None:
    """A doubtful scan is kept as it is, with a reason."""
    cases.change_evidence(tx, item, "forced", reason=reason)
    audit.record(
        tx, "paper-scan-complete", by, item.case_id, paper=item.name, state="forced", doubt=item.facts["doubt"]
    )


def undo_scan(tx: Transaction, item: Evidence, by: Actor) -> None:
    """Take a scan back; the one whose place it took stands again."""
    cases.change_evidence(tx, item, "undone")
    for older in cases.evidence_of(tx, item.case_id, SCAN, name=item.name):
        if older.id == item.facts["replaces"]:
            cases.change_evidence(tx, older, str(older.facts["was"]))
    audit.record(tx, "paper-scan-undo-complete", by, item.case_id, paper=item.name)


def reopen_scans(tx: Transaction, case_id: str, kinds: list[str]) -> None:
    """These papers are asked for anew; scans of all others stay as they are."""
    for (kind, _), item in scans_now(tx, case_id).items():
        if kind in kinds:
            cases.change_evidence(tx, item, "reopened")
