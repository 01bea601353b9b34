"""What the camera sees now, on its way from the process that owns it to the page of the officer at it.

One question, one picture: nothing is kept, and whoever does not ask any more is sent no more.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from appliance.queue.private_socket import PrivateSocket, ask

LOOK_SECONDS = 2.0
"""How long either side waits for the other."""
LONGEST = 12_000_000
"""Bytes of one picture at most, as where portraits are judged."""
_ASKED = 200

View = tuple[bytes, str]
"""A JPEG, and the key of the one hint that goes with it, empty where nothing is amiss."""


def view(path: Path, cloth: str) -> View | None:
    """The newest picture with its hint, for a background of this `cloth`; None where there is none now."""
    told = ask(path, json.dumps({"cloth": cloth}).encode(), longest=LONGEST + _ASKED, seconds=LOOK_SECONDS)
    hint, _, jpeg = (told or b"").partition(b"\n")
    return (jpeg, hint.decode("ascii", "replace")) if jpeg else None


class Window:
    """Answers at `path` with what `look` sees for a cloth; None is an empty answer."""

    def __init__(self, path: Path, look: Callable[[str], View | None]) -> None:
        self._look = look
        self._socket = PrivateSocket(path, longest=_ASKED, seconds=LOOK_SECONDS)

    def run(self) -> None:
        """Answer until the listener is closed."""
        self._socket.serve(self._answer)

    def _answer(self, question: bytes) -> bytes:
        seen = self._look(str(json.loads(question)["cloth"]))
        return b"" if seen is None else seen[1].encode("ascii") + b"\n" + seen[0]

    def close(self) -> None:
        """Answer nobody any more."""
        self._socket.close()
