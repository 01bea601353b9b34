"""The code reader and the relay board of the tower light against raw pyserial on the same pseudo-terminals."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from itertools import count

import serial
from needs import relays
from rows import Row, WireBytes, in_turn, seconds

from appliance.clock import Deadline
from appliance.devices import Signal
from appliance.drivers.serial_barcode_reader import SerialBarcodeReader
from appliance.drivers.signal_light import on_serial_relay
from appliance.drivers.wire_log import Tap, no_tap
from hw_sim.barcode_reader import BarcodeReader
from hw_sim.relay_board import RELAYS, RelayBoard
from hw_sim.world import World

LIMIT = 1.2
CODES, SIGNALS, ROUNDS = 40, 100, 9
CODE = "SG-4K7M-27"
READY, FAULT = (False, False, True, False), (True, False, False, False)
HAND_SECONDS = 0.01
"""After who reads has begun to wait."""


def rows() -> Iterator[Row]:
    """A code until the appliance has it, a signal until the board has said that it is shown."""
    reader = BarcodeReader(World(speed=0.0))
    reader.start()
    try:
        ours, floor = in_turn(lambda: _scanned(reader), lambda: _read(reader), ROUNDS)
        counted = WireBytes()
        _scanned(reader, counted)
    finally:
        reader.stop()
    yield Row("code reader: a code shown until it is read", ours * 1000, floor * 1000, "ms", LIMIT)
    yield Row("code reader: bytes of one code", counted.count / CODES, len(CODE) + 2, "B")
    board = RelayBoard(World(speed=0.0))
    board.start()
    try:
        ours, floor = in_turn(lambda: _shown(board.uri), lambda: _set(board.port.path), ROUNDS)
        counted = WireBytes()
        _shown(board.uri, counted)
    finally:
        board.stop()
    yield Row("tower light: a signal and the board's answer", ours * 1000, floor * 1000, "ms", LIMIT)
    # The driver asks once more at its start whether this board answers at all.
    asked = counted.count - relays((False,) * RELAYS) + 4 * RELAYS
    yield Row("tower light: bytes of one signal", asked / SIGNALS, relays(READY), "B")


def _scanned(reader: BarcodeReader, tap: Tap = no_tap) -> float:
    driver = SerialBarcodeReader(reader.port.path, tap=tap)
    driver.open()
    try:
        return _mean(reader, lambda: driver.scan(Deadline.after(5)))
    finally:
        driver.close()


def _read(reader: BarcodeReader) -> float:
    with serial.Serial(reader.port.path, 9600, timeout=5) as port:
        return _mean(reader, lambda: port.read(len(CODE) + 2).decode().strip())


def _mean(reader: BarcodeReader, read: Callable[[], str]) -> float:
    """Seconds from the code before the reader to its text here."""
    spent = 0.0
    for _ in range(CODES):
        shown: list[float] = []

        def hold_before_it(shown: list[float] = shown) -> None:
            shown.append(time.perf_counter())
            reader.show(CODE)

        hand = threading.Timer(HAND_SECONDS, hold_before_it)
        hand.start()
        assert read() == CODE
        spent += time.perf_counter() - shown[0]
        hand.join()
    return spent / CODES


def _shown(uri: str, tap: Tap = no_tap) -> float:
    light, turn = on_serial_relay(uri, tap), count()
    light.open()
    try:
        show = light.show
        return seconds(
            lambda: [show(Signal.FAULT if next(turn) % 2 else Signal.READY) for _ in range(SIGNALS)]
        ) / SIGNALS  # fmt: skip
    finally:
        light.close()


def _set(path: str) -> float:
    turn = count()
    with serial.Serial(path, 9600, timeout=5) as port:

        def show() -> None:
            closed = FAULT if next(turn) % 2 else READY
            frames = (bytes((0xA0, number, on, (0xA0 + number + on) & 0xFF)) for number, on in enumerate(closed, 1))
            port.write(b"".join(frames))
            port.flush()
            port.write(b"\xff")
            port.flush()
            assert len(port.read(relays(closed) - 4 * RELAYS - 1)) > 0

        return seconds(lambda: [show() for _ in range(SIGNALS)]) / SIGNALS
