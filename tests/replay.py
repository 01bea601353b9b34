"""Recordings of wires, played back to the production drivers: recorded answers, a failure at any other request.

What a log may not keep comes back as zeros, and is not compared in what the driver sends.
"""

from __future__ import annotations

import json
import os
import select
import socketserver
import threading
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from appliance.clock import Deadline
from appliance.drivers.framed_child import FramedChild

RECORDINGS = Path(__file__).parent / "recordings"


class NotAsRecorded(AssertionError):
    """The driver asked something else than in the recording, or more, or less."""


class Recording:
    """One file of `tests/recordings`, gone through from its first line to its last."""

    def __init__(self, name: str, lines: str | None = None) -> None:
        text = (RECORDINGS / f"{name}.jsonl").read_text() if lines is None else lines
        self._lines = [json.loads(line) for line in text.splitlines()]
        self._at = 0
        self._lock = threading.Lock()
        self.wrong = ""

    def sent(self, data: bytes, changing: slice = slice(0, 0)) -> None:
        """The driver sent this; `changing` is a stretch that differs in each run (a number counted up)."""
        with self._lock:
            line = self._next("out")
            whole, hidden = _bytes(line)
            same = len(whole) == len(data) and all(
                one == other or number in hidden or number in range(*changing.indices(len(data)))
                for number, (one, other) in enumerate(zip(whole, data, strict=False))
            )
            if not same:
                self._fail(f"line {self._at}: sent {data.hex()}, recorded {whole.hex()}")

    def answer(self) -> bytes:
        """What came back here."""
        with self._lock:
            return _bytes(self._next("in"))[0]

    def answers(self) -> Iterator[bytes]:
        """All that came before the driver sent again."""
        while self._at < len(self._lines) and self._lines[self._at]["dir"] == "in":
            yield self.answer()

    def ended(self) -> None:
        """Fails unless all of it was played."""
        assert not self.wrong, self.wrong
        if self._at < len(self._lines):
            raise NotAsRecorded(f"{len(self._lines) - self._at} lines were not played")

    def _next(self, direction: str) -> dict[str, object]:
        if self._at >= len(self._lines) or self._lines[self._at]["dir"] != direction:
            self._fail(f"line {self._at + 1}: nothing goes {direction} here")
        self._at += 1
        return self._lines[self._at - 1]

    def _fail(self, why: str) -> None:
        self.wrong = self.wrong or why
        raise NotAsRecorded(why)


def _bytes(line: dict[str, object]) -> tuple[bytes, range]:
    data = bytes.fromhex(str(line["bytes"]))
    begin, length = line.get("hidden", (0, 0))
    return data[:begin] + bytes(length) + data[begin:], range(begin, begin + length)


class ReplayedChild(FramedChild):
    """Takes the place of the child process of `transport_pcsc`."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording

    @property
    def process_id(self) -> int | None:
        return 0

    def start(self) -> None:
        pass

    def kill(self) -> None:
        pass

    def ask(self, frame: bytes, by: Deadline) -> bytes:
        # How many milliseconds are left to wait for a card differs each time.
        self._recording.sent(frame, changing=slice(1, 5) if frame[:1] == b"W" else slice(0, 0))
        return self._recording.answer()


@contextmanager
def replayed_line(recording: Recording) -> Iterator[str]:
    """A pseudo-terminal that answers as recorded; its path."""
    ours, theirs = os.openpty()
    tty.setraw(ours)
    tty.setraw(theirs)
    done, wake = os.pipe()

    def serve() -> None:
        while done not in (ready := select.select([ours, done], [], [])[0]):
            # Each command of a recording is one byte; several may have arrived together.
            for command in os.read(ready[0], 64):
                try:
                    recording.sent(bytes((command,)))
                except NotAsRecorded:
                    return
                for answer in recording.answers():
                    os.write(ours, answer)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield os.ttyname(theirs)
    finally:
        os.write(wake, b"x")
        thread.join()
        for handle in (ours, theirs, done, wake):
            os.close(handle)


class _Socket(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True


@contextmanager
def replayed_ipp(recording: Recording, socket_path: Path, port: int) -> Iterator[None]:
    """A queue on a domain socket and its printer on a port of the loopback that answer IPP as recorded."""

    class Wire(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            try:
                recording.sent(body, changing=slice(4, 8))  # request-id, RFC 8010 §3.1.1
                answer = recording.answer()
            except NotAsRecorded:
                answer = b""
            self.send_response(200 if answer else 500)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def address_string(self) -> str:
            return "replay"

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    servers = [_Socket(str(socket_path), Wire), ThreadingHTTPServer(("127.0.0.1", port), Wire)]
    for server in servers:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield
    finally:
        for server in servers:
            server.shutdown()
            server.server_close()
