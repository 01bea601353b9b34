"""The signer's passphrase on its way from the web process to the network process: memory to memory, for one case.

It is never in the database, a file, a log or an argument list; a restart forgets it and the Kadis types it again.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path

from appliance.queue.private_socket import PrivateSocket, ask

KEPT_SECONDS = 300.0
LOOK_SECONDS = 5.0
"""How often passphrases that nobody fetched are looked for and forgotten."""
_ANSWER_SECONDS = 3.0
_LONGEST = 4096


def lend(path: Path, case_id: str, passphrase: str) -> bool:
    """Hand a passphrase over; False if the network process does not listen."""
    message = json.dumps({"case": case_id, "passphrase": passphrase}).encode()
    return ask(path, message, longest=2, seconds=_ANSWER_SECONDS) == b"ok"


class Keeper:
    """Keeps lent passphrases until they are used once or `kept_s` seconds have passed; `path` is its socket.

    One that the service never heard may be given back, for what is left of that time and no longer.
    """

    def __init__(self, path: Path, kept_s: float = KEPT_SECONDS, ticks: Callable[[], float] = time.monotonic) -> None:
        self._kept_s = kept_s
        self._ticks = ticks
        self._kept: dict[str, tuple[str, float]] = {}
        self._taken: dict[str, float] = {}
        self._lock = threading.Lock()
        self._socket = PrivateSocket(path, longest=_LONGEST, seconds=_ANSWER_SECONDS)

    def run(self) -> None:
        """Take passphrases in until the process ends."""
        self._socket.serve(self._take_in, between=self._forget_old, every=LOOK_SECONDS)

    def _take_in(self, question: bytes) -> bytes:
        if len(question) > _LONGEST:
            return b""
        message = json.loads(question)
        case, passphrase = str(message["case"]), str(message["passphrase"])
        with self._lock:
            self._kept[case] = (passphrase, self._ticks() + self._kept_s)
            self._taken.pop(case, None)
        return b"ok"

    def _forget_old(self) -> None:
        now = self._ticks()
        with self._lock:
            self._kept = {case: kept for case, kept in self._kept.items() if now < kept[1]}
            self._taken = {case: until for case, until in self._taken.items() if now < until}

    def forget(self) -> None:
        """Forget every passphrase: the service said that one is wrong, and another wrong try may lock the user."""
        with self._lock:
            self._kept.clear()
            self._taken.clear()

    def take(self, case_id: str) -> str | None:
        """The passphrase for this case, once."""
        with self._lock:
            passphrase, until = self._kept.pop(case_id, ("", 0.0))
            if self._ticks() >= until:
                return None
            self._taken[case_id] = until
        return passphrase

    def give_back(self, case_id: str, passphrase: str) -> None:
        """What was taken and never left this machine may be taken again until its first time ends.

        Nothing is kept where a newer one was lent meanwhile or all were to be forgotten.
        """
        with self._lock:
            until = self._taken.pop(case_id, 0.0)
            if self._ticks() < until:
                self._kept[case_id] = (passphrase, until)
