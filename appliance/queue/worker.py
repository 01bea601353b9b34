"""The worker of a lane: takes one job at a time, applies the fault's own policy, never invents a retry."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress

from appliance.casework.roles import SYSTEM
from appliance.casework.sop import NotAllowed
from appliance.faults import Category, DeviceFault, Item, Retry
from appliance.queue import breaker, jobs, outage
from appliance.queue.jobs import OFFICE_LANES, Job, LeaseLost
from appliance.records import audit
from appliance.records.blanks import LedgerError
from appliance.records.cases import Missing
from appliance.records.store import STORAGE_FAULTS, Store, Transaction

Result = Callable[[Transaction], None]
"""What a handler hands back: the changes to commit together with the end of its job."""

Handler = Callable[[Job], Result]

AUTO_RETRY_MS = 1_000
DISK_SECONDS = 2.0
"""How often a lane looks whether the disk takes what is written again."""


class NotYet(Exception):
    """The job is not wrong, only early: ask again after `delay_ms`; `because` is what people are told meanwhile."""

    def __init__(self, delay_ms: int, because: DeviceFault | None = None) -> None:
        super().__init__(delay_ms)
        self.delay_ms = delay_ms
        self.because = because


class NeedsAnswer(Exception):
    """The job waits for a person's answer to a question of this kind; `ask` puts the question."""

    def __init__(self, kind: str, ask: Result) -> None:
        super().__init__(kind)
        self.kind = kind
        self.ask = ask


def _after_fault(tx: Transaction, job: Job, fault: DeviceFault) -> None:
    if job.lane in OFFICE_LANES and fault.row.category is Category.LINK and fault.row.retry is Retry.AUTO_ONCE:
        jobs.retry(tx, job, breaker.opened(tx, job, fault), fault)
    elif fault.row.retry is Retry.AUTO_ONCE and job.attempts < 2:
        jobs.retry(tx, job, AUTO_RETRY_MS, fault)
    else:
        jobs.hold(tx, job, str(fault.code), fault.detail)
        _answered(tx, job, fault)
    outage.told(tx, job, fault.code)
    _record(tx, job, fault)


def _answered(tx: Transaction, job: Job, fault: DeviceFault | None = None) -> None:
    """An office that did something, or refused it, can be reached again."""
    if job.lane in OFFICE_LANES and (fault is None or fault.row.item is Item.UNTOUCHED):
        breaker.closed(tx, job)
    outage.heard(tx, job, None if fault is None else fault.code)


def _record(tx: Transaction, job: Job, fault: DeviceFault) -> None:
    audit.record(tx, "job-fault", SYSTEM, job.case_id, kind=job.kind, fault=str(fault.code), resident=job.position)


def _not_yet(tx: Transaction, job: Job, early: NotYet) -> None:
    jobs.retry(tx, job, early.delay_ms, early.because, waiting=True)
    outage.told(tx, job, None if early.because is None else early.because.code)
    # Told once, however often the job asks again.
    if early.because is not None and job.fault != str(early.because.code):
        fault = str(early.because.code)
        audit.record(tx, "job-fault", SYSTEM, job.case_id, kind=job.kind, fault=fault, resident=job.position)


def work_one(store: Store, lane: str, owner: str, handlers: Mapping[str, Handler]) -> bool:
    """Do the next due job of the lane; False if there was none. What is not a fault is a bug and passes through.

    So is a fault of the disk: nothing can be written about it, and the job keeps its lease (`work_lane`).
    """
    job = jobs.claim(store, lane, owner)
    if job is None:
        return False
    with suppress(LeaseLost):
        _do(store, job, handlers)
    return True


def _do(store: Store, job: Job, handlers: Mapping[str, Handler]) -> None:
    """Whatever comes of the job is written only while it is still this worker's; raises `LeaseLost` if it is not.

    What a worker did outside after the job was taken from him stays an open effect, about which the next one asks.
    """
    try:
        result = handlers[job.kind](job)
        with store.write() as tx:
            result(tx)
            jobs.finish(tx, job)
            outage.told(tx, job, None)
            _answered(tx, job)
    except NotYet as early:
        with _mine(store, job) as tx:
            _not_yet(tx, job, early)
    except NeedsAnswer as needs:
        with _mine(store, job) as tx:
            needs.ask(tx)
            jobs.hold(tx, job, needs.kind)
            outage.told(tx, job, None)
            if isinstance(needs.__cause__, DeviceFault):
                _record(tx, job, needs.__cause__)
    except DeviceFault as fault:
        if fault.code in STORAGE_FAULTS:
            raise
        with _mine(store, job) as tx:
            _after_fault(tx, job, fault)
    except (NotAllowed, LedgerError, Missing) as passed_by:
        # People went on meanwhile: the case was cancelled, the blank spoiled. What the act did outside stays an open
        # effect for the record; the job has nothing left to do.
        with _mine(store, job) as tx:
            jobs.finish(tx, job)
            outage.told(tx, job, None)
            audit.record(tx, "job-overtaken", SYSTEM, job.case_id, kind=job.kind, why=type(passed_by).__name__)


@contextmanager
def _mine(store: Store, job: Job) -> Iterator[Transaction]:
    with store.write() as tx:
        if not jobs.still_leased(tx, job):
            raise LeaseLost(job.id)
        yield tx


def work_lane(
    store: Store,
    lane: str,
    handlers: Mapping[str, Handler],
    wake: threading.Event,
    stop: threading.Event,
    tell: Callable[[], None],
    poll_s: float = 30.0,
) -> None:
    """Work until `stop`; `wake` ends the pause between two looks, `tell` wakes the other processes after each job."""
    while not stop.is_set():
        wake.clear()
        try:
            worked = work_one(store, lane, lane, handlers)
        except DeviceFault as fault:
            if fault.code not in STORAGE_FAULTS:
                raise
            _await_the_disk(store, lane, stop)
            worked = True
        if worked:
            tell()
        else:
            wake.wait(poll_s)


def _await_the_disk(store: Store, lane: str, stop: threading.Event) -> None:
    """Until the disk takes writes again; then the job in hand is taken anew, as after a restart: what it did outside
    without a receipt is an open intent, and it asks before it acts."""
    while not stop.wait(DISK_SECONDS):
        try:
            with store.write() as tx:
                audit.record(tx, "storage-resume-complete", SYSTEM, None, lane=lane)
            jobs.release_leases(store, (lane,))
        except DeviceFault:
            continue
        return
