"""The bell: a resident calls, the officers' pages and the signal light show it, one of them goes.

Kept in memory, for a call is of now; that somebody calls is told to the books, from which the light learns it.
"""

from __future__ import annotations

import contextlib
import threading

from appliance.faults import DeviceFault
from appliance.records import calls
from appliance.records.store import Store


class Bell:
    """Open calls by place, with the moment of the first one (UTC milliseconds).

    A disk that takes nothing keeps the call from the light, not from the pages.
    """

    def __init__(self, store: Store | None = None) -> None:
        self._store = store
        self._calls: dict[str, int] = {}
        self._lock = threading.Lock()
        self._tell()

    def ring(self, place: str, now: int) -> int:
        """Call an officer to `place`; a second ring is the same call. Returns when it was first rung."""
        with self._lock:
            first = not self._calls
            since = self._calls.setdefault(place, now)
            if first:
                self._tell()
            return since

    def calls(self) -> tuple[tuple[str, int], ...]:
        """The open calls, the oldest first."""
        with self._lock:
            return tuple(sorted(self._calls.items(), key=lambda call: call[1]))

    def answer(self, place: str) -> None:
        """An officer is there."""
        with self._lock:
            if self._calls.pop(place, None) is not None and not self._calls:
                self._tell()

    def _tell(self) -> None:
        if self._store is not None:
            with contextlib.suppress(DeviceFault), self._store.write() as tx:
                calls.tell(tx, bool(self._calls))
