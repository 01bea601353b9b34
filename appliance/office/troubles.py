"""What people do about work that does not go on: set it going again, give it up, call the technician, start afresh.

Each act is one transaction with its line of audit, and raises `NotAllowed` having stored nothing. Fields of `values`:
retry_job: job (its key) · call_technician: job · give_up_job: job, reason.
"""

from __future__ import annotations

from appliance.casework.roles import Actor, Role
from appliance.casework.sop import NotAllowed
from appliance.faults import FaultCode
from appliance.office.context import Office, Values, text
from appliance.queue import effects, jobs, outage
from appliance.queue.jobs import Job
from appliance.queue.trouble import Help, Trouble, Why, all_troubles, fault_of, may_give_up, may_retry
from appliance.records import audit
from appliance.records.store import Transaction, new_id

QUEUES = frozenset({"card_printer", "document_printer"})
"""Devices behind a queue, which are lanes of the same name."""
NOT_WAITING = "Pekerjaan ini tidak sedang menunggu."


def troubles(office: Office) -> list[Trouble]:
    """All work that does not go on now, the oldest first."""
    with office.store.read() as tx:
        return all_troubles(tx)


def _trouble(tx: Transaction, key: str, case_id: str | None) -> Trouble:
    for one in all_troubles(tx):
        if one.job.key == key and one.job.case_id == case_id:
            return one
    raise NotAllowed(NOT_WAITING)


def waiting(tx: Transaction, key: str, case_id: str | None) -> Job:
    """The job of this case that is held or waits for its next try; raises `NotAllowed`."""
    job = jobs.by_key(tx, key)
    waits = job is not None and (job.state == "hold" or (job.state == "ready" and job.fault is not None))
    if job is None or job.case_id != case_id or not waits:
        raise NotAllowed(NOT_WAITING)
    return job


def retry(tx: Transaction, job: Job, actor: Actor) -> None:
    """Set the job going again, if its fault's policy allows that to this person; the one way to do it."""
    fault = fault_of(job)
    if fault is None:
        raise NotAllowed("Jawab dulu pertanyaannya.")
    if not may_retry(fault, technician=actor.role is Role.TEKNISI):
        raise NotAllowed("Gangguan ini tidak boleh dicoba lagi begitu saja. Ikuti petunjuk pada pekerjaannya.")
    if fault is FaultCode.PRINTER_STOPPED and job.kind != "resume-queue":
        _resume(tx, job.lane)
    jobs.release(tx, job.key)
    audit.record(tx, "job-retry-init", actor, job.case_id, kind=job.kind, fault=job.fault, resident=job.position)


def _resume(tx: Transaction, lane: str) -> None:
    jobs.put(tx, lane, "resume-queue", f"resume-queue:{new_id()}")


def resume_queue(office: Office, actor: Actor, device: str) -> None:
    """The technician has a printer's stopped queue opened again where no work waits that would say so."""
    if actor.role is not Role.TEKNISI:
        raise NotAllowed("Langkah ini hanya untuk teknisi.")
    if device not in QUEUES:
        raise NotAllowed("Alat ini tidak punya antrean.")
    with office.store.write() as tx:
        _resume(tx, device)
        audit.record(tx, "queue-resume-init", actor, None, device=device)
    office.wake()


def withdraw_prints(tx: Transaction, lane: str, stem: str) -> None:
    """Have a print of this token taken out of queue and printer if it was begun: nobody waits for it any more."""
    if effects.begun(tx, lane, stem):
        _withdraw(tx, lane)


def withdraw_prints_of(tx: Transaction, case_id: str) -> None:
    """The same for every print of a case that ends."""
    begun = {one.device for one in effects.of_case(tx, case_id) if one.state == "intent" and one.device in QUEUES}
    for lane in sorted(begun):
        _withdraw(tx, lane)


def _withdraw(tx: Transaction, lane: str) -> None:
    jobs.put(tx, lane, "withdraw-prints", f"withdraw-prints:{new_id()}")


def retry_job(office: Office, actor: Actor, case_id: str, values: Values) -> None:
    """Set a held job going again after what held it was put right, or one that waits for its next try now."""
    key = text(values, "job", "Pekerjaan tidak ada.")
    with office.store.write() as tx:
        retry(tx, waiting(tx, key, case_id), actor)
    office.wake()


def give_up_job(office: Office, actor: Actor, case_id: str, values: Values) -> None:
    """Give a job up with its cause; the act that put it may be done anew.

    A card in work is not given up but declared spoiled, and what others wait for (papers of the file, the centre's
    books) is not given up at all.
    """
    key = text(values, "job", "Pekerjaan tidak ada.")
    cause = text(values, "reason", "Tulis sebabnya.")
    with office.store.write() as tx:
        job = waiting(tx, key, case_id)
        if not may_give_up(job):
            raise NotAllowed("Pekerjaan ini tidak bisa dihentikan begitu saja.")
        jobs.give_up(tx, job, cause)
        withdraw_prints(tx, job.lane, f"{job.key}:")
        outage.told(tx, job, None)
        audit.record(
            tx, "job-give-up-complete", actor, case_id, kind=job.kind, fault=job.fault, resident=job.position
        )


def call_technician(office: Office, actor: Actor, case_id: str, values: Values) -> None:
    """Call the technician to work that does not go on; his page says so at once."""
    key = text(values, "job", "Pekerjaan tidak ada.")
    with office.store.write() as tx:
        job = _trouble(tx, key, case_id).job
        if job.called_at is not None:
            raise NotAllowed("Teknisi sudah dipanggil.")
        jobs.call(tx, job)
        audit.record(tx, "technician-call-init", actor, case_id, kind=job.kind, fault=job.fault)
    office.wake()


def repair(office: Office, actor: Actor, job_id: str) -> None:
    """What the technician does about one job: set it going again, or take it from a worker that hangs.

    The process that hangs ends when it sees that, and the next one asks the hardware what was done.
    """
    if actor.role is not Role.TEKNISI:
        raise NotAllowed("Langkah ini hanya untuk teknisi.")
    with office.store.write() as tx:
        found = next((one for one in all_troubles(tx) if one.job.id == job_id), None)
        if found is None:
            raise NotAllowed(NOT_WAITING)
        if found.why is Why.SILENT:
            jobs.revoke(tx, found.job)
            facts = {"kind": found.job.kind, "lane": found.job.lane}
            audit.record(tx, "job-revoke-init", actor, found.job.case_id, **facts)
        elif found.technician is Help.REPAIRED:
            retry(tx, found.job, actor)
        else:
            raise NotAllowed("Ini bukan pekerjaan teknisi. Petugas meneruskannya di berkasnya.")
    office.wake()
