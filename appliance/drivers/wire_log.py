"""A recorder round any transport: what went over a wire and when, as JSON lines, to be read and to be replayed.

A transport takes a `Tap` and tells it each piece of bytes. What may be written down must be opened: unless the
transport or its driver says otherwise only length and digest of a piece are kept, so that no finger, face, stroke,
key, PIN or name gets in because somebody forgot. The digest is keyed with a key that is never written: equal pieces
of one run are seen to be equal (a camera that repeats itself, a request sent twice), and nothing that anybody holds
or guesses can be tested against the log.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal, Protocol

Direction = Literal["out", "in"]

ALL = slice(None)
"""The whole piece is hidden: what a transport that says nothing gets."""
NOTHING = slice(0, 0)
"""The piece holds nothing of any person: every byte may be read."""

LARGEST = 64 << 20
"""Bytes of a log; it then ends with a line that says so, and devices work on."""
DIGEST_BYTES = 8


class Tap(Protocol):
    """Told of each piece that went `out` to the device or came `in`; `hidden` is the stretch not to be written."""

    def __call__(self, direction: Direction, data: bytes, hidden: slice = ALL) -> None: ...


def no_tap(direction: Direction, data: bytes, hidden: slice = ALL) -> None:
    """The tap of an appliance that records nothing."""


def veiled(tap: Tap, request: Callable[[bytes], slice], reply: Callable[[bytes, bytes], slice]) -> Tap:
    """A tap for a wire on which a reply follows each request; the two say which stretch of theirs is hidden.

    `reply` is given the request and the reply. Whatever the transport says of a piece itself goes for nothing.
    """
    if tap is no_tap:
        return no_tap
    asked = b""

    def told(direction: Direction, data: bytes, hidden: slice = ALL) -> None:
        nonlocal asked
        if direction == "out":
            asked = data
            tap(direction, data, request(data))
        else:
            tap(direction, data, reply(asked, data))

    return told


class WireLog:
    """One file, readable by its owner only, shared by all devices; written to its end line by line.

    A line is `{t, device, dir, bytes}`: seconds of UTC, the device's key, `out` or `in`, hexadecimal. A piece with a
    hidden stretch also has `hidden` `[begin, length]` and `digest` of that stretch, which `bytes` then leaves out.
    Raises OSError if the file cannot be opened; a file that can no longer be written only ends the log.
    """

    def __init__(self, path: Path, largest: int = LARGEST) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        self._left = largest - os.fstat(self._file).st_size
        self._key = os.urandom(32)
        self._lock = threading.Lock()

    def tap(self, device: str) -> Tap:
        """What the transport of this device is given."""

        def told(direction: Direction, data: bytes, hidden: slice = ALL) -> None:
            self._write(self._line(device, direction, data, hidden))

        return told

    def close(self) -> None:
        """End the log; taps still told are heard no more."""
        with self._lock:
            self._end()

    def _line(self, device: str, direction: Direction, data: bytes, hidden: slice) -> dict[str, object]:
        begin, end, _ = hidden.indices(len(data))
        line: dict[str, object] = {"t": round(time.time(), 6), "device": device, "dir": direction}
        if end <= begin:
            return {**line, "bytes": data.hex()}
        digest = hashlib.blake2b(data[begin:end], key=self._key, digest_size=DIGEST_BYTES).hexdigest()
        return {**line, "bytes": (data[:begin] + data[end:]).hex(), "hidden": [begin, end - begin], "digest": digest}

    def _write(self, line: dict[str, object]) -> None:
        text = json.dumps(line, separators=(",", ":")).encode() + b"\n"
        with self._lock:
            if self._file < 0:
                return
            self._left -= len(text)
            full = self._left < 0
            try:
                # One write a line: two processes may share the file.
                os.write(self._file, text if not full else b'{"end":"the log is full"}\n')
            except OSError:
                full = True
            if full:
                self._end()

    def _end(self) -> None:
        file, self._file = self._file, -1
        if file >= 0:
            os.close(file)
