"""The simulated bridge does what its data sheet says to each report, and one lamp hangs on each of its lines."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hw_sim.gpio_bridge import REPORT_BYTES, GpioBridge

SET, READ, I2C = 0x50, 0x51, 0x10


def changed(line: int, *, value: int | None = None, direction: int | None = None) -> bytes:
    """The report that sets one thing of one line."""
    report = bytearray(18)
    report[0] = SET
    for place, new in ((2, value), (4, direction)):
        if new is not None:
            report[4 * line + place : 4 * line + place + 2] = 1, new
    return bytes(report)


def test_a_line_lights_its_lamp_once_it_is_an_output_and_high() -> None:
    bridge = GpioBridge()
    bridge.answer(changed(1, value=1))
    assert bridge.lamps == "", "an input drives nothing"
    bridge.answer(changed(1, direction=0))
    bridge.answer(changed(3, direction=0))
    bridge.answer(changed(3, value=1))
    assert bridge.lamps == "yellow buzzer"
    read = bridge.answer(bytes([READ]))
    assert read[:10] == bytes([READ, 0, 0, 1, 1, 0, 0, 1, 1, 0])
    bridge.device()
    assert bridge.lamps == "", "a bridge that was pulled and plugged drives nothing"


def test_its_i2c_engine_takes_the_speed_and_is_at_rest() -> None:
    told = GpioBridge().answer(bytes([I2C, 0, 0, 0x20, 118]))
    assert (told[0], told[1], told[3], told[8], told[20]) == (I2C, 0, 0x20, 0, 0)


@given(st.binary(min_size=1, max_size=REPORT_BYTES))
def test_every_report_has_an_answer_of_its_code(report: bytes) -> None:
    told = GpioBridge().answer(report)
    assert (len(told), told[0], told[1]) == (REPORT_BYTES, report[0], 0)
