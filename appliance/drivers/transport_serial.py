"""A serial line: bytes with a deadline."""

from __future__ import annotations

import os
import select
import termios

import serial

from appliance.clock import Deadline
from appliance.drivers.wire_log import ALL, Tap, no_tap

_PIECE = 4096


class SerialLine:
    """An open serial port, 8 data bits, no parity, one stop bit; raises ConnectionError when it cannot be used."""

    def __init__(self, path: str, baud: int, tap: Tap = no_tap) -> None:
        self._tap = tap
        try:
            self._port = serial.Serial(path, baud, timeout=0, write_timeout=2, exclusive=True)
        except (serial.SerialException, OSError, ValueError) as error:
            raise ConnectionError(f"serial port: {type(error).__name__}") from error

    def read(self, by: Deadline, hidden: slice = ALL) -> bytes:
        """The bytes that are there, waiting for the first; empty if none came; ConnectionError if unplugged.

        `hidden` is what a wire log may not keep of them.
        """
        try:
            # pyserial would set the whole port anew (a lock and two ioctl calls) for each change of its time limit.
            line = self._port.fileno()
            if not select.select([line], [], [], by.remaining())[0]:
                return b""
            data = os.read(line, _PIECE)
        except BlockingIOError:
            return b""
        except (serial.SerialException, OSError, ValueError, termios.error) as error:
            raise ConnectionError(f"serial line broken: {type(error).__name__}") from error
        if not data:
            # A line that was hung up is always ready and never has anything.
            raise ConnectionError("serial line broken: hung up")
        self._tap("in", data, hidden)
        return data

    def write(self, data: bytes, hidden: slice = ALL) -> None:
        """Send all bytes; ConnectionError if unplugged or not taken within two seconds."""
        self._tap("out", data, hidden)
        try:
            self._port.write(data)
            self._port.flush()
        except (serial.SerialException, OSError, termios.error) as error:
            raise ConnectionError(f"serial line broken: {type(error).__name__}") from error

    def drain(self) -> None:
        """Throw away what was received and not read."""
        try:
            self._port.reset_input_buffer()
        except (serial.SerialException, OSError, termios.error) as error:
            raise ConnectionError(f"serial line broken: {type(error).__name__}") from error

    def close(self) -> None:
        """Close the port; never raises."""
        try:
            self._port.close()
        except (serial.SerialException, OSError, termios.error):
            return

    def check(self) -> int:
        """How many bytes wait to be read, asked of the kernel only; ConnectionError if unplugged."""
        try:
            return int(self._port.in_waiting)
        except (serial.SerialException, OSError, TypeError, termios.error) as error:
            raise ConnectionError(f"serial line broken: {type(error).__name__}") from error
