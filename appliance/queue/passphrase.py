"""The signer's passphrase on its way from the web process to the network process: memory to memory, for one case.

It is never in the database, a file, a log or an argument list; a restart forgets it and the Kadis types it again.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import struct
import threading
import time
from pathlib import Path

KEPT_SECONDS = 300.0
LOOK_SECONDS = 5.0
"""How often passphrases that nobody fetched are looked for and forgotten."""
_LONGEST = 4096


def lend(path: Path, case_id: str, passphrase: str) -> bool:
    """Hand a passphrase over; False if the network process does not listen."""
    message = json.dumps({"case": case_id, "passphrase": passphrase}).encode()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.settimeout(3.0)
        try:
            line.connect(str(path))
            line.sendall(message)
            line.shutdown(socket.SHUT_WR)
            return line.recv(2) == b"ok"
        except OSError:
            return False


class Keeper:
    """Keeps lent passphrases until they are used once or `kept_s` seconds have passed; `path` is its socket."""

    def __init__(self, path: Path, kept_s: float = KEPT_SECONDS) -> None:
        self._kept_s = kept_s
        self._kept: dict[str, tuple[str, float]] = {}
        self._lock = threading.Lock()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        old = os.umask(0o177)
        try:
            self._listener.bind(str(path))
        finally:
            os.umask(old)
        self._listener.listen(4)
        self._listener.settimeout(LOOK_SECONDS)

    def run(self) -> None:
        """Take passphrases in until the process ends."""
        while True:
            self._forget_old()
            try:
                line, _ = self._listener.accept()
            except TimeoutError:
                continue
            with line, contextlib.suppress(OSError, ValueError, KeyError, TypeError):
                line.settimeout(3.0)
                credentials = line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
                if struct.unpack("3i", credentials)[1] not in (0, os.getuid()):
                    continue
                data = b""
                while len(data) <= _LONGEST and (piece := line.recv(_LONGEST)):
                    data += piece
                message = json.loads(data)
                with self._lock:
                    self._kept[str(message["case"])] = (str(message["passphrase"]), time.monotonic() + self._kept_s)
                line.sendall(b"ok")

    def _forget_old(self) -> None:
        with self._lock:
            self._kept = {case: kept for case, kept in self._kept.items() if time.monotonic() < kept[1]}

    def forget(self) -> None:
        """Forget every passphrase: the service said that one is wrong, and another wrong try may lock the user."""
        with self._lock:
            self._kept.clear()

    def take(self, case_id: str) -> str | None:
        """The passphrase for this case, once."""
        with self._lock:
            passphrase, until = self._kept.pop(case_id, ("", 0.0))
        return passphrase if time.monotonic() < until else None
