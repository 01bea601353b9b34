"""Step 4: SIAK enters the family and gives the numbers."""

from __future__ import annotations

from dataclasses import asdict

from appliance.casework.people import check_kk_number, check_nik
from appliance.faults import DeviceFault, FaultCode
from appliance.issuance.machines import case_of
from appliance.issuance.offices import Offices, once
from appliance.issuance.paper_values import approved_draft
from appliance.queue import effects
from appliance.queue.arrivals import numbers_arrived
from appliance.queue.jobs import Job
from appliance.queue.worker import Result
from appliance.records import cases
from appliance.records.store import Transaction


def enter(offices: Offices, job: Job) -> Result:
    """Step 4: SIAK enters the family; a resident who has a NIK keeps it."""
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
    findings = check_kk_number(found.kk_number, specimen=offices.settings.specimen)
    for nik in found.niks.values():
        findings += check_nik(nik, specimen=offices.settings.specimen)
    if any(finding.level == "error" for finding in findings):
        raise DeviceFault(FaultCode.SIAK_REFUSED, "SIAK gave a number that breaks the rules")

    def store(tx: Transaction) -> None:
        numbers_arrived(tx, record, found.kk_number, found.niks)
        effects.outcome(tx, token, "done", {"residents": len(found.niks)})

    return store
