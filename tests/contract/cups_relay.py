"""A relay on the wire to cupsd, which breaks one exchange of libcups at a chosen place and lets the rest through."""

from __future__ import annotations

import contextlib
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

CREATE_JOB, SEND_DOCUMENT = 5, 6
EVERYTHING = 1 << 40
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


@dataclass(frozen=True)
class Break:
    """At this operation: so many more bytes reach cupsd, no answer comes back, `then` happens once."""

    operation: int
    forwarded: int
    then: Callable[[], None] = lambda: None
    all_silent: bool = False


class CupsRelay:
    """Listens on a socket of its own; `uri` names the queue behind it. What is broken hangs until it is closed.

    `accepted` counts the connections, `ended` those that their maker has closed.
    """

    def __init__(self, directory: Path, cupsd: Path, queue: str) -> None:
        self._cupsd = cupsd
        self._path = directory / "relay.sock"
        self.uri = f"ipp://{quote(str(self._path), safe='')}/printers/{queue}"
        self.broken = threading.Event()
        self.accepted = self.ended = 0
        self._break: Break | None = None
        self._silent = threading.Event()
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self._path))
        self._listener.listen(32)
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def break_at(self, where: Break) -> None:
        """Break the next exchange of this kind."""
        self._break = where

    def mend(self) -> None:
        """Answer again."""
        self._silent.clear()

    def close(self) -> None:
        """Close everything."""
        for wire in (self._listener, *self._open):
            with contextlib.suppress(OSError):
                wire.shutdown(socket.SHUT_RDWR)
            wire.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self._open.append(client)
                self.accepted += 1
                if self._silent.is_set():
                    continue
                server = socket.socket(socket.AF_UNIX)
                self._open.append(server)
                server.connect(str(self._cupsd))
                mute = threading.Event()
                threading.Thread(target=self._up, args=(client, server, mute), daemon=True).start()
                threading.Thread(target=self._down, args=(server, client, mute), daemon=True).start()

    def _up(self, client: socket.socket, server: socket.socket, mute: threading.Event) -> None:
        left = EVERYTHING
        with contextlib.suppress(OSError):
            while data := client.recv(65536):
                where = self._break
                # libcups speaks IPP 2.0, the driver's own questions 1.1.
                begin = data.find(bytes([2, 0, 0, where.operation])) if where is not None else -1
                if where is not None and begin >= 0:
                    self._break = None
                    mute.set()
                    if where.all_silent:
                        self._silent.set()
                    left = begin + where.forwarded
                    server.sendall(data[:left])
                    left -= len(data[:left])
                    where.then()
                    self.broken.set()
                elif left > 0:
                    server.sendall(data[:left])
                    left -= len(data[:left])
        self.ended += 1
        with contextlib.suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)

    def _down(self, server: socket.socket, client: socket.socket, mute: threading.Event) -> None:
        with contextlib.suppress(OSError):
            while data := server.recv(65536):
                if not mute.is_set():
                    client.sendall(data)
                elif data.startswith(_CONTINUE):
                    # No answer yet: libcups waits for it before it sends the document.
                    client.sendall(_CONTINUE)
        with contextlib.suppress(OSError):
            if not mute.is_set():
                client.shutdown(socket.SHUT_RDWR)


@contextmanager
def relay_to(cupsd: Path, queue: str) -> Iterator[CupsRelay]:
    """A relay for the length of a test, with a path that is short enough for a socket."""
    with tempfile.TemporaryDirectory(prefix="relay-", dir="/tmp") as directory:
        relay = CupsRelay(Path(directory), cupsd, queue)
        try:
            yield relay
        finally:
            relay.close()
