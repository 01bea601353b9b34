"""A scanner with one wire for captures and for its live picture: captures and questions go first.

A live picture that has been begun is ended, none is begun while anybody waits; while a capture has the wire, what
that capture sees is the live picture.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from appliance.clock import Deadline

BEAT_SECONDS = 1.0
"""Who looks hears at least so often, though there be nothing new to see."""


class SharedGlass:
    """The turns at one scanner, between its owner and whoever looks at the glass in another thread."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._taken = False
        self._waiting = 0
        self._lookers = 0
        self._ends = 0
        self._number = 0
        self._shown = b""

    @contextmanager
    def first(self, by: Deadline) -> Iterator[None]:
        """The wire for a capture or a question, after the picture that is being made.

        Raises TimeoutError if that does not end in time.
        """
        with self._changed:
            self._waiting += 1
            try:
                if not self._changed.wait_for(lambda: not self._taken, max(0.0, by.remaining())):
                    raise TimeoutError("the live picture does not end")
                self._taken = True
            finally:
                self._waiting -= 1
        try:
            yield
        finally:
            self._give_back()

    @property
    def watched(self) -> bool:
        """Whether anybody looks."""
        return self._lookers > 0

    def show(self, picture: bytes) -> None:
        """What a capture sees, for who looks now; otherwise it is not kept."""
        with self._changed:
            if self._lookers:
                self._number, self._shown = self._number + 1, picture
                self._changed.notify_all()

    def end(self) -> None:
        """All that look now see nothing more."""
        with self._changed:
            self._ends += 1
            self._changed.notify_all()

    def pictures(self, take: Callable[[], bytes]) -> Iterator[bytes]:
        """What `take` makes between the turns of others, and what a capture shows; b"" after a second with neither.

        Raises what `take` raises.
        """
        with self._changed:
            self._lookers += 1
            known = self._ends, self._number
        try:
            while True:
                with self._changed:
                    self._wait(known)
                    if self._ends != known[0]:
                        return
                    picture = self._shown if self._number != known[1] else b""
                    known, self._shown = (self._ends, self._number), b""
                    mine = not picture and self._is_free()
                    self._taken = self._taken or mine
                if mine:
                    try:
                        picture = take()
                    finally:
                        self._give_back()
                yield picture
        finally:
            with self._changed:
                self._lookers -= 1
                self._shown = b""

    def _wait(self, known: tuple[int, int]) -> None:
        self._changed.wait_for(lambda: (self._ends, self._number) != known or self._is_free(), BEAT_SECONDS)

    def _is_free(self) -> bool:
        return not self._taken and not self._waiting

    def _give_back(self) -> None:
        with self._changed:
            self._taken = False
            self._changed.notify_all()
