"""The language of LC Technology's USB relay boards (LCUS-1 to LCUS-8, and their many copies). Pure.

As the maker's product sheets give it: 9600 baud 8N1; a command is `A0`, the relay from 1, 1 or 0, and the sum of the
three, low byte (`A0 01 01 A2` closes relay 1). `FF` asks for the states; boards of two relays and more answer lines
like `CH1:OFF`, the board of one and some copies nothing.
"""

from __future__ import annotations

import re

QUERY = b"\xff"
_START = 0xA0
_LINE = re.compile(rb"CH([1-8]) *: *(ON|OFF)", re.IGNORECASE)
MOST_ANSWER_BYTES = 256


def command(relay: int, closed: bool) -> bytes:
    """Close or open one relay, 1 to 8."""
    frame = bytes((_START, relay, int(closed)))
    return frame + bytes((sum(frame) & 0xFF,))


def states(answer: bytes) -> dict[int, bool]:
    """Whether each relay named in the answer is closed, empty if it holds no state; the last word counts."""
    return {int(number): state.upper() == b"ON" for number, state in _LINE.findall(answer[-MOST_ANSWER_BYTES:])}
