"""Somebody on the other side of a socket, or of a pipe, who answers whatever bytes a test wants."""

from __future__ import annotations

import atexit
import os
import shutil
import socket
import threading
from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from appliance.clock import Deadline
from appliance.drivers.framed_child import ChildGone, FramedChild


class Answering:
    """Answers every request with `answer` and hangs up; a request ends with `until`, or the body it announces."""

    def __init__(self, until: bytes = b"\r\n\r\n") -> None:
        self.answer = b""
        self._until = until
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def _serve(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            with connection:
                connection.settimeout(2)
                try:
                    self._read(connection)
                    connection.sendall(self.answer)
                except OSError:
                    continue

    def _read(self, connection: socket.socket) -> None:
        head = b""
        while self._until not in head:
            piece = connection.recv(65536)
            if not piece:
                return
            head += piece
        length = [line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
        body = head.partition(self._until)[2]
        while length and len(body) < int(length[0].split(b":")[1]):
            body += connection.recv(65536)


@cache
def web() -> Answering:
    """The one that speaks HTTP, for all rows."""
    return Answering()


@cache
def lines() -> Answering:
    """The one that is asked in lines."""
    return Answering(b"\n")


def answered(server: Answering, act: Callable[[Answering], object]) -> Callable[[bytes], object]:
    """A parser of everything that the other side sends."""

    def parse(data: bytes) -> object:
        server.answer = data
        return act(server)

    return parse


def http(content: bytes, kind: str = "application/json", status: int = 200) -> bytes:
    """A whole answer."""
    return f"HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {len(content)}\r\n\r\n".encode() + content


def nested_answers() -> tuple[bytes, ...]:
    """Answers that once hung or crashed a client somewhere."""
    return (
        http(b"[" * 90_000),
        http(b'{"a":' * 20_000),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\n{\r\n" * 9000,
        b"HTTP/1.1 200 OK\r\nContent-Length: -4\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n{}",
        b"HTTP/1.1 100 Continue\r\n\r\n" * 3000,
    )


class Replies(FramedChild):
    """A child whose replies are written down: each two bytes of length and so many bytes; then it is gone."""

    def __init__(self, written: bytes) -> None:
        super().__init__("nobody")
        self._left = written
        self._runs = False

    @property
    def process_id(self) -> int | None:
        return os.getpid() if self._runs else None

    def start(self) -> None:
        self._runs = True

    def ask(self, frame: bytes, by: Deadline) -> bytes:
        self._runs = bool(self._left)
        if not self._left:
            raise ChildGone
        end = 2 + int.from_bytes(self._left[:2])
        reply, self._left = self._left[2:end], self._left[end:]
        return reply

    def kill(self) -> None:
        """The next one goes on where this one ended."""
        self._runs = False


class Recorder(Replies):
    """A child that answers by a function; what it said is kept as `Replies` reads it."""

    def __init__(self, answer: Callable[[bytes], bytes]) -> None:
        super().__init__(b"there")
        self._answer = answer
        self.said = b""

    def ask(self, frame: bytes, by: Deadline) -> bytes:
        self._runs = True
        reply = self._answer(frame)
        self.said += spoken(reply)
        return reply


def spoken(*replies: bytes) -> bytes:
    """Replies as `Replies` reads them."""
    return b"".join(len(one).to_bytes(2) + one for one in replies)


@cache
def folder() -> Path:
    """A place for files, gone with the process."""
    place = Path(mkdtemp(prefix="siaga-parsers-"))
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    return place
