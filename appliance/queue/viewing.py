"""What a device sees now, on its way from the process that owns it to the page of the officer at it.

One question, one picture: nothing is kept, and whoever does not ask any more is sent no more.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from appliance.queue.private_socket import PrivateSocket, ask

LOOK_SECONDS = 2.0
"""How long either side waits for the other."""
LONGEST = 12_000_000
"""Bytes of one picture at most, as where portraits are judged."""
AT_ONCE = 4
"""So many are answered beside one another: one waits for the next picture without keeping the others waiting."""
_ASKED = 200


@dataclass(frozen=True, slots=True)
class View:
    """Picture number `number` of the camera or scanner; `jpeg` (PNG of some scanners) is empty where the asker has
    that one already.

    `hint` is the key of the one hint that goes with it, "" where nothing is amiss, None before a first verdict.
    """

    number: int
    jpeg: bytes = field(repr=False)
    hint: str | None


def view(path: Path, aim: str, after: int) -> View | None:
    """What is seen, judged for `aim`: the first picture that is not number `after`, waited for shortly; None where
    there is none."""
    question = json.dumps({"aim": aim, "after": after}).encode()
    told = ask(path, question, longest=LONGEST + _ASKED, seconds=LOOK_SECONDS)
    if not told:
        return None
    head, _, jpeg = told.partition(b"\n")
    said = json.loads(head)
    return View(int(said["number"]), jpeg, said["hint"])


class Window:
    """Answers at `path` with what `look` sees for an aim and after a number; None is an empty answer."""

    def __init__(self, path: Path, look: Callable[[str, int], View | None]) -> None:
        self._look = look
        self._socket = PrivateSocket(path, longest=_ASKED, seconds=LOOK_SECONDS)

    def run(self) -> None:
        """Answer until the listener is closed."""
        beside = [threading.Thread(target=self._serve, daemon=True) for _ in range(AT_ONCE - 1)]
        for one in beside:
            one.start()
        self._serve()
        for one in beside:
            one.join()

    def _serve(self) -> None:
        self._socket.serve(self._answer)

    def _answer(self, question: bytes) -> bytes:
        asked = json.loads(question)
        seen = self._look(str(asked["aim"]), int(asked["after"]))
        if seen is None:
            return b""
        return json.dumps({"number": seen.number, "hint": seen.hint}).encode() + b"\n" + seen.jpeg

    def close(self) -> None:
        """Answer nobody any more."""
        self._socket.close()
