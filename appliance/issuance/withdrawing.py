"""Prints that nobody waits for any more are taken out of queue and printer before they come out on another's card.

A job that waits for a filled tray or a closed cover stays in the queue. Its card may be spoiled meanwhile, or the
work given up; the next card that is put in would then bear a stranger's face.
"""

from __future__ import annotations

from appliance.casework.roles import SYSTEM
from appliance.casework.sop import CASE_ENDS
from appliance.devices import Printer
from appliance.issuance.machines import Machines
from appliance.queue import effects, jobs
from appliance.queue.effects import Effect
from appliance.queue.jobs import OPEN, Job
from appliance.queue.worker import Result
from appliance.records import audit, cases
from appliance.records.store import Transaction

PRINTS = ("print-card:", "print-kk:")


def withdraw_prints(machines: Machines, job: Job) -> Result:
    """Take out what was given up at the printer of this lane; raises `printer.*` if it cannot be asked."""
    with machines.rack.use(job.lane) as printer:
        withdraw(machines, printer, job.lane)
    return lambda tx: None


def withdraw(machines: Machines, printer: Printer, device: str) -> None:
    """Cancel every begun print whose job or case is over, and write down whether it had come out all the same."""
    with machines.store.read() as tx:
        left = [effect for effect in _begun(tx, device) if not _goes_on(tx, effect)]
    for effect in left:
        printer.purge(effect.token)
        found = printer.job(effect.token)
        came_out = found is not None and found.counter_moved is True
        with machines.store.write() as tx:
            effects.outcome(tx, effect.token, "done" if came_out else "failed", {"state": "withdrawn"})
            where = {"effect": effect.token, "came_out": came_out}
            audit.record(tx, "print-withdraw-complete", SYSTEM, effect.case_id, **where)


def another_begun(tx: Transaction, device: str, token: str) -> bool:
    """Whether another print of the device was begun and goes on: what lies in its slot is that one's."""
    return any(effect.token != token and _goes_on(tx, effect) for effect in _begun(tx, device))


def _begun(tx: Transaction, device: str) -> list[Effect]:
    """A print that was asked about (`unknown`) has been taken out of queue and printer before."""
    found = effects.open_effects(tx, device)
    return [effect for effect in found if effect.state == "intent" and effect.token.startswith(PRINTS)]


def _goes_on(tx: Transaction, effect: Effect) -> bool:
    job = jobs.by_key(tx, effect.token.rpartition(":")[0])
    ended = effect.case_id is not None and cases.get(tx, effect.case_id).state in CASE_ENDS
    return job is not None and job.state in OPEN and not ended
