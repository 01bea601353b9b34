"""Step 4: SIAK enters the family and gives the numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, fields, replace

from appliance.casework.intake import Household
from appliance.casework.people import check_kk_number, check_nik
from appliance.central.siak import Registration, SiakGateway
from appliance.faults import DeviceFault, FaultCode
from appliance.issuance.machines import case_of
from appliance.issuance.offices import Offices, once
from appliance.issuance.paper_values import approved_draft
from appliance.issuance.same_data import differing_in_registry
from appliance.queue import effects
from appliance.queue.arrivals import numbers_arrived
from appliance.queue.jobs import Job
from appliance.queue.worker import Result
from appliance.records import cases
from appliance.records.cases import CaseRecord, ResidentRecord
from appliance.records.store import Transaction


def enter(offices: Offices, job: Job) -> Result:
    """Step 4: SIAK enters the family; a resident who has a NIK keeps it.

    SIAK enters a case once. What was corrected since is read back, and what it still holds otherwise is told by field
    (`siak.differs`): a person corrects it there, for no call of SIAK does.
    """
    siak = offices.the_siak()
    record = case_of(offices.store, job)
    with offices.store.read() as tx:
        people = cases.residents(tx, record.id)
    household = asdict(record.household) if record.household else {}
    rows = [{**approved_draft(person), "index": person.position} for person in people]
    for row in rows:
        if row["nik"] is None:
            del row["nik"]
    token = f"siak:{record.id}"
    found = once(
        offices,
        job,
        "siak",
        token,
        lambda: siak.find_registration(record.id),
        lambda: siak.register(record.id, household, rows),
    )
    found = replace(found, niks={**found.niks, **_brought(people)})
    findings = check_kk_number(found.kk_number, specimen=offices.settings.specimen)
    for nik in found.niks.values():
        findings += check_nik(nik, specimen=offices.settings.specimen)
    if any(finding.level == "error" for finding in findings):
        raise DeviceFault(FaultCode.SIAK_REFUSED, "SIAK gave a number that breaks the rules")
    differing = _still_otherwise(siak, record, people, found)
    if differing:
        raise DeviceFault(FaultCode.SIAK_DIFFERS, ", ".join(differing))

    def store(tx: Transaction) -> None:
        numbers_arrived(tx, record, found.kk_number, found.niks)
        effects.outcome(tx, token, "done", {"residents": len(found.niks)})

    return store


def _brought(people: Sequence[ResidentRecord]) -> dict[int, str]:
    """The NIKs that residents have had all along: SIAK's first answer may name another, which it deletes since."""
    return {person.position: person.biodata.nik for person in people if person.biodata.nik}


def _still_otherwise(
    siak: SiakGateway, record: CaseRecord, people: Sequence[ResidentRecord], found: Registration
) -> list[str]:
    """The fields that SIAK holds otherwise than the file: the household's once, the others behind the position."""
    differing: dict[str, None] = {}
    entered = replace(record, kk_number=found.kk_number)
    for person in people:
        nik = found.niks.get(person.position, "")
        registered = siak.resident(nik) if nik else None
        if registered is None:
            differing[f"{person.position}.nik"] = None
            continue
        for name in differing_in_registry(entered, replace(person, nik=nik), registered):
            differing[name if name in _OF_THE_HOUSEHOLD else f"{person.position}.{name}"] = None
    return list(differing)


_OF_THE_HOUSEHOLD = frozenset(field.name for field in fields(Household))
