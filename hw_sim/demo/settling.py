"""How long the appliance takes after a power cut until nothing is open that devices and offices can tell."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hw_sim.demo.browser import Browser, PageRefused
from hw_sim.demo.people import Crew

ACTS_OUTSIDE = frozenset(
    {
        "enter",
        "search",
        "enrol",
        "personalise",
        "void",
        "report-card",
        "sign",
        "encode",
        "print-card",
        "print-kk",
    }
)
"""Kinds of jobs that do something outside of the appliance; the other jobs only read, or may be done again."""
LONGEST_SECONDS = 30.0
LOOK_SECONDS = 0.02

NOTHING_OPEN, BY_ITSELF, ASKED, HELD, CUT_AGAIN, UNSETTLED = (
    "nothing was open",
    "settled by itself",
    "a person was asked",
    "a person must act",
    "cut again before",
    "not settled",
)


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of the work that a cut interrupted, and the seconds since the power came back; None: not known."""

    outcome: str
    seconds: float | None


class Settling:
    """Looks at the case over and over, as a program may; signed in once, before the first cut."""

    def __init__(self, crew: Crew) -> None:
        self._crew = crew
        self._browser = Browser(f"http://{crew.appliance.addresses['officer']}", crew.browsers["petugas"].credentials)
        self._turn = threading.Lock()
        self._newest = 0

    def sign_in(self) -> None:
        """Before the first cut, so that looking commits nothing later."""
        self._browser.get("/petugas/")

    def cut(self) -> int:
        """The power goes now: whoever still looks after an earlier cut stops. The number of this cut."""
        self._newest += 1
        return self._newest

    def look(self, number: int, back_at: float, until: float | None = None) -> Settled:
        """Look until all is settled, the power goes again, or `until` (monotonic); the power came at `back_at`."""
        with self._turn:
            open_before: set[str] | None = None
            while self._newest == number and (until is None or time.monotonic() < until):
                if time.monotonic() - back_at > LONGEST_SECONDS:
                    return Settled(UNSETTLED, time.monotonic() - back_at)
                state = self._state()
                if state is not None:
                    outside = {str(one["id"]): one for one in state["jobs"] if one["kind"] in ACTS_OUTSIDE}
                    if open_before is None:
                        open_before = {name for name, one in outside.items() if _is_open(one)}
                        held = [one for one in outside.values() if not _is_open(one)]
                    left = [one for name, one in outside.items() if name in open_before]
                    if not any(_is_open(one) for one in left):
                        seconds = time.monotonic() - back_at
                        return Settled(_outcome(open_before, [*left, *held], state), seconds)
                time.sleep(LOOK_SECONDS)
        return Settled(CUT_AGAIN, None)

    def _state(self) -> Mapping[str, Any] | None:
        """The case, where there is one yet; None while nobody answers."""
        if not self._crew.case_id:
            return {"jobs": [], "questions": []}
        try:
            return self._browser.json(self._crew.page + ".json")
        except (OSError, PageRefused, ValueError):
            return None


def _is_open(job: Mapping[str, Any]) -> bool:
    return bool(job["state"] != "hold")


def _outcome(open_before: set[str], held: list[Mapping[str, Any]], state: Mapping[str, Any]) -> str:
    if state["questions"]:
        return ASKED
    if any(job["state"] == "hold" for job in held):
        return HELD
    return BY_ITSELF if open_before else NOTHING_OPEN
