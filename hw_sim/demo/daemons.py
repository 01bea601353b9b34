"""SIGKILL for everything that stands round the appliance: services of its own machine, printers, offices far away.

Each comes up again by itself a little later, as its unit, its mains switch or its own operator would have it.
"""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable, Mapping

from hw_sim.station import Station

Crash = tuple[Callable[[], None], Callable[[], None]]
"""How it goes, and how it comes back."""

OFFICES = ("siak", "centre", "esign")
AWAY_SECONDS = (0.05, 1.0)
PAUSE_SECONDS = (0.3, 4.0)


def crashes(station: Station) -> Mapping[str, Crash]:
    """What can be killed, by name."""
    cups, server = station.cups, station.offices.server
    assert cups is not None
    found: dict[str, Crash] = {
        "pcscd": (station.cards.crash, station.cards.come_back),
        "cupsd": (cups.cut_power, cups.start),
        "card printer": (station.card_printer.crash, station.card_printer.start),
        "sheet printer": (station.document_printer.crash, station.document_printer.start),
    }
    for office in OFFICES:
        found[office] = _office(server.crash, office), _office(server.come_back, office)
    return found


def _office(act: Callable[[str], None], office: str) -> Callable[[], None]:
    return lambda: act(office)


class DaemonStorm:
    """Kills one of `victims` after the other at random moments, from `start` to `wait`."""

    def __init__(self, station: Station, seed: int, victims: Mapping[str, Crash] | None = None) -> None:
        self.killed: Counter[str] = Counter()
        self._victims = crashes(station) if victims is None else victims
        self._random = random.Random(seed)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._storm, name="daemon storm")
        self._away = threading.Event()

    @property
    def something_is_away(self) -> bool:
        """Whether one of them is down at this moment."""
        return self._away.is_set()

    def start(self) -> None:
        """Let the storm begin."""
        self._thread.start()

    def _storm(self) -> None:
        while not self._over.wait(self._random.uniform(*PAUSE_SECONDS)):
            name = self._random.choice(sorted(self._victims))
            go, come_back = self._victims[name]
            self._away.set()
            go()
            self.killed[name] += 1
            self._over.wait(self._random.uniform(*AWAY_SECONDS))
            come_back()
            self._away.clear()

    def wait(self) -> None:
        """The storm is over and everything is back."""
        self._over.set()
        self._thread.join()
