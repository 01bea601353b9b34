"""The bell: a resident calls, the officers' pages show it, one of them goes. Kept in memory; a call is of now."""

from __future__ import annotations

import threading


class Bell:
    """Open calls by place, with the moment of the first one (UTC milliseconds)."""

    def __init__(self) -> None:
        self._calls: dict[str, int] = {}
        self._lock = threading.Lock()

    def ring(self, place: str, now: int) -> int:
        """Call an officer to `place`; a second ring is the same call. Returns when it was first rung."""
        with self._lock:
            return self._calls.setdefault(place, now)

    def calls(self) -> tuple[tuple[str, int], ...]:
        """The open calls, the oldest first."""
        with self._lock:
            return tuple(sorted(self._calls.items(), key=lambda call: call[1]))

    def answer(self, place: str) -> None:
        """An officer is there."""
        with self._lock:
            self._calls.pop(place, None)
