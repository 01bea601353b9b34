"""A serial port that can be unplugged and plugged in again: a pseudo-terminal behind a name that stays."""

from __future__ import annotations

import os
import select
import tempfile
import threading
import tty
from collections.abc import Callable
from pathlib import Path


class PtyPort:
    """`path` is what the appliance opens; `hears` gets the bytes it sends, in a thread of the port's own."""

    def __init__(self, hears: Callable[[bytes], None]) -> None:
        self._hears = hears
        self._folder = tempfile.TemporaryDirectory(prefix="serial-")
        self.path = str(Path(self._folder.name) / "port")
        self._lock = threading.Lock()
        self._handles: list[int] = []
        self._thread: threading.Thread | None = None

    def plug(self) -> None:
        """The port appears under its name; nothing happens if it is there."""
        with self._lock:
            if self._handles:
                return
            ours, theirs = os.openpty()
            tty.setraw(ours)
            tty.setraw(theirs)
            self._handles = [ours, theirs, *os.pipe()]
            Path(self.path).symlink_to(os.ttyname(theirs))
            self._thread = threading.Thread(target=self._listen, args=(ours, self._handles[2]), daemon=True)
            self._thread.start()

    def unplug(self) -> None:
        """The line hangs up and its name is gone."""
        with self._lock:
            handles, self._handles = self._handles, []
            if not handles:
                return
            Path(self.path).unlink()
            os.write(handles[3], b"x")
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()
        for handle in handles:
            os.close(handle)

    def remove(self) -> None:
        """Unplug it for good."""
        self.unplug()
        self._folder.cleanup()

    def send(self, data: bytes) -> None:
        """Bytes to the appliance; lost while the port is unplugged."""
        with self._lock:
            if self._handles:
                os.write(self._handles[0], data)

    def _listen(self, ours: int, wake: int) -> None:
        while True:
            ready, _, _ = select.select([ours, wake], [], [])
            if wake in ready:
                return
            self._hears(os.read(ours, 4096))
