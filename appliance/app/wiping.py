"""The daily wiping of what is due, and what it says when it cannot."""

from __future__ import annotations

import functools
import sys
import threading
from collections.abc import Callable

from appliance.app.books import LOOK_SECONDS
from appliance.app.process import start
from appliance.app.rooms import database_key
from appliance.casework.roles import SYSTEM
from appliance.clock import Clock, to_local, utc_millis
from appliance.config import Settings
from appliance.faults import DeviceFault
from appliance.office import retention
from appliance.office.retention import NotNow
from appliance.records import api_answers, copies, copy_wiping
from appliance.records.store import Store, StoreError
from appliance.records.vault import Vault


class Wiper:
    """Wipes once a calendar day, strikes every copy of the database that it has not seen since, and forgets the keys
    of programs' requests when their time is over."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        vault: Vault,
        time_trouble: Callable[[], DeviceFault | None],
        clock: Clock = utc_millis,
    ) -> None:
        self._settings = settings
        self._store = store
        self._vault = vault
        self._time_trouble = time_trouble
        self._clock = clock
        self._seen: frozenset[str] = frozenset()
        self._failed = ""
        self._log_full = False

    def start(self, stop: threading.Event) -> None:
        """Look in a thread of its own until `stop`."""
        start(functools.partial(self._run, stop), "retention")

    def _run(self, stop: threading.Event) -> None:
        while not stop.is_set():
            self.look()
            stop.wait(LOOK_SECONDS)

    def look(self) -> None:
        """Do what is due now; what keeps it from being done is said once, and tried again at the next look."""
        try:
            if self._time_trouble() is None:
                api_answers.forget(self._store)
            with self._store.read() as tx:
                ran = retention.last_run(tx)
            if ran is None or to_local(ran).date() != to_local(self._clock()).date():
                limits = self._settings.retention.days
                retention.run(self._store, self._vault, limits, SYSTEM, self._time_trouble)
                self._seen, self._log_full = frozenset(), True
            if self._log_full:
                self._log_full = not self._store.flush_log()
            there = frozenset(one.path.name for one in copies.copies(self._settings.copies))
            if not there <= self._seen:
                key = database_key(self._settings)
                self._seen = there - frozenset(
                    copy_wiping.reach(self._store, self._settings.copies, key, self._clock)
                )
        except (NotNow, StoreError, DeviceFault) as error:
            if str(error) != self._failed:
                print(f"siaga: nothing is wiped: {error}", file=sys.stderr, flush=True)
            self._failed = str(error)
        else:
            self._failed = ""
