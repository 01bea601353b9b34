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
}
"""Where the cuts of the demo fall, and at which such event: after the signature, amid the chip, as the card moves."""


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
        """The power goes now; it comes back in a thread of its own, since the wire must see the cut first."""
        self.made.append(name)
        self.appliance.kill()
        thread = threading.Thread(target=self._restart, name=f"power back after {name}")
        self._back.append(thread)
        thread.start()

    def _restart(self) -> None:
        self.seconds += self.appliance.start()

    def wait(self) -> None:
        """Wait until the power is back everywhere."""
        for thread in self._back:
            thread.join()
