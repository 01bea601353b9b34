"""The workers of one process: a thread a lane, woken by datagram."""

from __future__ import annotations

import functools
import os
import sys
import threading
from collections.abc import Callable, Mapping
from typing import TypeVar

from appliance.app.places import run_folder
from appliance.app.process import start
from appliance.config import Settings
from appliance.queue import jobs, wake
from appliance.queue.jobs import Job
from appliance.queue.worker import Handler, Result, work_lane
from appliance.records.store import Store

TAKEN_EXIT = 75
"""EX_TEMPFAIL of sysexits(3): start me again."""
LOOK_SECONDS = 1.0
"""A datagram may be lost, so work is looked for by itself as well."""

Context = TypeVar("Context")
Steps = Mapping[str, Mapping[str, Callable[[Context, Job], Result]]]
"""By lane and kind of job: the step that does it, given what it works with."""


def start_lanes(
    settings: Settings, store: Store, process: str, steps: Steps[Context], context: Context, stop: threading.Event
) -> None:
    """Run one worker a lane until `stop`; `process` names the socket on which this process is woken.

    One thread looks for all lanes, at each datagram and once a second behind it, and wakes the lanes that have work:
    ten lanes that each looked for themselves cost more than all devices together.
    """
    caller = wake.Caller(run_folder(settings))
    receiver = wake.listen(run_folder(settings) / f"{process}.wake")
    wakes = {lane: threading.Event() for lane in steps}
    in_hand: dict[str, Job] = {}
    for lane, kinds in steps.items():
        handlers: dict[str, Handler] = {
            kind: functools.partial(_in_hand, in_hand, functools.partial(step, context))
            for kind, step in kinds.items()
        }
        start(functools.partial(work_lane, store, lane, handlers, wakes[lane], stop, caller), lane)
    start(functools.partial(wake.relay, receiver, functools.partial(_look, store, wakes, in_hand), stop), "wake")


def _in_hand(in_hand: dict[str, Job], step: Handler, job: Job) -> Result:
    """Do the step, with the job known to be in this process's hands meanwhile."""
    in_hand[job.lane] = job
    try:
        return step(job)
    finally:
        del in_hand[job.lane]


def _look(store: Store, wakes: Mapping[str, threading.Event], in_hand: Mapping[str, Job]) -> float:
    """Wake the lanes that have work; the seconds until the next look.

    A step that is still under way while its job is no longer leased hangs, and a technician took the job from it: a
    thread cannot be ended, so the process ends, and its supervisor starts one that asks the hardware.
    """
    if in_hand and (taken := _taken(store, in_hand)):
        print(f"job {taken.kind} was taken from this process, which ends", file=sys.stderr, flush=True)
        os._exit(TAKEN_EXIT)
    left = jobs.due_in(store, wakes)
    for lane, milliseconds in left.items():
        if milliseconds <= 0:
            wakes[lane].set()
    later = [milliseconds / 1000 for milliseconds in left.values() if milliseconds > 0]
    return min([LOOK_SECONDS, *later])


def _taken(store: Store, in_hand: Mapping[str, Job]) -> Job | None:
    held = list(in_hand.values())
    with store.read() as tx:
        lost = [job for job in held if not jobs.still_leased(tx, job)]
    # A step that has come back since is on its way to hand in what it did; it leaves the hand before that.
    return next((job for job in lost if in_hand.get(job.lane) is job), None)
