"""One reader of the system's libfprint, asked in a child with a deadline: the library may abort or never return."""

from __future__ import annotations

import contextlib
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from appliance.clock import Deadline
from appliance.drivers.framed_child import ChildGone, ChildSilent, FramedChild
from appliance.drivers.libfprint_picture import RawPicture, raw_picture
from appliance.drivers.transport_libfprint_child import LETTERS
from appliance.drivers.wire_log import NOTHING, Tap, no_tap, veiled

CHILD = "appliance.drivers.transport_libfprint_child"
PYTHON = "/usr/bin/python3"
OPEN_SECONDS = 4.0
"""How long finding and opening a reader may take; the child's own start (0.2 s) is in it."""
LOOK_SECONDS = CLOSE_SECONDS = 1.0
GRACE_SECONDS = 0.8
"""How much later than its deadline a capture may end before the child is ended."""


_PICTURE_HEAD = 1 + struct.calcsize(">IId")
"""The letter, then width, height and scale of a picture."""


def hidden_in_reply(request: bytes, reply: bytes) -> slice:
    """Of a picture its pixels; every other reply names the reader or its trouble."""
    return slice(_PICTURE_HEAD, None) if request[:1] == b"C" and reply[:1] == b"K" else NOTHING


class ReaderTrouble(Exception):
    """The reader did not do it; `letter` is one of the child's, or `S`: it was silent and its process ended."""

    def __init__(self, letter: str, why: str = "") -> None:
        super().__init__(why or LETTERS.get(letter, letter))
        self.letter = letter


@dataclass(frozen=True, slots=True)
class ReaderIdentity:
    """What libfprint calls an opened reader: its driver, the id it gives the device, the full name."""

    driver: str
    device: str
    name: str


class LibfprintReader:
    """One reader by driver or device id, or the only one. After `G` and `S` it is let go: open it again."""

    def __init__(
        self, name: str, tap: Tap = no_tap, python: str = PYTHON, environment: Mapping[str, str] | None = None
    ) -> None:
        rooms = str(Path(__file__).resolve().parents[2])
        shown = veiled(tap, lambda _: NOTHING, hidden_in_reply)
        self._child = FramedChild(
            CHILD, name, python=python, environment={"PYTHONPATH": rooms, **(environment or {})}, tap=shown
        )
        self._open = False

    @property
    def process_id(self) -> int | None:
        """The child's; None if none runs."""
        return self._child.process_id

    @property
    def opened(self) -> bool:
        """Whether the reader is held."""
        return self._open

    def open(self) -> ReaderIdentity:
        """Find and open the reader; raises ReaderTrouble."""
        self.close()
        try:
            names = self._ask(b"O", Deadline.after(OPEN_SECONDS)).decode("utf-8", "replace").split("\0")
        except ReaderTrouble:
            self.close()
            raise
        self._open = True
        return ReaderIdentity(*[*names, "", "", ""][:3])

    def look(self) -> None:
        """Ask whether it is still there; raises ReaderTrouble."""
        self._ask(b"S", Deadline.after(LOOK_SECONDS))

    def capture(self, by: Deadline) -> RawPicture:
        """One picture, of the finger that lies there or comes; raises ReaderTrouble, BadPicture."""
        milliseconds = max(1, int(by.remaining() * 1000))
        return raw_picture(
            self._ask(b"C" + struct.pack(">I", milliseconds), Deadline.after(by.remaining() + GRACE_SECONDS))
        )

    def begin_anew(self) -> ReaderIdentity:
        """Reset the reader's USB port and open it again (0.3 s with the child's start); raises ReaderTrouble."""
        self._ask(b"Z", Deadline.after(LOOK_SECONDS))
        return self.open()

    def close(self) -> None:
        """Have libfprint put the reader to rest (1 s at most) and end the child; never raises."""
        held, self._open = self._open, False
        if held:
            with contextlib.suppress(ChildSilent, ChildGone):
                self._child.ask(b"Q", Deadline.after(CLOSE_SECONDS))
        self._child.kill()

    def _ask(self, request: bytes, by: Deadline) -> bytes:
        try:
            reply = self._child.ask(request, by)
        except ChildSilent:
            self._open = False
            raise ReaderTrouble("S", "libfprint does not answer; its process was ended") from None
        except ChildGone:
            self._open = False
            raise ReaderTrouble("G", "libfprint's process ended by itself") from None
        letter = reply[:1].decode("ascii", "replace")
        if letter == "K":
            return reply[1:]
        if letter == "G":
            self._open = False
            self._child.kill()
        raise ReaderTrouble(letter if letter in LETTERS else "E", reply[1:300].decode("utf-8", "replace"))
