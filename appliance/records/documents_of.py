"""Finding a signed document by its digest, and whether a later one has taken its place."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from appliance.records.cases import CaseRecord, Evidence, evidence_of, get
from appliance.records.family_cards import WITHDRAWN
from appliance.records.schema import case, evidence
from appliance.records.store import Transaction


@dataclass(frozen=True, slots=True)
class KnownCard:
    """A family card of these books: its case, and whether it is the newest of its KK number and was not withdrawn."""

    code: str
    newest: bool


@dataclass(frozen=True, slots=True)
class PrintedCode:
    """What the code on a family card leads to: the signed document, or whether the books can say that there is none.

    `sha256` (hex) is empty where no document of that number was typeset in that second and signed; `ruled_out` is
    then whether that is sure: the number is of these books, and the second of each card signed under it is known.
    `record` is the digest (hex) of what was printed on the card of that second, empty where none is known; `unsigned`
    is whether one was typeset in that second here and never signed.
    """

    ruled_out: bool
    sha256: str
    record: str = ""
    unsigned: bool = False


def family_card_printed(tx: Transaction, kk_number: str, second: int) -> PrintedCode:
    """The document that was signed of the draft typeset in this UTC second, before another draft took its place.

    The second of a card is not known where SIAK typeset it, where an older program did, and once it was wiped.
    """
    ids = tx.sql.execute(select(case.c.id).where(case.c.kk_number == kk_number)).scalars().all()
    all_known, unsigned = True, False
    for case_id in ids:
        drafted: int | None = None
        record = ""
        for item in evidence_of(tx, case_id):
            if item.kind == "kk_draft":
                drafted = int(item.facts["issued_at"]) // 1000 if "issued_at" in item.facts else None
                record = str(item.facts.get("record", ""))
                unsigned = unsigned or drafted == second
            elif item.kind == "kk_signed":
                if drafted == second and item.sha256:
                    return PrintedCode(False, item.sha256, record)
                unsigned = unsigned and drafted != second
                all_known = all_known and drafted is not None
    return PrintedCode(bool(ids) and all_known, "", "", unsigned)


def family_card_kept(tx: Transaction, sha256: str) -> tuple[CaseRecord, Evidence] | None:
    """The signed family card with this digest (hex) and its case, or None."""
    query = select(evidence.c.case_id).where(evidence.c.kind == "kk_signed", evidence.c.sha256 == sha256)
    case_id = tx.sql.execute(query).scalar()
    if case_id is None:
        return None
    found = [item for item in evidence_of(tx, case_id, "kk_signed") if item.sha256 == sha256]
    return get(tx, case_id), found[-1]


def family_card_signed(tx: Transaction, sha256: str) -> KnownCard | None:
    """The family card with this digest (hex), or None if it was not signed here."""
    held = evidence.c.kind == "kk_signed"
    joined = evidence.join(case, evidence.c.case_id == case.c.id)
    columns = evidence.c.id, evidence.c.state, case.c.code, case.c.kk_number, case.c.id.label("case_id")
    found = tx.sql.execute(select(*columns).select_from(joined).where(held, evidence.c.sha256 == sha256)).first()
    if found is None:
        return None
    same = case.c.id == found.case_id if found.kk_number is None else case.c.kk_number == found.kk_number
    newest = select(evidence.c.id).select_from(joined).where(held, same)
    newest = newest.order_by(evidence.c.created_at.desc(), evidence.c.id.desc()).limit(1)
    stands = found.state != WITHDRAWN and tx.sql.execute(newest).scalar_one() == found.id
    return KnownCard(found.code, stands)
