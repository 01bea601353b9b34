"""HTTP on the loopback for devices that speak it: any verb, a deadline over the whole exchange, bounded answers."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket

from appliance.clock import Deadline

MAX_ANSWER = 32 << 20


class HttpStream:
    """The body of an answer that does not end."""

    def __init__(self, connection: http.client.HTTPConnection, answer: http.client.HTTPResponse) -> None:
        self._connection = connection
        self._answer = answer
        self.content_type = answer.getheader("Content-Type") or ""
        self.closed = False

    def read(self, by: Deadline) -> bytes:
        """The next bytes; raises TimeoutError when none come, ConnectionError when the stream has ended."""
        sock = self._connection.sock
        if sock is None or by.passed:
            raise TimeoutError("stream silent") if by.passed else ConnectionError("stream closed")
        try:
            sock.settimeout(max(0.01, by.remaining()))
            piece = self._answer.read1(65536)
        except TimeoutError:
            raise
        except AttributeError as error:
            # http.client drops its file while a reader in another thread is inside it.
            if not self.closed:
                raise
            raise ConnectionError("stream closed") from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise ConnectionError(f"stream broken: {error}") from error
        if not piece:
            raise ConnectionError("stream ended")
        return piece

    def close(self) -> None:
        """Hang up; a reader in another thread gets ConnectionError."""
        self.closed = True
        sock = self._connection.sock
        if sock is not None:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        self._answer.close()
        self._connection.close()


def open_stream(
    host: str, port: int, path: str, by: Deadline, verb: str = "GET", message: object = None
) -> HttpStream:
    """GET a stream, or ask for it with another verb and a JSON message.

    Raises TimeoutError, ConnectionError (also for any answer but 200).
    """
    connection = http.client.HTTPConnection(host, port, timeout=max(0.01, by.remaining()))
    try:
        if message is None:
            connection.request(verb, path)
        else:
            connection.request(verb, path, json.dumps(message), {"Content-Type": "application/json"})
        # http.client forgets the socket of an answer that closes the connection; it is needed for deadlines.
        sock = connection.sock
        answer = connection.getresponse()
        connection.sock = sock
    except TimeoutError:
        connection.close()
        raise
    except (OSError, http.client.HTTPException) as error:
        connection.close()
        raise ConnectionError(f"{type(error).__name__}: {error}") from error
    if answer.status != 200:
        answer.close()
        connection.close()
        raise ConnectionError(f"HTTP {answer.status}")
    return HttpStream(connection, answer)


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
        raise ConnectionError(f"{type(error).__name__}: {error}") from error
    finally:
        connection.close()


def listening(host: str, port: int) -> bool:
    """Whether anything listens there; on the loopback the answer comes at once."""
    try:
        socket.create_connection((host, port), timeout=0.2).close()
    except OSError:
        return False
    return True


def call(host: str, port: int, verb: str, path: str, message: object, by: Deadline) -> object:
    """Send a JSON message with any verb and return the JSON answer.

    Raises TimeoutError, ConnectionError (also for any answer but 200), ValueError if it is not JSON.
    """
    connection = http.client.HTTPConnection(host, port, timeout=max(0.01, by.remaining()))
    answer = None
    try:
        connection.request(verb, path, json.dumps(message), {"Content-Type": "application/json"})
        sock = connection.sock
        answer = connection.getresponse()
        if answer.status != 200:
            raise ConnectionError(f"HTTP {answer.status}")
        return json.loads(_body(sock, answer, by))
    except TimeoutError:
        raise
    except UnicodeDecodeError as error:
        raise ValueError("answer is not JSON") from error
    except (OSError, http.client.HTTPException) as error:
        raise ConnectionError(f"{type(error).__name__}: {error}") from error
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
