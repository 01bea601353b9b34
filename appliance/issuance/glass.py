"""Who may see the glass of the finger scanner: one resident's page at a time, and of a capture the page it is for."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from appliance.issuance.viewfinder import IDLE_SECONDS, NEXT_SECONDS, Judge, Viewfinder
from appliance.queue.jobs import Job
from appliance.queue.viewing import View

SCANNER = "fingerprint_scanner"
AIM = "glass"
"""What the viewfinder is asked for; after it, parted by a blank, whose fingers are to be seen (`whose`)."""

UNJUDGED: dict[str, Judge] = {AIM: lambda _picture: ""}
"""A live picture of a glass is no capture: what it is worth, and its hint, follow from what is captured."""


def whose(job: Job) -> str:
    """The resident whose fingers this work takes; a page names him in the same way."""
    return f"{job.case_id}:{job.position}"


class GlassViewfinder:
    """The viewfinder of the scanner. Until IDLE_SECONDS after its last question a page has the glass for its
    resident; while anybody else's finger is taken it sees nothing, and nothing of that afterwards.

    `lent` is what the scanner's owner tells of each use.
    """

    def __init__(self, finder: Viewfinder, ticks: Callable[[], float] = time.monotonic) -> None:
        self._finder = finder
        self._ticks = ticks
        self._lock = threading.Lock()
        self._page, self._asked = "", float("-inf")
        self._used_for: str | None = None
        self._strange_uses = 0

    def look(self, aim: str, after: int = 0, seconds: float = NEXT_SECONDS) -> View | None:
        """As `Viewfinder.look`, for the resident named in `aim`; None also while the glass is somebody else's."""
        kind, _, mine = aim.partition(" ")
        with self._lock:
            if not self._is_for(mine):
                return None
            if mine != self._page:
                self._page = mine
                self._finder.forget()
            self._asked = self._ticks()
            uses = self._strange_uses
        seen = self._finder.look(kind, after, seconds)
        with self._lock:
            if mine != self._page or uses != self._strange_uses:
                return None
            self._asked = self._ticks()
        return seen

    @contextmanager
    def lent(self, whose: str) -> Iterator[None]:
        """A use of the scanner, from its beginning to its end."""
        with self._lock:
            self._used_for = whose
            self._forget_strangers(whose)
        try:
            yield
        finally:
            with self._lock:
                self._forget_strangers(whose)
                self._used_for = None

    def _is_for(self, mine: str) -> bool:
        if self._used_for is not None and self._used_for != mine:
            return False
        return mine == self._page or self._ticks() - self._asked > IDLE_SECONDS

    def _forget_strangers(self, whose: str) -> None:
        if whose != self._page:
            self._strange_uses += 1
            self._finder.forget()
