"""The simulated USB finger scanner on its bus, hands at it, and what both drivers that reach it have in common."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from every_device import opened_within, refusal
from every_fingerprint_scanner import LATE_SECONDS, FingerprintHands, FingerprintScannerContract

from appliance.clock import Deadline
from appliance.devices import FingerprintScanner
from appliance.faults import FaultCode
from hw_sim.fingers import FingerCache
from hw_sim.people import Person
from hw_sim.usb_bus import UsbBus
from hw_sim.usb_finger_scanner import UsbFingerScanner
from hw_sim.world import World

CACHE = FingerCache(Path(__file__).parents[2] / "build" / "fingers")
PERSON = Person("Uji Coba", 9001)
PORT = "1-1"
_GROWN = (("right_thumb", 0), ("right_thumb", 1), ("left_thumb", 0), ("right_index", 0), ("right_index", 1))


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


def grow() -> None:
    """The fingers are there before anything is timed."""
    for finger, take in _GROWN:
        CACHE.impression(PERSON.finger_seed(finger), take)


@pytest.fixture(scope="module")
def bus() -> Iterator[UsbBus]:
    """One bus for all tests of a file; the drivers' children meet it by the environment."""
    grow()
    with UsbBus(World(speed=0)) as bus, in_environment(bus.environment()):
        yield bus


@contextmanager
def plugged(bus: UsbBus, takes: int = 1) -> Iterator[ScannerHands]:
    """A scanner in its port while this lasts."""
    hands = ScannerHands(bus, takes)
    hands.plug()
    yield hands
    hands.unplug()


class UsbFingerScannerContract(FingerprintScannerContract):
    """The suite of every scanner, where silence is told from a missing finger and from a pulled cable."""

    def test_silent_it_ends_in_time_and_is_usable_afterwards(
        self, device: FingerprintScanner, hands: FingerprintHands
    ) -> None:
        hands.lay_finger(self.finger)
        hands.silence()
        began = time.monotonic()
        assert refusal(device.capture, (self.finger,), 40, Deadline.after(1)) is FaultCode.SCANNER_SILENT
        assert time.monotonic() - began < 1 + LATE_SECONDS
        hands.speak()
        assert opened_within(device, 3)
        assert self.one(device).position is self.finger
