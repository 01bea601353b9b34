"""What feeds the virtual image reader of libfprint (`virtual_image`), which listens on a socket while it is open.

Source: the example client in libfprint's own tree (`examples/sendvirtimg.py`): a program finds the reader when it is
started with `environment()`; a picture is its width and height (two native 32-bit numbers) and its grey pixels, one
connection each; a width of -1 is a request to try again (the second number: 0 general, 1 too short, 2 not in the
middle, 3 not lifted), a width of -2 an error of the reader (the second number is its `FpDeviceError`). -3 says
whether a picture also lays the finger down and lifts it, -4 whether it lies there.
"""

from __future__ import annotations

import io
import socket
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from PIL import Image

from hw_sim.fingers import FingerCache
from hw_sim.people import Person

GENERAL, TOO_SHORT, CENTRE, REMOVE = range(4)
BUSY, PROTOCOL, REMOVED, TOO_HOT = 4, 5, 0x100, 0x101
PATIENCE_SECONDS = 5.0


@dataclass(slots=True)
class VirtualReaderLevers:
    """What may be wrong with the finger or its picture: another finger, half of it sent, all black."""

    swapped: Mapping[str, str] = field(default_factory=dict)
    picture: Literal["whole", "half", "black"] = "whole"


class VirtualReader:
    """One reader on one socket; what is laid down waits there until the next capture takes it."""

    def __init__(self, path: Path, cache: FingerCache, person: Person) -> None:
        self.levers = VirtualReaderLevers()
        self._path, self._cache, self._person = path, cache, person
        self._takes = 0
        self._held: list[socket.socket] = []

    def environment(self) -> dict[str, str]:
        """What to add to the environment of a program so that its libfprint has this reader."""
        return {"FP_VIRTUAL_IMAGE": str(self._path)}

    def lay(self, finger: str) -> None:
        """One placement of a finger, by its ISO position name."""
        self._send(self._placement(finger)).close()

    def lay_and_stay(self, finger: str) -> None:
        """The same, but the finger stays on the glass until `lift`."""
        self._held.append(self._send(struct.pack("iiii", -3, 0, -4, 1) + self._placement(finger)))

    def lift(self) -> None:
        """Take away the finger that stayed."""
        self._held[-1].sendall(struct.pack("iiii", -4, 0, -3, 1))

    def _placement(self, finger: str) -> bytes:
        seed = self._person.finger_seed(self.levers.swapped.get(finger, finger))
        with Image.open(io.BytesIO(self._cache.impression(seed, self._takes))) as picture:
            width, height, grey = *picture.size, picture.convert("L").tobytes()
        self._takes += 1
        if self.levers.picture == "black":
            grey = bytes(len(grey))
        if self.levers.picture == "half":
            grey = grey[: len(grey) // 2]
        return struct.pack("ii", width, height) + grey

    def ask_again(self, why: int) -> None:
        """The reader wants the finger once more."""
        self._send(struct.pack("ii", -1, why)).close()

    def fail(self, error: int) -> None:
        """The reader reports an error."""
        self._send(struct.pack("ii", -2, error)).close()

    def say_half_a_header(self) -> None:
        """The reader begins to speak and stops; the line stays open until `close`."""
        self._held.append(self._send(b"\0\0"))

    def close(self) -> None:
        """Let go what is held."""
        for one in self._held:
            one.close()
        self._held.clear()

    def _send(self, data: bytes) -> socket.socket:
        line = socket.socket(socket.AF_UNIX)
        line.settimeout(PATIENCE_SECONDS)
        # Room for the whole picture: nobody reads before a capture begins.
        line.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2 * len(data) + 65536)
        line.connect(str(self._path))
        line.sendall(data)
        return line
