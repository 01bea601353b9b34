"""The questions about machine work that `siaga` answers in a terminal."""

from __future__ import annotations

import argparse
import getpass
from contextlib import closing

from appliance.app.places import run_folder
from appliance.app.rooms import open_store
from appliance.app.said import GOOD, MISSING, WRONG, Said
from appliance.casework.roles import Actor, Role
from appliance.casework.sop import NotAllowed
from appliance.clock import to_datetime
from appliance.config import Settings
from appliance.kiosk_ui.notices import notice
from appliance.office.troubles import retry, waiting
from appliance.queue import jobs, wake
from appliance.queue.jobs import Job
from appliance.queue.trouble import Trouble, all_troubles
from appliance.records.store import Transaction


def _facts(job: Job, trouble: Trouble | None) -> dict[str, object]:
    return {
        "id": job.id,
        "key": job.key,
        "lane": job.lane,
        "kind": job.kind,
        "state": job.state,
        "priority": job.priority,
        "attempts": job.attempts,
        "progress": [job.done_steps, job.done_of],
        "run_after": job.run_after,
        "changed_at": job.changed_at,
        "fault": job.fault,
        "detail": job.detail,
        "stuck": None
        if trouble is None
        else {
            "why": str(trouble.why),
            "since": trouble.since,
            "item": str(trouble.item),
            "actor": str(trouble.actor),
            "help": str(trouble.help),
        },
    }


def _line(job: Job, trouble: Trouble | None) -> str:
    if trouble is None:
        return f"{job.id}  {job.lane:16} {job.kind:18} {job.state}"
    since = f"{to_datetime(trouble.since):%Y-%m-%dT%H:%M:%SZ}"
    return f"{job.id}  {job.lane:16} {job.kind:18} {trouble.why:9} {job.fault or '-'} since {since}"


def _known(tx: Transaction, name: str) -> Job | None:
    return jobs.by_id(tx, name) or jobs.by_key(tx, name)


def _missing(name: str) -> Said:
    return Said(MISSING, {"missing": name}, [f"there is no job {name}"])


def queue_list(settings: Settings, arguments: argparse.Namespace) -> Said:
    """All work that is not finished, what stands still with its cause; exit code 1 if anything does."""
    store, _ = open_store(settings)
    with store.read() as tx:
        found = {one.job.id: one for one in all_troubles(tx)}
        shown = [job for job in jobs.unfinished(tx) if not arguments.stuck or job.id in found]
    facts: dict[str, object] = {"stuck": len(found), "jobs": [_facts(job, found.get(job.id)) for job in shown]}
    lines = [_line(job, found.get(job.id)) for job in shown] or ["nothing waits"]
    return Said(WRONG if found else GOOD, facts, lines)


def queue_show(settings: Settings, arguments: argparse.Namespace) -> Said:
    """One job by its id or key: cause, remedy, what became of the item, who must act; exit code 1 if it stands."""
    store, _ = open_store(settings)
    with store.read() as tx:
        job = _known(tx, arguments.job)
        found = None if job is None else next((one for one in all_troubles(tx) if one.job.id == job.id), None)
    if job is None:
        return _missing(arguments.job)
    lines = [_line(job, found), f"  key       {job.key}", f"  attempts  {job.attempts}"]
    if found is not None:
        said = notice(job.fault or "", "en")
        lines += [f"  cause     {said.technician}", f"  remedy    {said.remedy}"] if said is not None else []
        lines += [f"  item      {found.item}", f"  who acts  {found.actor}", f"  helps     {found.help}"]
    if job.detail:
        lines.append(f"  detail    {job.detail}")
    return Said(GOOD if found is None else WRONG, _facts(job, found), lines)


def queue_retry(settings: Settings, arguments: argparse.Namespace) -> Said:
    """Set a job going again, only where its fault's policy allows that; exit code 1 if it does not."""
    store, _ = open_store(settings)
    by = Actor("console", getpass.getuser(), Role.TEKNISI, "terminal")
    with store.write() as tx:
        job = _known(tx, arguments.job)
        if job is None:
            return _missing(arguments.job)
        try:
            retry(tx, waiting(tx, job.key, job.case_id), by)
        except NotAllowed:
            why = f"job {job.id} ({job.kind}) is {job.state}, {job.fault or 'no fault'}: not to be tried again"
            return Said(WRONG, {"id": job.id, "refused": why}, [why])
    with closing(wake.Caller(run_folder(settings))) as everybody:
        everybody()
    return Said(GOOD, {"id": job.id, "state": "ready"}, [f"job {job.id} ({job.kind}) goes on"])
