"""The child's side of `framed_child`: answers frames on standard input, and never outlives its parent."""

from __future__ import annotations

import os
import select
import struct
import sys
import threading
import time
from collections.abc import Callable

_GRACE_SECONDS = 0.5
_PIECE = 65536
_INPUT, _OUTPUT = 0, 1


def serve(answer: Callable[[bytearray], bytes], idle_seconds: float | None = None) -> None:
    """Answer frames until standard input ends, or none has come for `idle_seconds`."""
    threading.Thread(target=_leave_with_the_parent, daemon=True).start()
    while idle_seconds is None or select.select([_INPUT], [], [], idle_seconds)[0]:
        frame = _frame()
        if not frame:
            return
        reply = answer(frame)
        # A document may be large, and the next wait long.
        del frame
        sys.stdout.buffer.write(struct.pack(">I", len(reply)) + reply)
        sys.stdout.buffer.flush()


def _leave_with_the_parent() -> None:
    # A library call may never return; without this a child whose parent was killed would keep the device.
    poll = select.poll()
    poll.register(_INPUT, 0)
    poll.poll()
    time.sleep(_GRACE_SECONDS)
    os._exit(1)


def _frame() -> bytearray | None:
    """The next frame; None at the end. The parent sends one at a time, so whatever is there belongs to it."""
    begun = b""
    while len(begun) < 4:
        part = os.read(_INPUT, _PIECE)
        if not part:
            return None
        begun += part
    data = bytearray(int.from_bytes(begun[:4]))
    at = len(begun) - 4
    data[:at] = begun[4:]
    with memoryview(data) as left:
        while at < len(data):
            count = os.readv(_INPUT, [left[at:]])
            if not count:
                return None
            at += count
    return data
