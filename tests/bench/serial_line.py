"""The serial transport against a raw pyserial loop on one pseudo-terminal: a query of a byte, an answer of eleven."""

from __future__ import annotations

from collections.abc import Iterator

import serial
from rows import Row, WireBytes, in_turn, seconds

from appliance.clock import Deadline
from appliance.drivers.isdv4_pad import IsdV4Pad
from appliance.drivers.transport_serial import SerialLine
from hw_sim.signature_pad import FACTS, SignaturePad
from hw_sim.world import World

QUERIES, ROUNDS = 400, 9
LIMIT = 1.2


def rows() -> Iterator[Row]:
    """One question to the pen tablet, asked of a tablet that takes no time."""
    pad = SignaturePad(World(speed=0.0))
    pad.start()
    try:
        ours, floor = in_turn(lambda: _ours(pad.path), lambda: _floor(pad.path), ROUNDS)
        counted = WireBytes()
        driver = IsdV4Pad(pad.path, tap=counted)
        driver.open()
        asked = counted.of(driver.status)
        driver.close()
    finally:
        pad.stop()
    yield Row("serial: one query of the pen tablet", ours * 1000, floor * 1000, "ms", LIMIT)
    yield Row("serial: bytes of one query, the driver's stop before it", asked, len(b"*") + len(FACTS), "B")


def _ours(path: str) -> float:
    line = SerialLine(path, 38400)

    def ask() -> None:
        line.write(b"*")
        got, by = b"", Deadline.after(5)
        while len(got) < len(FACTS):
            got += line.read(by)

    try:
        ask()
        return seconds(lambda: [ask() for _ in range(QUERIES)]) / QUERIES
    finally:
        line.close()


def _floor(path: str) -> float:
    with serial.Serial(path, 38400, timeout=5, write_timeout=2) as port:

        def ask() -> None:
            port.write(b"*")
            port.flush()
            assert len(port.read(len(FACTS))) == len(FACTS)

        ask()
        return seconds(lambda: [ask() for _ in range(QUERIES)]) / QUERIES
