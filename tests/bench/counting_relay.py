"""A socket before cupsd's own that passes everything on and counts it: what really went over the wire."""

from __future__ import annotations

import contextlib
import socket
import threading
from pathlib import Path
from urllib.parse import quote


class CountingRelay:
    """`uri(queue)` leads through it; `count` are the bytes both ways, HTTP and IPP."""

    def __init__(self, directory: Path, cupsd: str) -> None:
        self._path, self._cupsd = directory / "relay.sock", cupsd
        self.count = 0
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self._path))
        self._listener.listen(32)
        threading.Thread(target=self._accept, daemon=True).start()

    def uri(self, queue: str) -> str:
        """A queue by way of this socket."""
        return f"ipp://{quote(str(self._path), safe='')}/printers/{queue}"

    def close(self) -> None:
        """Take no more connections."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.socket(socket.AF_UNIX)
                server.connect(self._cupsd)
                for one, other in ((client, server), (server, client)):
                    threading.Thread(target=self._pass, args=(one, other), daemon=True).start()

    def _pass(self, one: socket.socket, other: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := one.recv(65536):
                self.count += len(data)
                other.sendall(data)
            other.shutdown(socket.SHUT_WR)
