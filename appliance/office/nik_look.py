"""A NIK that a resident brings is looked up in the registry's data service, where the office has that access."""

from __future__ import annotations

from appliance.casework.roles import Actor, Role
from appliance.casework.sop import NotAllowed
from appliance.office.context import Office, Values, resident
from appliance.queue import jobs
from appliance.records import audit, cases
from appliance.records.cases import CaseRecord, ResidentRecord

MAY_LOOK = frozenset({Role.KASI, Role.OPERATOR})
LOOK_IN = frozenset({"VERIFIKASI_KASI", "CEK_BIOMETRIK", "INPUT_SIAK"})
"""Where a wrong or dead number is still found before anything is made of it."""


def on_resident(office: Office, actor: Actor, record: CaseRecord, person: ResidentRecord) -> tuple[str, ...]:
    """The act, for who may look this resident's NIK up now."""
    may = office.settings.central.data_access is not None and actor.role in MAY_LOOK and record.state in LOOK_IN
    return ("look_up_nik",) if may and number_of(person) else ()


def number_of(person: ResidentRecord) -> str | None:
    """The NIK that the file brought, or that SIAK gave."""
    return person.nik or person.biodata.nik


def look_up_nik(office: Office, actor: Actor, case_id: str, values: Values) -> None:
    """Have one resident's NIK looked up; each press is one question of the quota."""
    if office.settings.central.data_access is None:
        raise NotAllowed("Kantor ini tidak punya hak akses data. Cari NIK lewat SIAK.")
    if actor.role not in MAY_LOOK:
        raise NotAllowed("NIK dicari oleh Kasi atau operator.")
    with office.store.write() as tx:
        record = cases.get(tx, case_id)
        person = resident(tx, record, values)
        if record.state not in LOOK_IN or number_of(person) is None:
            raise NotAllowed("Tidak ada NIK yang perlu dicari sekarang.")
        waiting = [one for one in jobs.of_case(tx, case_id) if one.kind == "call-nik" and one.state in jobs.OPEN]
        if any(one.position == person.position for one in waiting):
            raise NotAllowed("NIK ini sedang dicari. Tunggu sebentar.")
        number = len(cases.evidence_of(tx, case_id, "nik_look", person.position)) + 1
        audit.record(tx, "nik-look-init", actor, case_id, resident=person.position)
        jobs.put(
            tx, "siak", "call-nik", f"call-nik:{case_id}:{person.position}:{number}", case_id=case_id,
            position=person.position,
        )  # fmt: skip
    office.wake()
