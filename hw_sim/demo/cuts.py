"""Power cuts at a moment on a wire: the appliance is killed there, and comes back a little later."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from functools import partial

from hw_sim.demo.appliance import Appliance
from hw_sim.world import Event, When, World

CUTS: Mapping[str, tuple[When, int]] = {
    "sign": (When("esign", {"call": "sign", "phase": "done"}), 1),
    "chip": (When("apdu-done", {"slot": 0, "ins": "D6"}), 14),
    "print": (When("printing", {"printer": "card"}), 1),
    "search": (When("centre", {"call": "search", "phase": "done"}), 1),
    "siak": (When("siak", {"call": "households", "phase": "done"}), 1),
    "finger": (When("capture"), 4),
    "signature": (When("signature"), 1),
    "enrolment": (When("centre", {"call": "enrol", "phase": "done"}), 1),
    "packet": (When("centre", {"call": "personalise", "phase": "done"}), 1),
    "open-session": (When("apdu-done", {"slot": 0, "ins": "50"}), 1),
    "kk-job": (When("print-job", {"printer": "sheet"}), 1),
    "kk-sheet": (When("printing", {"printer": "sheet"}), 1),
    "card-job": (When("print-job", {"printer": "card"}), 1),
    "card-out": (When("printed", {"printer": "card"}), 1),
    "card-state": (When("centre", {"call": "card", "phase": "done"}), 1),
}
"""Where the power may go, and at which such event of the run. An answer on its way at that moment is lost."""

USUAL = ("sign", "chip", "print")
"""The cuts of every demo: after the signature, amid the chip, as the card moves."""

WITH_NEW_FAMILY_CARD = frozenset({"sign", "search", "siak", "kk-job", "kk-sheet"})
"""Cuts that can only fall where a family card is made."""


class PowerCuts:
    """Kills the appliance at each named moment, once, and starts it again."""

    def __init__(self, world: World, appliance: Appliance, names: tuple[str, ...]) -> None:
        self.appliance = appliance
        self.made: list[str] = []
        self.seconds = 0.0
        self._back: list[threading.Thread] = []
        self._seen: Counter[str] = Counter()
        for name in names:
            world.on(CUTS[name][0], partial(self._passing, name), once=False)

    def _passing(self, name: str, _: Event) -> None:
        self._seen[name] += 1
        if self._seen[name] == CUTS[name][1]:
            self.cut(name)

    def cut(self, name: str) -> None:
        """The power goes now, as it was wanted."""
        self.made.append(name)
        self.off()

    def off(self) -> None:
        """The power goes now; it comes back in a thread of its own, since the wire must see the cut first."""
        self.appliance.kill()
        thread = threading.Thread(target=self._restart, name="power back")
        self._back.append(thread)
        thread.start()

    def _restart(self) -> None:
        self.seconds += self.appliance.start()

    def wait(self) -> None:
        """Wait until the power is back everywhere."""
        for thread in self._back:
            thread.join()
