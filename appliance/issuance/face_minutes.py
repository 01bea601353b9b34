"""The minutes of a handover by face: who answers for it, and what was tried before."""

from __future__ import annotations

from appliance.casework.codes import FINGERS, NO_MATCH_REASONS
from appliance.casework.people import mask
from appliance.casework.roles import ROLE_LABELS, SYSTEM, Role
from appliance.documents.values import FaceMinutes, Witness
from appliance.issuance.machines import Machines, case_of, keep, person_of
from appliance.issuance.paper_values import letterhead, moment
from appliance.queue.jobs import Job
from appliance.queue.worker import Result
from appliance.records import audit, cases
from appliance.records.store import Transaction


def minutes(machines: Machines, job: Job) -> Result:
    """Berita acara, from what both officers did; `payload.attempt` names the comparison."""
    record, person = case_of(machines.store, job), person_of(machines.store, job)
    with machines.store.read() as tx:
        seen = [
            item
            for item in cases.evidence_of(tx, record.id, "face_today", job.position)
            if item.attempt == job.payload["attempt"]
        ][-1]
        tries = cases.evidence_of(tx, record.id, "match", job.position)
        (handed,) = cases.evidence_of(tx, record.id, "handover", job.position, "KTP")
    paper = FaceMinutes(
        letterhead=letterhead(machines.settings),
        case_code=record.code,
        nik=mask(person.nik),
        holder_name=person.biodata.full_name,
        cause=NO_MATCH_REASONS[str(seen.facts["cause"])],
        tries=tuple(f"{number}. {FINGERS.get(one.name, one.name)}" for number, one in enumerate(tries, 1)),
        place=machines.settings.office.city.title(),
        handed_over_at=moment(handed.created_at),
        officer=_witness(seen.facts["officer"]),
        second=_witness(seen.facts["second"]),
        issued_at=handed.created_at,
        specimen=machines.settings.specimen,
    )
    kept = keep(machines.store, machines.vault, record, machines.renderer.render_face_minutes(paper))

    def store(tx: Transaction) -> None:
        name = f"KTP-{person.position}"
        cases.add_evidence(tx, record.id, "minutes", name=name, blob=kept["blob"], sha256=kept["sha256"])
        audit.record(tx, "minutes-typeset-complete", SYSTEM, record.id, name=name, sha256=kept["sha256"])

    return store


def _witness(who: list[str]) -> Witness:
    _, name, role = who
    return Witness(name, ROLE_LABELS[Role(role)])
