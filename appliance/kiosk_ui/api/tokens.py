"""Bearer tokens of programs that are signed in: a digest and when it was last used, in memory only."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable

LIMIT = 500
"""Tokens kept at most; the one longest unused goes first."""


class Tokens:
    """Tokens that were given out here; `now` is a monotonic clock in seconds, `idle` how long one may lie unused."""

    def __init__(self, now: Callable[[], float], idle: float) -> None:
        self._now = now
        self._idle = idle
        self._used: dict[str, float] = {}
        self._lock = threading.Lock()

    def add(self, token: str) -> None:
        """This one was given out now."""
        with self._lock:
            self._used[_digest(token)] = self._now()
            if len(self._used) > LIMIT:
                del self._used[min(self._used, key=lambda one: self._used[one])]

    def use(self, token: str) -> bool:
        """Whether it is one of ours and was not left unused for too long; such a one is forgotten."""
        with self._lock:
            last = self._used.pop(_digest(token), None)
            if last is None or self._now() - last > self._idle:
                return False
            self._used[_digest(token)] = self._now()
            return True

    def drop(self, token: str) -> None:
        """It is worth nothing from now on."""
        with self._lock:
            self._used.pop(_digest(token), None)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
