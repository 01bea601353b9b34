"""What the Kasi and the Kabid are shown before they let a family pass: how it differs from what was known of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from appliance.casework.household_changes import MemberChange, changes
from appliance.casework.people import Biodata, Finding, compare_nik
from appliance.records import cases
from appliance.records.cases import CaseRecord
from appliance.records.store import Transaction

SHOWN_BEFORE = frozenset({"verify", "validate"})
"""Acts by which a family passes."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One member with what is odd about his NIK; `new_nik` says that SIAK gave it in this case."""

    change: MemberChange
    new_nik: bool
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Differences:
    """Every member against what `source` says: `file`, the file as it was taken in before; `case`, this office's own
    record `code` of the same family card or NIK; `none`, nothing was known of them."""

    source: str
    code: str
    members: tuple[Difference, ...]


def differences(tx: Transaction, record: CaseRecord) -> Differences:
    """How the family of this case differs from the newest that is known of it."""
    people = cases.residents(tx, record.id)
    now = [replace(person.biodata, nik=person.nik) for person in people]
    given = [person.biodata.nik is None and person.nik is not None for person in people]
    source, code, before = _known(tx, record, now)
    members = []
    for number, change in enumerate(changes(before, now)):
        fresh = number < len(given) and given[number]
        # A NIK that SIAK has just given is no change of the person.
        changed = tuple(one for one in change.changed if not (one == "nik" and fresh))
        findings = tuple(compare_nik(change.now)) if change.now is not None else ()
        members.append(Difference(replace(change, changed=changed), fresh, findings))
    return Differences(source, code, tuple(members))


def _known(tx: Transaction, record: CaseRecord, now: list[Biodata]) -> tuple[str, str, list[Biodata]]:
    earlier = [item for item in cases.evidence_of(tx, record.id, "file") if item.facts.get("before")]
    if earlier:
        return "file", "", [cases.biodata_from_json(one) for one in earlier[-1].facts["before"]]
    niks = [one.nik for one in now if one.nik]
    other = cases.same_family(tx, record.kk_number, niks, record.id)
    if other is not None:
        family = cases.residents(tx, other.id)
        return "case", other.code, [replace(one.biodata, nik=one.nik) for one in family]
    return "none", "", []
