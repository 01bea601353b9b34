"""Waking the other processes: one Unix datagram, which may be lost because everybody also looks by himself."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable
from pathlib import Path


def listen(path: Path) -> socket.socket:
    """The socket on which this process is woken."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    receiver.bind(str(path))
    return receiver


def relay(receiver: socket.socket, woken: Callable[[], float], stop: threading.Event) -> None:
    """Call `woken` at each datagram, and by itself after the seconds that it named the last time, until `stop`."""
    pause = 0.0
    while not stop.is_set():
        receiver.settimeout(max(0.001, pause))
        with contextlib.suppress(TimeoutError):
            receiver.recv(64)
        pause = woken()


class Caller:
    """Wakes the processes that listen below `folder`; nobody there is no error."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)

    def __call__(self) -> None:
        """Wake everybody."""
        for path in self._folder.glob("*.wake"):
            with contextlib.suppress(OSError):
                self._socket.sendto(b"1", str(path))

    def close(self) -> None:
        """Wake nobody any more."""
        self._socket.close()
