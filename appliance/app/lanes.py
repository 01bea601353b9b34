"""The workers of one process: a thread a lane, woken by datagram."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Mapping
from typing import TypeVar

from appliance.app.places import run_folder
from appliance.app.process import start
from appliance.config import Settings
from appliance.queue import wake
from appliance.queue.jobs import Job
from appliance.queue.worker import Handler, Result, work_lane
from appliance.records.store import Store

Context = TypeVar("Context")
Steps = Mapping[str, Mapping[str, Callable[[Context, Job], Result]]]
"""By lane and kind of job: the step that does it, given what it works with."""


def start_lanes(
    settings: Settings, store: Store, process: str, steps: Steps[Context], context: Context, stop: threading.Event
) -> None:
    """Run one worker a lane until `stop`; `process` names the socket on which this process is woken."""
    caller = wake.Caller(run_folder(settings))
    receiver = wake.listen(run_folder(settings) / f"{process}.wake")
    wakes = {lane: threading.Event() for lane in steps}
    for lane, kinds in steps.items():
        handlers: dict[str, Handler] = {kind: functools.partial(step, context) for kind, step in kinds.items()}
        start(functools.partial(work_lane, store, lane, handlers, wakes[lane], stop, caller), lane)
    start(functools.partial(wake.relay, receiver, tuple(wakes.values()), stop), "wake")
