"""The job that tries a device: begun once, never repeated, its outcome kept; a trial that was cut off says so.

Whatever the device does wrong is the trial's result and never holds the job. It has a lane of its own, and takes the
device only as a case's step does, one at a time.
"""

from __future__ import annotations

from dataclasses import replace

from appliance.casework.roles import SYSTEM
from appliance.devices import Printer
from appliance.faults import DeviceFault
from appliance.issuance.machines import Machines
from appliance.issuance.trial_acts import ACTS, LOOK_AGAIN_MS, PRINTERS, Tried
from appliance.queue import jobs
from appliance.queue.holding import held_by_a_case
from appliance.queue.jobs import Job
from appliance.queue.worker import NotYet, Result
from appliance.records import audit, trials
from appliance.records.store import STORAGE_FAULTS, Transaction
from appliance.records.trials import Trial

WAITS_MS = 300_000
"""Who ordered a trial stands before the device; later nobody knows what lies in it."""


def try_device(machines: Machines, job: Job) -> Result:
    """A device was tried; a trial that another process had begun is not done again but told as cut off."""
    with machines.store.write() as tx:
        trial = trials.get(tx, str(job.payload["device"]))
        if trial is None or trial.id != job.payload["trial"] or trial.state not in trials.OPEN:
            return lambda tx: None
        cut = trial.state == "running"
        if not cut and not 0 <= tx.now - trial.at <= WAITS_MS:
            return _told(replace(trial, state="cut", detail="not begun in time"))
        if not cut and held_by_a_case(tx, trial.device, moves_cards=machines.settings.printer_moves_cards):
            raise NotYet(LOOK_AGAIN_MS)
        if not cut:
            trials.put(tx, replace(trial, state="running"))
    try:
        if cut:
            tried, state = _after_cut(machines, trial), "cut"
        else:
            tried = ACTS[trial.device](machines, job)
            state = "failed" if tried.doubt else "asked" if tried.ask else "done"
    except DeviceFault as fault:
        if fault.code in STORAGE_FAULTS:
            raise
        return _told(replace(trial, state="failed", fault=str(fault.code), detail=fault.detail[:200]))
    return _told(_kept(machines, replace(trial, state=state, facts=dict(tried.facts), doubt=tried.doubt), tried))


def _kept(machines: Machines, trial: Trial, tried: Tried) -> Trial:
    if not tried.taken:
        return trial
    key = machines.vault.new_case_key(trial.id)
    blob = machines.vault.put(trial.id, key, tried.taken)
    return replace(trial, blob=blob, wrapped_key=key, media_type=tried.media_type)


def _told(trial: Trial) -> Result:
    """A trial of a device came to its end."""

    def store(tx: Transaction) -> None:
        ended = replace(trial, ended=tx.now, erase_at=tx.now + trials.SHOWN_MS if trial.blob else 0)
        trials.put(tx, ended)
        if ended.blob:
            key = f"erase-trial:{ended.id}"
            where = {"device": ended.device, "trial": ended.id, "blob": ended.blob}
            jobs.put(tx, "trial", "erase-trial", key, delay_ms=trials.SHOWN_MS, **where)  # type: ignore[arg-type]
        facts = {"device": ended.device, "outcome": ended.state, "fault": ended.fault}
        audit.record(tx, "device-try-complete", SYSTEM, None, **facts)

    return store


def _after_cut(machines: Machines, trial: Trial) -> Tried:
    """What a device can still tell of a trial that was cut off; nothing of it goes on.

    A print queue that cannot be asked is asked until it can: a page left in it would come out on whatever lies there.
    """
    if trial.device not in PRINTERS:
        return Tried()
    try:
        with machines.rack.use(trial.device) as printer:
            return Tried({"page": _page(printer, trials.job_key(trial))})
    except DeviceFault as fault:
        raise NotYet(LOOK_AGAIN_MS, fault) from fault


def _page(printer: Printer, key: str) -> str:
    found = printer.job(key)
    if found is None:
        return "never queued"
    printer.purge(key)
    return str(found.state)


def erase_trial(machines: Machines, job: Job) -> Result:
    """What was taken in a trial is erased when two minutes have passed."""
    machines.vault.drop(str(job.payload["blob"]))

    def store(tx: Transaction) -> None:
        trial = trials.get(tx, str(job.payload["device"]))
        if trial is not None and trial.id == job.payload["trial"]:
            trials.put(tx, trials.erased(trial))

    return store
