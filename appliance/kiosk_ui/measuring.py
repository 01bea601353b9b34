"""The kiosk's screen is measured where it stands: a technician opens its page from his own screen.

Kept in memory for ten minutes from the last touch of it and nowhere else; a restart of the appliance closes it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from appliance.casework.roles import Actor

OPEN_S = 600.0


class Measuring:
    """Who measures the kiosk's screen now; `ticks` are seconds of a clock that nobody sets."""

    def __init__(self, ticks: Callable[[], float]) -> None:
        self._ticks = ticks
        self._lock = threading.Lock()
        self._technician: Actor | None = None
        self._at = 0.0
        self._turns = 0

    @property
    def turns(self) -> int:
        """How often it was opened, measured at or closed so far: what a page that shows it hangs on."""
        return self._turns

    def open(self, technician: Actor) -> None:
        """The kiosk shows the page to whoever stands before it, in this technician's name."""
        with self._lock:
            self._technician, self._at = technician, self._ticks()
            self._turns += 1

    def close(self) -> None:
        """The kiosk is for residents again."""
        with self._lock:
            self._technician = None
            self._turns += 1

    def measured(self) -> None:
        """Whoever opened it has kept a measure: ten more minutes."""
        with self._lock:
            self._at = self._ticks()
            self._turns += 1

    def technician(self) -> Actor | None:
        """In whose name the screen is measured; None if nobody opened its page, or too long ago."""
        with self._lock:
            if self._technician is not None and self._ticks() - self._at > OPEN_S:
                self._technician = None
            return self._technician
