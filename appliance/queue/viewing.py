"""What the camera sees now, on its way from the process that owns it to the page of the officer at it.

One question, one picture: nothing is kept, and whoever does not ask any more is sent no more.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import struct
from collections.abc import Callable
from pathlib import Path

LOOK_SECONDS = 2.0
"""How long either side waits for the other."""
LONGEST = 12_000_000
"""Bytes of one picture at most, as where portraits are judged."""
_ASKED = 200

View = tuple[bytes, str]
"""A JPEG, and the key of the one hint that goes with it, empty where nothing is amiss."""


def view(path: Path, cloth: str) -> View | None:
    """The newest picture with its hint, for a background of this `cloth`; None where there is none now."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.settimeout(LOOK_SECONDS)
        try:
            line.connect(str(path))
            line.sendall(json.dumps({"cloth": cloth}).encode())
            line.shutdown(socket.SHUT_WR)
            told = _all(line, LONGEST + _ASKED)
        except OSError:
            return None
    hint, _, jpeg = told.partition(b"\n")
    return (jpeg, hint.decode("ascii", "replace")) if jpeg else None


def _all(line: socket.socket, most: int) -> bytes:
    parts, size = [], 0
    while size <= most and (part := line.recv(65_536)):
        parts.append(part)
        size += len(part)
    return b"".join(parts)


class Window:
    """Answers at `path` with what `look` sees for a cloth; None is an empty answer."""

    def __init__(self, path: Path, look: Callable[[str], View | None]) -> None:
        self._look = look
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        old = os.umask(0o177)
        try:
            self._listener.bind(str(path))
        finally:
            os.umask(old)
        self._listener.listen(4)

    def run(self) -> None:
        """Answer until the listener is closed."""
        while True:
            try:
                line, _ = self._listener.accept()
            except OSError:
                return
            with line, contextlib.suppress(OSError, ValueError, KeyError, TypeError):
                line.settimeout(LOOK_SECONDS)
                credentials = line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
                if struct.unpack("3i", credentials)[1] not in (0, os.getuid()):
                    continue
                seen = self._look(str(json.loads(_all(line, _ASKED))["cloth"]))
                if seen is not None:
                    jpeg, hint = seen
                    line.sendall(hint.encode("ascii") + b"\n" + jpeg)

    def close(self) -> None:
        """Answer nobody any more."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
