"""A line of text over TCP: each line out and in with a deadline over the whole exchange."""

from __future__ import annotations

import contextlib
import socket

from appliance.clock import Deadline
from appliance.drivers.wire_log import NOTHING, Tap, no_tap

MAX_LINE = 4096


class TextLine:
    """An open connection that speaks in lines; raises TimeoutError, ConnectionError (also for an endless line).

    A wire log keeps every line: what speaks so (a power supply) knows of nobody.
    """

    def __init__(self, host: str, port: int, by: Deadline, tap: Tap = no_tap) -> None:
        self._tap = tap
        self._left = bytearray()
        try:
            self._socket = socket.create_connection((host, port), timeout=max(0.01, by.remaining()))
        except TimeoutError:
            raise
        except OSError as error:
            raise ConnectionError(f"{host}:{port}: {type(error).__name__}") from error

    def write(self, text: str, by: Deadline) -> None:
        """Send one line."""
        self._tap("out", text.encode(), NOTHING)
        try:
            self._socket.settimeout(max(0.01, by.remaining()))
            self._socket.sendall(text.encode() + b"\n")
        except TimeoutError:
            raise
        except OSError as error:
            raise ConnectionError(f"line broken: {type(error).__name__}") from error

    def read(self, by: Deadline) -> str:
        """The next line without its end; bytes that are no UTF-8 become U+FFFD."""
        while b"\n" not in self._left:
            if by.passed:
                raise TimeoutError("no line in time")
            if len(self._left) > MAX_LINE:
                raise ConnectionError("line without end")
            try:
                self._socket.settimeout(max(0.01, by.remaining()))
                # A daemon that sends line by line waits for each acknowledgement; Linux forgets this after each read.
                self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
                piece = self._socket.recv(4096)
            except TimeoutError:
                raise
            except OSError as error:
                raise ConnectionError(f"line broken: {type(error).__name__}") from error
            if not piece:
                raise ConnectionError("hung up")
            self._left += piece
        line, _, rest = self._left.partition(b"\n")
        self._left = rest
        self._tap("in", bytes(line), NOTHING)
        return line.decode(errors="replace").rstrip("\r")

    def close(self) -> None:
        """Hang up; never raises."""
        with contextlib.suppress(OSError):
            self._socket.close()
