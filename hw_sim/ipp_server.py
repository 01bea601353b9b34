"""IPP over HTTP on 127.0.0.1 (RFC 8010 §4): one POST per request, chunked bodies, connections kept."""

from __future__ import annotations

import contextlib
import socket
import sys
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from hw_sim import ipp
from hw_sim.ipp import Message

Answers = Callable[[Message], Message | bytes]
Breaks = Callable[[bytes], bool]

_BAD_REQUEST = 0x400
_LARGEST_REQUEST = 64 * 1024 * 1024


class _Dropped(Exception):
    """The connection breaks here."""


class IppServer:
    """Listens for one device: `answers` gets each request, `breaks` may cut one short, or before it is read.

    `connections` counts those that were made.
    """

    def __init__(self, answers: Answers, breaks: Breaks, port: int = 0) -> None:
        self.port = port
        self.connections = 0
        self._answers = answers
        self._breaks = breaks
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Listen; an ephemeral port is kept for the next start."""
        if self._server is not None:
            return
        self._server = _Server(("127.0.0.1", self.port), _Exchange)
        self._server._lines = set()
        self._server.answers, self._server.breaks, self._server.begins = self._answers, self._breaks, self._begins
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def _begins(self) -> None:
        self.connections += 1

    def stop(self) -> None:
        """Nobody listens any more."""
        if self._server is None or self._thread is None:
            return
        self._server.shutdown()
        self._server.server_close()
        self._server.hang_up()
        self._thread.join(5)
        self._server = self._thread = None


class _Server(ThreadingHTTPServer):
    _lines: set[socket.socket]
    answers: Answers
    breaks: Breaks
    begins: Callable[[], None]
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True

    def hang_up(self) -> None:
        """Break the connections that are open, as a pulled cable does."""
        for line in list(self._lines):
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def process_request(self, request: Any, client_address: Any) -> None:
        """A connection begins."""
        self._lines.add(request)
        self.begins()
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """A connection ends."""
        self._lines.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away in mid sentence is no news; anything else is a bug and shows."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Exchange(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    timeout = 120
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the world's history is the log."""

    def do_POST(self) -> None:
        if self.server.breaks(b""):
            self.close_connection = True
            return
        try:
            said = self.server.answers(ipp.decode(self._body()))
            answer = said if isinstance(said, bytes) else ipp.encode(said)
        except ipp.Malformed:
            answer = ipp.encode(Message(_BAD_REQUEST, 1))
        except _Dropped:
            self.close_connection = True
            return
        self.send_response(200)
        self.send_header("Content-Type", "application/ipp")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def _body(self) -> bytes:
        """The whole body; raises `_Dropped` where the connection ends before it."""
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            length = int(self.headers.get("Content-Length", 0))
            return self._exactly(length)
        out = bytearray()
        while size := int(self._line().split(b";")[0], 16):
            out += self._exactly(size)
            self._line()
            if len(out) > _LARGEST_REQUEST or self.server.breaks(bytes(out[:8])):
                raise _Dropped
        self._line()
        return bytes(out)

    def _line(self) -> bytes:
        line = self.rfile.readline()
        if not line:
            raise _Dropped
        return line

    def _exactly(self, count: int) -> bytes:
        data = self.rfile.read(count)
        if len(data) < count:
            raise _Dropped
        return data
