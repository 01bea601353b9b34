"""A child process that can be killed, asked in frames with a deadline: for libraries whose calls may never return.

A frame is a 4-byte big-endian length and that many bytes, one request and then one reply. The child's side is
`framed_service`.
"""

from __future__ import annotations

import os
import select
import struct
import subprocess
import sys
from collections.abc import Mapping

from appliance.clock import Deadline
from appliance.drivers.wire_log import Tap, no_tap

_PIECE = 65536
MAX_REPLY = 64 << 20
"""Bytes; what announces more is no reply of ours but something that a library printed."""


class ChildSilent(TimeoutError):
    """The child did not take or answer a frame before the deadline; it has been killed."""


class ChildGone(EOFError):
    """The child ended by itself before it answered."""


class FramedChild:
    """At most one running child of this module; started by the first `ask`, or earlier by `start`.

    Of frames a wire log keeps no content; a transport that knows which of it may be kept has the tap itself.
    """

    def __init__(
        self,
        module: str,
        *arguments: str,
        environment: Mapping[str, str] | None = None,
        python: str = sys.executable,
        tap: Tap = no_tap,
    ) -> None:
        self._tap = tap
        self._line = [python, "-P", "-m", module, *arguments]
        self._environment = dict(environment or {})
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def process_id(self) -> int | None:
        """The running child's; None if there is none."""
        return None if self._process is None else self._process.pid

    def start(self) -> None:
        """Start the child unless it runs; returns at once."""
        if self._process is not None:
            return
        environment = {**os.environ, **self._environment}
        self._process = subprocess.Popen(
            self._line, bufsize=0, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
        )
        assert self._process.stdin is not None
        os.set_blocking(self._process.stdin.fileno(), False)

    def ask(self, frame: bytes, by: Deadline) -> bytes:
        """The reply; raises ChildSilent or ChildGone, and then the child is no more."""
        self.start()
        process = self._process
        assert process is not None and process.stdin is not None and process.stdout is not None
        self._tap("out", frame)
        try:
            # Short frames go out in one piece and come back in one: an exchange with a card is little else.
            head = struct.pack(">I", len(frame))
            for part in (head + frame,) if len(frame) < _PIECE else (head, frame):
                _write(process.stdin.fileno(), part, by)
            reply = read_reply(process.stdout.fileno(), by)
        except (ChildSilent, ChildGone):
            self.kill()
            raise
        self._tap("in", reply)
        return reply

    def kill(self) -> None:
        """End the child, whatever it does; never raises."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()


def _write(descriptor: int, data: bytes, by: Deadline) -> None:
    left = memoryview(data)
    while left:
        try:
            left = left[os.write(descriptor, left[:_PIECE]) :]
        except BlockingIOError:
            if not select.select([], [descriptor], [], by.remaining())[1]:
                raise ChildSilent from None
        except BrokenPipeError as error:
            raise ChildGone from error


def read_reply(descriptor: int, by: Deadline) -> bytes:
    """One frame; raises ChildSilent or ChildGone.

    The child sends nothing that was not asked, so whatever is there belongs to it.
    """
    parts = bytearray()
    while len(parts) < 4 or len(parts) < 4 + (announced := int.from_bytes(parts[:4])):
        if len(parts) >= 4 and announced > MAX_REPLY:
            raise ChildGone("a reply that is none")
        if not select.select([descriptor], [], [], by.remaining())[0]:
            raise ChildSilent
        part = os.read(descriptor, _PIECE)
        if not part:
            raise ChildGone
        parts += part
    return bytes(parts[4:])
