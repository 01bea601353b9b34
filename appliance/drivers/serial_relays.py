"""Relays of an LCUS board on a serial line, as switches."""

from __future__ import annotations

from appliance.clock import Deadline
from appliance.drivers.relay_frames import MOST_ANSWER_BYTES, QUERY, command, states
from appliance.drivers.transport_serial import SerialLine
from appliance.drivers.wire_log import NOTHING, Tap, no_tap

_ANSWER_SECONDS = 0.3


class SerialRelays:
    """The first relays of a board, as many as are switched. All raise ConnectionError if the line breaks."""

    def __init__(self, path: str, baud: int, count: int, tap: Tap = no_tap) -> None:
        self._line = SerialLine(path, baud, tap)
        self._count = count
        self._answers = True
        self._answers = self.read() is not None

    def set(self, closed: tuple[bool, ...]) -> None:
        """Close and open the relays."""
        self._line.write(b"".join(command(number, on) for number, on in enumerate(closed, 1)), NOTHING)

    def read(self) -> tuple[bool, ...] | None:
        """How the relays are by the board's own word; None from a board that gives none, once found out not asked
        again."""
        self._line.check()
        if not self._answers:
            return None
        self._line.drain()
        self._line.write(QUERY, NOTHING)
        by, heard = Deadline.after(_ANSWER_SECONDS), b""
        while not by.passed and len(heard) < MOST_ANSWER_BYTES:
            heard += self._line.read(by, NOTHING)
            found = states(heard)
            if heard.endswith(b"\n") and all(number in found for number in range(1, self._count + 1)):
                return tuple(found[number] for number in range(1, self._count + 1))
        return None

    @property
    def model(self) -> str:
        """What it is."""
        return "LCUS serial relay board"

    def close(self) -> None:
        """Let the line go; the relays stay as they are."""
        self._line.close()
