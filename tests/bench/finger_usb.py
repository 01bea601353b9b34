"""The USB finger scanner on a simulated bus: our driver beside bare pyusb, libfprint in our child beside it bare."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from asked_script import asked
from needs import nb1010_picture
from rows import Row, Unmeasured, in_turn, seconds

from appliance.clock import Deadline
from appliance.devices import FingerPosition
from appliance.drivers.catalogue import open_device
from hw_sim.fingers import FingerCache
from hw_sim.people import Person
from hw_sim.usb_bus import NoBus, UsbBus
from hw_sim.usb_finger_scanner import UsbFingerScanner
from hw_sim.world import World

FINGERS = Path(__file__).parents[2] / "build" / "fingers"
HERE = Path(__file__).parent
SYSTEM_PYTHON = "/usr/bin/python3"
ROUNDS = 7
FINGER = FingerPosition.RIGHT_INDEX


class CountedScanner(UsbFingerScanner):
    """The simulated scanner, counting what goes through its endpoints."""

    count = 0

    def written(self, endpoint: int, data: bytes) -> None:
        self.count += len(data)
        super().written(endpoint, data)

    def read(self, endpoint: int, length: int) -> bytes | None:
        data = super().read(endpoint, length)
        self.count += len(data or b"")
        return data


def rows() -> Iterator[Row | Unmeasured]:
    """One picture of a finger that lies there, the device's 0.35 s of exposure included."""
    try:
        with UsbBus(World(speed=1.0)) as bus, _environment(bus):
            person = Person("Uji Coba", 9001)
            bus.world.people["at_scanner"] = person
            cache = FingerCache(FINGERS)
            cache.impression(person.finger_seed(FINGER), 0)
            scanner = CountedScanner(bus.world, cache, takes=1)
            scanner.levers.finger = FINGER
            bus.plug("1-1", scanner)
            for uri, name, python, script in (
                ("usb:298d:1010", "USB finger scanner", sys.executable, "bare_usb.py"),
                ("fprint:nb1010", "the same through libfprint", SYSTEM_PYTHON, "bare_libfprint.py"),
            ):
                with asked(python, HERE / script) as bare:
                    ours, floor = in_turn(lambda at=uri: _ours(at), bare, ROUNDS)
                    before = scanner.count
                    bare()
                    theirs = scanner.count - before
                sent = _bytes(uri, scanner)
                yield Row(f"{name}: one picture", ours * 1000, floor * 1000, "ms")
                yield Row(f"{name}: bytes of one picture", sent, nb1010_picture(), "B")
                if script == "bare_libfprint.py":
                    yield Row("libfprint alone: bytes of one picture", theirs, nb1010_picture(), "B")
    except NoBus as error:
        yield Unmeasured("USB finger scanner, libfprint", str(error))


def _ours(uri: str) -> float:
    scanner = open_device("fingerprint_scanner", uri)
    scanner.open()
    try:
        return seconds(lambda: scanner.capture((FINGER,), 40, Deadline.after(20)))  # type: ignore[attr-defined]
    finally:
        scanner.close()


def _bytes(uri: str, at: CountedScanner) -> int:
    scanner = open_device("fingerprint_scanner", uri)
    scanner.open()
    before = at.count
    try:
        scanner.capture((FINGER,), 40, Deadline.after(20))  # type: ignore[attr-defined]
        return at.count - before
    finally:
        scanner.close()


@contextmanager
def _environment(bus: UsbBus) -> Iterator[None]:
    """What the children of both find in their environment."""
    added = bus.environment()
    os.environ.update(added)
    try:
        yield
    finally:
        for name in added:
            del os.environ[name]
