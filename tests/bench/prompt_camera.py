"""A camera's child without a camera: pictures that lie ready, handed out by the production child's own service.

For `camera_child`. Its argument is a file with one JPEG; a count in each copy makes no two of them equal.
"""

from __future__ import annotations

import sys
from itertools import count
from pathlib import Path

from appliance.drivers.camera_service import answer_all

READY = 64


class Prompt:
    """A library that never lets wait."""

    def __init__(self, jpeg: bytes) -> None:
        # A comment behind the start of the picture (ITU-T T.81 §B.2.4.5).
        self._pictures = [jpeg[:2] + b"\xff\xfe\0\4" + bytes((0, one)) + jpeg[2:] for one in range(READY)]
        self._next = count()

    def there(self) -> str:
        return "prompt"

    def stream(self) -> None:
        return

    def next(self) -> bytes:
        return self._pictures[next(self._next) % READY]

    def hold(self, hold: bool) -> bool:
        return False

    def rest(self) -> None:
        return


if __name__ == "__main__":
    answer_all(Prompt(Path(sys.argv[1]).read_bytes()))
