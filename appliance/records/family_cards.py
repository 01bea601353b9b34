"""The drafts and signed family cards of a case: those that stand, and those that were withdrawn for a deleted NIK."""

from __future__ import annotations

from appliance.records import cases
from appliance.records.cases import Evidence
from appliance.records.store import Transaction

WITHDRAWN = "withdrawn"
"""State of a draft or a signed document that is kept for as long as any other and never handed over."""
_ABOUT_IT = ("kk_draft", "kk_signed", "shelf")


def standing(tx: Transaction, case_id: str, kind: str) -> list[Evidence]:
    """Its drafts (`kk_draft`), signed documents (`kk_signed`) or shelves that were not withdrawn, oldest first."""
    return [item for item in cases.evidence_of(tx, case_id, kind) if item.state != WITHDRAWN]


def withdrawn(tx: Transaction, case_id: str) -> list[Evidence]:
    """Its signed documents that were withdrawn, oldest first."""
    return [item for item in cases.evidence_of(tx, case_id, "kk_signed") if item.state == WITHDRAWN]


def withdraw(tx: Transaction, case_id: str, *, handed_over: bool) -> list[str]:
    """Withdraw all that stand, and where the sheet lies: a new one is not there. The digests (hex) of the signed."""
    signed = standing(tx, case_id, "kk_signed")
    for item in (one for kind in _ABOUT_IT for one in standing(tx, case_id, kind)):
        if item.position is None:
            cases.change_evidence(tx, item, WITHDRAWN, handed_over=handed_over)
    return [str(item.sha256) for item in signed]


def work_on_it(tx: Transaction, case_id: str, what: str) -> str:
    """The key of the job, and stem of the effect, that signs (`sign`) or prints (`print-kk`) the card made now.

    A card that is made anew has its own: what was done with the withdrawn one says nothing of it.
    """
    before = len(withdrawn(tx, case_id))
    return f"{what}:{before + 1}:{case_id}" if before else f"{what}:{case_id}"
