"""What is dated or judged by the clock is not begun while the clock cannot be believed: waiting costs nothing."""

from __future__ import annotations

from collections.abc import Callable

from appliance.faults import DeviceFault, FaultCode
from appliance.queue import jobs
from appliance.queue.jobs import Job
from appliance.queue.worker import NotYet
from appliance.records.store import Store

TimeTrouble = Callable[[], DeviceFault | None]
"""Why nothing may be dated by the clock now; None if it may."""
LOOK_AGAIN_MS = 2_000
HELD_FOR = frozenset({str(FaultCode.CLOCK_BEHIND), str(FaultCode.CLOCK_JUMPED)})


def believed() -> None:
    """The clock of a machine that nobody watches is believed."""


def await_time(store: Store, trouble: TimeTrouble, job: Job) -> None:
    """Go on with a job only by a clock that can be believed; else `NotYet` with the reason."""
    why = trouble()
    if why is not None:
        raise NotYet(LOOK_AGAIN_MS, why)
    if job.fault in HELD_FOR:
        jobs.tell_nothing(store, job)
