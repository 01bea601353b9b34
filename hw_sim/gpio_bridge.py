"""A USB bridge with four GPIO lines (Microchip MCP2221A) and a tower light on them.

Written from its data sheet (DS20005565, section 3.1): reports of 64 bytes, each answered by one that begins with its
code. 50 sets the lines (§3.1.11), 51 reads them (§3.1.12), 10 is about its I2C engine, which is always at rest here
(§3.1.1); whatever else is asked is answered as done. The kernel drives it with its own `hid-mcp2221`.
"""

from __future__ import annotations

from typing import Any

from usbip import USBDevice
from usbip.classes.device import HID
from usbip.classes.device.hid import vendor_report_descriptor

VENDOR, PRODUCT = 0x04D8, 0x00DD
LINES, REPORT_BYTES = 4, 64
LAMPS = ("red", "yellow", "green", "buzzer")

_I2C, _SET, _READ = 0x10, 0x50, 0x51
_SET_SPEED = 0x20
_OUT, _IN = 0, 1


class GpioBridge:
    """The bridge; all lines are inputs, and low, until they are told otherwise, as after each power-up."""

    def __init__(self, serial: str = "GP1") -> None:
        self._serial = serial
        self._high = [False] * LINES
        self._inputs = [True] * LINES

    @property
    def lamps(self) -> str:
        """What is lit, for a person: the lines that are driven high."""
        lit = (high and not is_input for high, is_input in zip(self._high, self._inputs, strict=True))
        return " ".join(lamp for lamp, on in zip(LAMPS, lit, strict=True) if on)

    def device(self) -> USBDevice:
        """The bridge on a cable: one HID interface, reports by interrupt both ways; it has just got its current."""
        self._high, self._inputs = [False] * LINES, [True] * LINES

        def answered(report: bytes) -> None:
            port.send_report(self.answer(report))

        device = USBDevice(
            VENDOR, PRODUCT, product="MCP2221 USB-I2C/UART Combo", manufacturer="SIAGA simulated", serial=self._serial
        )
        descriptor = vendor_report_descriptor(REPORT_BYTES, REPORT_BYTES)
        port: Any = device.add(HID(descriptor, in_interval=1, out_ep=0x01, out_interval=1, on_output=answered))
        return device

    def answer(self, report: bytes) -> bytes:
        """The 64 bytes with which it answers a report, after doing what that asks."""
        asked = report.ljust(REPORT_BYTES, b"\0")
        told = bytearray(REPORT_BYTES)
        told[0] = asked[0]
        if asked[0] == _I2C:
            told[3] = asked[3] if asked[3] == _SET_SPEED else 0
        elif asked[0] == _SET:
            told[2:18] = asked[2:18]
            for line in range(LINES):
                set_value, value, set_direction, direction = asked[2 + 4 * line : 6 + 4 * line]
                self._high[line] = bool(value) if set_value else self._high[line]
                self._inputs[line] = direction == _IN if set_direction else self._inputs[line]
        elif asked[0] == _READ:
            for line in range(LINES):
                told[2 + 2 * line : 4 + 2 * line] = self._high[line], _IN if self._inputs[line] else _OUT
        return bytes(told)
