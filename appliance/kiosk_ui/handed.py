"""What was filled in at a kiosk goes on at an officer's desk: the resident tells a number, the officer types it.

Kept in memory for ten minutes from the call for help and nowhere else; a restart of the appliance forgets it.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

KEPT_S = 600.0
Answers = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Handed:
    """A report in the making that may go on at a desk: `number` is what the resident tells.

    `answers` are the visit's own and change with it. `at` is on a clock that nobody sets, `officer` the account that
    goes on with it, `code` that of the case it has become; both empty before.
    """

    number: str
    answers: Answers
    at: float
    officer: str = ""
    code: str = ""


class HandedReports:
    """The reports that residents have called for help with; `ticks` are seconds of a clock that nobody sets."""

    def __init__(self, ticks: Callable[[], float]) -> None:
        self._ticks = ticks
        self._lock = threading.Lock()
        self._kept: dict[str, Handed] = {}

    def offer(self, answers: Answers) -> None:
        """Hold a visit's answers ready for an officer, from now on for ten minutes; they keep their number."""
        with self._lock:
            known = self._of(answers)
            if known is None:
                number = self._free()
                self._kept[number] = Handed(number, answers, self._ticks())
            elif not known.officer:
                self._kept[known.number] = replace(known, at=self._ticks())

    def of(self, answers: Answers | None) -> Handed | None:
        """How a visit's own answers stand; None if it has none, never offered them, or they were forgotten."""
        with self._lock:
            return self._of(answers)

    def take(self, number: str, officer: str) -> bool:
        """An officer goes on with it, and nobody else can any more, the resident neither; False if there is none."""
        with self._lock:
            found = self._live().get(number)
            if found is None or found.officer not in {"", officer} or found.code:
                return False
            self._kept[number] = replace(found, officer=officer, at=self._ticks())
            return True

    def taken(self, number: str, officer: str) -> Handed | None:
        """What this officer has taken by that number; None if it was sent, given back or forgotten."""
        with self._lock:
            found = self._live().get(number)
            return found if found is not None and found.officer == officer and not found.code else None

    def give_back(self, number: str, officer: str) -> None:
        """The resident goes on himself."""
        if (found := self.taken(number, officer)) is not None:
            self._keep(replace(found, officer=""))

    def sent(self, number: str, officer: str, code: str) -> None:
        """It has become the case of this code."""
        if (found := self.taken(number, officer)) is not None:
            self._keep(replace(found, code=code, at=self._ticks()))

    def withdraw(self, answers: Answers | None) -> None:
        """The resident has ended it or sent it himself; what an officer has taken stays with him."""
        with self._lock:
            known = self._of(answers)
            if known is not None and not known.officer:
                del self._kept[known.number]

    def waiting(self) -> int:
        """How many wait for an officer."""
        with self._lock:
            return sum(not one.officer for one in self._live().values())

    def _keep(self, one: Handed) -> None:
        with self._lock:
            self._kept[one.number] = one

    def _of(self, answers: Answers | None) -> Handed | None:
        return next((one for one in self._live().values() if one.answers is answers), None)

    def _live(self) -> dict[str, Handed]:
        now = self._ticks()
        self._kept = {number: one for number, one in self._kept.items() if now - one.at <= KEPT_S}
        return self._kept

    def _free(self) -> str:
        while (number := f"{secrets.randbelow(10_000):04}") in self._kept:
            pass
        return number
