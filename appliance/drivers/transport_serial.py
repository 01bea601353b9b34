"""A serial line: bytes with a deadline."""

from __future__ import annotations

import termios

import serial

from appliance.clock import Deadline


class SerialLine:
    """An open serial port, 8 data bits, no parity, one stop bit; raises ConnectionError when it cannot be used."""

    def __init__(self, path: str, baud: int) -> None:
        try:
            self._port = serial.Serial(path, baud, timeout=0, write_timeout=2, exclusive=True)
        except (serial.SerialException, OSError, ValueError) as error:
            raise ConnectionError(f"serial port: {type(error).__name__}") from error

    def read(self, by: Deadline) -> bytes:
        """The bytes that are there, waiting for the first; empty if none came; ConnectionError if unplugged."""
        try:
            self._port.timeout = by.remaining()
            first: bytes = self._port.read(1)
            self._port.timeout = 0
            return first + self._port.read(4096) if first else b""
        except (serial.SerialException, OSError, TypeError, termios.error) as error:
            raise ConnectionError(f"serial line broken: {type(error).__name__}") from error

    def write(self, data: bytes) -> None:
        """Send all bytes; ConnectionError if unplugged or not taken within two seconds."""
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
