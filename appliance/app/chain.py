"""The audit chain is checked all the time, a little at once: what is new within minutes, all of it each day."""

from __future__ import annotations

import sys
import threading

from appliance.app.books import LOOK_SECONDS
from appliance.casework.retention import DAY_MS
from appliance.faults import DeviceFault
from appliance.records import chain_watch
from appliance.records.store import Store, StoreError

REST_SECONDS = 0.5
"""Between two turns of a round, so that a round takes a tenth of a small processor and not all of it."""


def watch_chain(store: Store, stop: threading.Event) -> None:
    """Look until `stop`; what disk or server refuse is tried again at the next look."""
    pause, said = 0.0, False
    while not stop.wait(pause):
        try:
            more = chain_watch.look(store, DAY_MS)
            with store.read() as tx:
                found = chain_watch.checked(tx)
        except (StoreError, DeviceFault):
            more = False
        else:
            if found.broken is not None and not said:
                print(f"siaga: audit log, entry {found.broken}: {found.why}", file=sys.stderr, flush=True)
                said = True
        pause = REST_SECONDS if more else LOOK_SECONDS
