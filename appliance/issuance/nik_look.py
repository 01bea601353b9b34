"""The step that asks the registry's data service about a NIK, within the day's quota."""

from __future__ import annotations

from appliance.casework.nik_look import differences
from appliance.casework.roles import SYSTEM
from appliance.clock import to_local
from appliance.faults import DeviceFault, FaultCode
from appliance.issuance.machines import case_of, person_of
from appliance.issuance.offices import Offices
from appliance.queue.jobs import Job
from appliance.queue.worker import Result
from appliance.records import audit, cases, quota
from appliance.records.store import Transaction


def call_nik(offices: Offices, job: Job) -> Result:
    """Ask, compare, and keep the verdict: which fields differ, never what the registry has in them."""
    if offices.data_access is None:
        raise DeviceFault(FaultCode.DATA_REFUSED, "not configured")
    record = case_of(offices.store, job)
    person = person_of(offices.store, job)
    limit = offices.settings.central.data_quota
    with offices.store.write() as tx:
        day = to_local(tx.now).date()
        spent = quota.spend(tx, day, limit)
    if spent is None:
        raise DeviceFault(FaultCode.DATA_QUOTA, f"{limit} a day")
    found = offices.data_access.call_nik(str(person.nik or person.biodata.nik))
    differs = differences(person.biodata, found.person) if found.person else ()

    def store(tx: Transaction) -> None:
        now = quota.told(tx, day, found.left)
        cases.add_evidence(
            tx,
            record.id,
            "nik_look",
            position=person.position,
            name="NIK",
            state=str(found.result),
            differs=list(differs),
            used=now.used,
            limit=limit,
            left=now.left,
        )
        told = {"resident": person.position, "result": str(found.result), "differs": len(differs)}
        audit.record(tx, "nik-look-complete", SYSTEM, record.id, **told)

    return store
