"""One question and one answer over a socket that only this user's processes may come to; nothing touches the disk."""

from __future__ import annotations

import contextlib
import os
import socket
import struct
from collections.abc import Callable
from pathlib import Path

Answer = Callable[[bytes], bytes]
"""What is answered to a question, empty for nothing; OSError, ValueError, KeyError and TypeError answer nothing."""


def ask(path: Path, question: bytes, *, longest: int, seconds: float) -> bytes | None:
    """The answer, cut after `longest` bytes; None where nobody listens or the other side is silent for `seconds`."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.settimeout(seconds)
        try:
            line.connect(str(path))
            line.sendall(question)
            line.shutdown(socket.SHUT_WR)
            return _all(line, longest)
        except OSError:
            return None


class PrivateSocket:
    """Listens at `path`, readable by its owner alone; a question of more than `longest` bytes is cut."""

    def __init__(self, path: Path, *, longest: int, seconds: float) -> None:
        self._longest, self._seconds = longest, seconds
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        old = os.umask(0o177)
        try:
            self._listener.bind(str(path))
        finally:
            os.umask(old)
        self._listener.listen(4)

    def serve(self, answer: Answer, *, between: Callable[[], None] | None = None, every: float | None = None) -> None:
        """Answer one after the other until closed; `between` is done before each and after `every` idle seconds."""
        with contextlib.suppress(OSError):  # closed already
            self._listener.settimeout(every)
        while True:
            if between is not None:
                between()
            try:
                line, _ = self._listener.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            with line, contextlib.suppress(OSError, ValueError, KeyError, TypeError):
                line.settimeout(self._seconds)
                credentials = line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
                if struct.unpack("3i", credentials)[1] in (0, os.getuid()):
                    line.sendall(answer(_all(line, self._longest)))

    def close(self) -> None:
        """Answer nobody any more."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


def _all(line: socket.socket, most: int) -> bytes:
    parts, size = [], 0
    while size <= most and (part := line.recv(65_536)):
        parts.append(part)
        size += len(part)
    return b"".join(parts)
