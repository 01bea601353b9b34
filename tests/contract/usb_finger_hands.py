"""Hands at the simulated USB finger scanner, for both drivers that reach it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hw_sim.fingers import FingerCache
from hw_sim.people import Person
from hw_sim.usb_bus import UsbBus
from hw_sim.usb_finger_scanner import UsbFingerScanner

CACHE = FingerCache(Path(__file__).parents[2] / "build" / "fingers")
PERSON = Person("Uji Coba", 9001)
PORT = "1-1"


@contextmanager
def in_environment(names: Mapping[str, str]) -> Iterator[None]:
    """What the drivers' children find in their environment while this lasts."""
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(names)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


class ScannerHands:
    """What a person can do at the scanner, and its cable."""

    def __init__(self, bus: UsbBus, takes: int = 1) -> None:
        self.bus = bus
        self.scanner = UsbFingerScanner(bus.world, CACHE, takes)
        bus.world.people["at_scanner"] = PERSON

    @property
    def levers(self) -> Any:
        return self.scanner.levers

    def lay_finger(self, position: str) -> None:
        self.levers.finger = position

    def lift_finger(self) -> None:
        self.levers.finger = None

    def silence(self) -> None:
        self.levers.silent = True

    def speak(self) -> None:
        self.levers.silent = False

    def unplug(self) -> None:
        self.bus.unplug(PORT)

    def plug(self) -> None:
        self.bus.plug(PORT, self.scanner)
