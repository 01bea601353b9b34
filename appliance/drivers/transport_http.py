"""HTTP on the loopback for devices that speak it: any verb, a deadline over the whole exchange, bounded answers."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import struct

from appliance.clock import Deadline
from appliance.drivers.wire_log import ALL, NOTHING, Tap, no_tap

MAX_ANSWER = 32 << 20
_PIECE, _HEAD = 65536, 1024
_EMPTY_LINE = b"\r\n\r\n"


class HttpStream:
    """The body of an answer that does not end.

    It is read from the socket itself, past the library's buffers, with the kernel keeping the time: a picture is
    then copied once, from the kernel to where it stays. Only a chunked answer goes through the library.
    """

    def __init__(
        self, connection: http.client.HTTPConnection, answer: http.client.HTTPResponse, tap: Tap = no_tap
    ) -> None:
        self._connection = connection
        self._answer = answer
        self._tap = tap
        self.content_type = answer.getheader("Content-Type") or ""
        self.closed = False
        self._chunked = answer.chunked
        assert connection.sock is not None
        self._sock = connection.sock
        self._patience = 0.0
        """Seconds that the kernel lets one call wait; never more than the deadline, so that it is set only seldom."""
        self._begun = b"" if self._chunked else _already_read(self._sock, answer)

    def read(self, by: Deadline, wanted: int | None = None) -> bytes:
        """The next bytes; raises TimeoutError when none come, ConnectionError when the stream has ended.

        `wanted` is how many, which is then waited for; 0 reads to the end of a head (an empty line) at most.
        """
        while (left := by.remaining()) > 0:
            try:
                if wanted and self._patience <= left < self._patience * 2:
                    piece = self._sock.recv(wanted, socket.MSG_WAITALL)
                else:
                    piece = self._received(left, wanted)
            except BlockingIOError:
                continue
            except TimeoutError:
                raise
            except AttributeError as error:
                # http.client drops its file while a reader in another thread is inside it.
                if not self.closed:
                    raise
                raise ConnectionError("stream closed") from error
            except (OSError, http.client.HTTPException, ValueError) as error:
                raise ConnectionError(f"stream broken: {_why(error)}") from error
            if not piece:
                raise ConnectionError("stream ended")
            self._tap("in", piece)
            return piece
        raise TimeoutError("stream silent")

    def _received(self, left: float, wanted: int | None) -> bytes:
        """What comes; BlockingIOError if nothing does in nearly the time that is left."""
        if self._begun:
            piece, self._begun = self._begun, b""
            return piece
        if self._chunked:
            self._sock.settimeout(max(0.01, left))
            return self._answer.read1(_PIECE)
        # Not settimeout: it would make the socket one that never waits, and each reading two calls.
        self._patience = max(0.01, left * 0.9)
        limit = struct.pack("ll", int(self._patience), int(self._patience % 1 * 1e6))
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)
        if wanted:
            return self._sock.recv(wanted, socket.MSG_WAITALL)
        if wanted is None:
            return self._sock.recv(_PIECE)
        seen = self._sock.recv(_HEAD, socket.MSG_PEEK)
        end = seen.find(_EMPTY_LINE)
        return self._sock.recv(len(seen) if end < 0 else end + len(_EMPTY_LINE))

    def close(self) -> None:
        """Hang up; a reader in another thread gets ConnectionError."""
        self.closed = True
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)
        self._answer.close()
        self._connection.close()


def _already_read(sock: socket.socket, answer: http.client.HTTPResponse) -> bytes:
    """What came in one piece with the answer's head; afterwards the socket waits as long as the kernel is told."""
    sock.setblocking(False)
    held = answer.fp.peek() if answer.fp is not None else b""
    sock.setblocking(True)
    return bytes(held)


def _why(error: Exception) -> str:
    """For the technician: what the system says; of what the other side sent only what kind of mistake it is."""
    return f"{type(error).__name__}: {error}" if isinstance(error, OSError) else type(error).__name__


