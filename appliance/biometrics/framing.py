"""Messages between the appliance and its child process: a length, a JSON header, then byte strings.

4 bytes big-endian length of the header, the header (its `blobs` lists the lengths that follow), the byte strings.
"""

from __future__ import annotations

import json
import os
import select
from collections.abc import Callable, Mapping, Sequence

from appliance.clock import Deadline

MAX_HEADER = 4 << 20
MAX_BLOBS = 64 << 20


class PipeClosed(EOFError):
    """The other end is gone."""


class PipeSilent(TimeoutError):
    """The other end did not send, or take, its bytes in time."""


def pack(header: Mapping[str, object], blobs: Sequence[bytes] = ()) -> bytes:
    """One message as bytes."""
    text = json.dumps({**header, "blobs": [len(blob) for blob in blobs]}).encode()
    return b"".join((len(text).to_bytes(4), text, *blobs))


def write_all(pipe: int, message: bytes, by: Deadline) -> None:
    """Write to a non-blocking pipe until all is gone; raises PipeClosed, PipeSilent."""
    view = memoryview(message)
    while view:
        if by.passed or not select.select([], [pipe], [], by.remaining())[1]:
            raise PipeSilent
        try:
            view = view[os.write(pipe, view[:65536]) :]
        except BrokenPipeError as error:
            raise PipeClosed from error


def read_message(pipe: int, by: Deadline) -> tuple[dict[str, object], list[bytes]]:
    """One message from a pipe; raises PipeClosed, PipeSilent, or ValueError for one that is none or too long."""
    size = int.from_bytes(_read_exactly(pipe, 4, by))
    if size > MAX_HEADER:
        raise ValueError("message header too long")
    try:
        header = json.loads(_read_exactly(pipe, size, by))
    except RecursionError as error:
        raise ValueError("message header is none") from error
    lengths = header.pop("blobs", None) if isinstance(header, dict) else None
    if not isinstance(lengths, list) or not all(type(one) is int and one >= 0 for one in lengths):
        raise ValueError("message header is none")
    if sum(lengths) > MAX_BLOBS:
        raise ValueError("message too long")
    return header, [_read_exactly(pipe, length, by) for length in lengths]


def _read_exactly(pipe: int, count: int, by: Deadline) -> bytes:
    parts = bytearray()
    while len(parts) < count:
        if by.passed or not select.select([pipe], [], [], by.remaining())[0]:
            raise PipeSilent
        piece = os.read(pipe, min(count - len(parts), 1 << 20))
        if not piece:
            raise PipeClosed
        parts += piece
    return bytes(parts)


def serve(answer: Callable[[dict[str, object], list[bytes]], bytes], idle: float) -> None:
    """The child's side: answer messages on stdin until idle for that many seconds or stdin is closed."""
    out = os.dup(1)
    os.dup2(2, 1)  # native libraries print to stdout, which would garble the messages
    while select.select([0], [], [], idle)[0]:
        try:
            header, blobs = read_message(0, Deadline.after(60))
        except (PipeClosed, PipeSilent):
            return
        message = memoryview(answer(header, blobs))
        while message:
            message = message[os.write(out, message) :]
