"""Possible duplicates found among this office's own fingers, as the Kasi must see them: both records side by side."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.records import cases
from appliance.records.cases import CaseRecord, Evidence, ResidentRecord
from appliance.records.store import Transaction


@dataclass(frozen=True, slots=True)
class Record:
    """One of the two: the person, his case, and his newest portrait."""

    case: CaseRecord
    person: ResidentRecord
    photo: Evidence | None


@dataclass(frozen=True, slots=True)
class AlikePair:
    """Who is searched for, whom he may be, by which fingers of the other, and how sure (`rules.Alert`)."""

    sought: Record
    other: Record
    fingers: tuple[str, ...]
    level: str


def sought_here(tx: Transaction, case_id: str, position: int) -> bool:
    """Whether this resident's fingers were sought among those of this office, or it was said why they cannot be."""
    return bool(cases.evidence_of(tx, case_id, "local_search", position))


def alike_pairs(tx: Transaction, record: CaseRecord) -> tuple[AlikePair, ...]:
    """Every pair of this case; each resident's newest search counts."""
    newest = {item.position: item for item in cases.evidence_of(tx, record.id, "local_search")}
    return tuple(
        AlikePair(
            _record(tx, record.id, int(item.position or 0)),
            _record(tx, one["case"], one["position"]),
            tuple(one["fingers"]),
            one["level"],
        )
        for item in newest.values()
        for one in item.facts["alike"]
    )


def _record(tx: Transaction, case_id: str, position: int) -> Record:
    photos = [
        one for one in cases.evidence_of(tx, case_id, "photo", position) if one.blob and one.state != "superseded"
    ]
    return Record(cases.get(tx, case_id), cases.resident_at(tx, case_id, position), photos[-1] if photos else None)