def open_stream(
    host: str,
    port: int,
    path: str,
    by: Deadline,
    verb: str = "GET",
    message: object = None,
    tap: Tap = no_tap,
) -> HttpStream:
    """GET a stream, or ask for it with another verb and a JSON message; a wire log never keeps what it carries.

    Raises TimeoutError, ConnectionError (also for any answer but 200).
    """
    connection = http.client.HTTPConnection(host, port, timeout=max(0.01, by.remaining()))
    try:
        tap("out", f"{verb} {path}".encode(), NOTHING)
        if message is None:
            connection.request(verb, path)
        else:
            connection.request(verb, path, json.dumps(message), {"Content-Type": "application/json"})
        # http.client forgets the socket of an answer that closes the connection; it is needed for deadlines.
        sock = connection.sock
        answer = connection.getresponse()
        connection.sock = sock
        if answer.status != 200:
            answer.close()
            raise ConnectionError(f"HTTP {answer.status}")
        stream = HttpStream(connection, answer, tap)
    except (TimeoutError, ConnectionError) as error:
        connection.close()
        if isinstance(error, TimeoutError) or str(error).startswith("HTTP "):
            raise
        raise ConnectionError(_why(error)) from error
    except (OSError, http.client.HTTPException) as error:
        connection.close()
        raise ConnectionError(_why(error)) from error
    tap("in", f"200 {stream.content_type}".encode(), NOTHING)
    return stream


def server_of(host: str, port: int, path: str, by: Deadline) -> str:
    """Ask for the heading of a page only; the Server it names, empty if none. Any answer is one.

    Small camera servers know no HEAD and say so (405, 501), which tells as much.
    Raises TimeoutError, ConnectionError.
    """
    connection = http.client.HTTPConnection(host, port, timeout=max(0.01, by.remaining()))
    try:
        connection.request("HEAD", path, headers={"Connection": "close"})
        answer = connection.getresponse()
        answer.close()
        return (answer.getheader("Server") or "")[:60]
    except TimeoutError:
        raise
    except (OSError, http.client.HTTPException) as error:
        raise ConnectionError(_why(error)) from error
    finally:
        connection.close()


def listening(host: str, port: int) -> bool:
    """Whether anything listens there; on the loopback the answer comes at once."""
    try:
        socket.create_connection((host, port), timeout=0.2).close()
    except OSError:
        return False
    return True


def call(
    host: str,
    port: int,
    verb: str,
    path: str,
    message: object,
    by: Deadline,
    tap: Tap = no_tap,
    hidden: slice = ALL,
) -> object:
    """Send a JSON message with any verb and return the JSON answer; `hidden` is what a wire log may not keep of both.

    Raises TimeoutError, ConnectionError (also for any answer but 200), ValueError if it is not JSON.
    """
    connection = http.client.HTTPConnection(host, port, timeout=max(0.01, by.remaining()))
    answer = None
    try:
        text = json.dumps(message)
        tap("out", f"{verb} {path}".encode(), NOTHING)
        tap("out", text.encode(), hidden)
        connection.request(verb, path, text, {"Content-Type": "application/json"})
        sock = connection.sock
        answer = connection.getresponse()
        if answer.status != 200:
            tap("in", f"HTTP {answer.status}".encode(), NOTHING)
            raise ConnectionError(f"HTTP {answer.status}")
        body = _body(sock, answer, by)
        tap("in", body, hidden)
        return json.loads(body)
    except TimeoutError:
        raise
    except (UnicodeDecodeError, RecursionError) as error:
        raise ValueError("answer is not JSON") from error
    except (OSError, http.client.HTTPException) as error:
        raise ConnectionError(_why(error)) from error
    finally:
        if answer is not None:
            answer.close()
        connection.close()


def _body(sock: socket.socket, answer: http.client.HTTPResponse, by: Deadline) -> bytes:
    parts = bytearray()
    while True:
        if by.passed:
            raise TimeoutError("answer too slow")
        sock.settimeout(max(0.01, by.remaining()))
        piece = answer.read1(1 << 16)
        if not piece:
            break
        parts += piece
        if len(parts) > MAX_ANSWER:
            raise ConnectionError("answer too long")
    if answer.length:
        raise ConnectionError("answer cut off")
    return bytes(parts)
