"""A serial fingerprint module's picture against a raw pyserial loop: the same packets fetched, nothing checked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import serial
from needs import zfm_picture
from rows import Row, WireBytes, in_turn, seconds

from appliance.clock import Deadline
from appliance.devices import FingerPosition
from appliance.drivers.zfm_scanner import ZfmScanner, from_uri
from hw_sim.fingers import FingerCache
from hw_sim.people import Person
from hw_sim.world import World
from hw_sim.zfm_module import R307, ZfmModule

FINGERS = Path(__file__).parents[2] / "build" / "fingers"
ROUNDS = 5
LIMIT = 1.2
_LAST_DATA = 8


def rows() -> Iterator[Row]:
    """One finger, at the speed of a tenth of life: seven seconds of wire, and what the driver adds."""
    person = Person("Uji Coba", 9001)
    with TemporaryDirectory(prefix="siaga-bench-") as directory:
        module = ZfmModule(World(speed=0.1), FingerCache(FINGERS), Path(directory) / "serial-bench", R307)
        module.world.people["at_scanner"] = person
        module.on_glass = "right_thumb"
        module.start()
        path = module.uri.removeprefix("serial:").partition("?")[0]
        try:
            ours, floor = in_turn(lambda: _ours(module.uri), lambda: _floor(path), ROUNDS)
            module.world.speed = 0.0
            sent = _bytes(module.uri)
        finally:
            module.stop()
    yield Row("finger module: one picture, a tenth of the wire of life", ours * 1000, floor * 1000, "ms", LIMIT)
    yield Row("finger module: bytes of one picture", sent, zfm_picture(256, 288, 128), "B")


def _ours(uri: str) -> float:
    scanner: ZfmScanner = from_uri(uri)
    scanner.open()
    try:
        return seconds(lambda: scanner.capture((FingerPosition.RIGHT_THUMB,), 40, Deadline.after(60)))
    finally:
        scanner.close()


def _bytes(uri: str) -> int:
    counted = WireBytes()
    scanner = from_uri(uri, counted)
    scanner.open()
    try:
        return counted.of(lambda: scanner.capture((FingerPosition.RIGHT_THUMB,), 40, Deadline.after(60)))
    finally:
        scanner.close()


def _floor(path: str) -> float:
    with serial.Serial(path, 57600, timeout=5) as port:

        def packet() -> tuple[int, bytes]:
            head = port.read(9)
            return head[6], port.read(int.from_bytes(head[7:9]))

        def ask(command: int) -> None:
            port.write(bytes.fromhex("EF01FFFFFFFF010003") + bytes((command,)) + (4 + command).to_bytes(2))
            assert packet()[1][0] == 0

        def fetch() -> None:
            ask(0x01)
            ask(0x0A)
            while packet()[0] != _LAST_DATA:
                pass

        return seconds(fetch)
