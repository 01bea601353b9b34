"""MJPEG as cameras send it: parts of a multipart stream, and whether a JPEG is whole. Pure."""

from __future__ import annotations

import re

MAX_FRAME = 8 << 20
MAX_HEAD = 64 << 10
MIN_LINES = 720
_END = b"\xff\xd9"
_FRAME_HEADERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_ALONE = frozenset({0xFF, 0x01, *range(0xD0, 0xD9)})
"""Markers that nothing follows, and the fill byte (ITU-T T.81 §B.1.1.2)."""
_LENGTH = re.compile(rb"(?im)^content-length:\s*(\d{1,9})\s*$")


class BrokenFrame(ValueError):
    """A frame that is not a complete JPEG picture."""


class PartReader:
    """Cuts a multipart/x-mixed-replace body (RFC 2046 §5.1) into its parts.

    A part with Content-Length is cut by it; without, at the next boundary. Parts beyond 8 MB raise BrokenFrame, as do
    heads beyond 64 KB. Whoever reads as many bytes at a time as `missing` says spares every copy of a picture.
    """

    def __init__(self, boundary: str) -> None:
        self._mark = b"--" + boundary.strip().strip('"').removeprefix("--").encode()
        self._end = b"\r\n" + self._mark
        self._buffer = bytearray()
        self._searched = 0
        self._usual_head, self._skipped = 0, 0
        self._size: int | None = 0
        """Of the part whose head was read; None if that did not say; 0 while a head is wanted."""

    @property
    def missing(self) -> int | None:
        """How many bytes to read next: of a part what it still needs, of a head as many as the one before it had.

        0 if a head comes and nothing is known of it yet, None if only the end of the part will tell.
        """
        if self._size is None:
            return None
        if self._size == 0:
            return 0 if self._buffer else self._usual_head
        return max(0, self._size - len(self._buffer))

    def feed(self, data: bytes) -> list[bytes]:
        """The bodies that became complete with these bytes, in order."""
        if self._size and not self._buffer and len(data) == self._size:
            self._size = 0
            return [data]
        self._buffer += data
        parts = []
        while (part := self._next()) is not None:
            parts.append(part)
        return parts

    def _next(self) -> bytes | None:
        if self._size == 0 and not self._head():
            return None
        if self._size:
            return self._cut(self._size) if len(self._buffer) >= self._size else None
        end = self._buffer.find(self._end, self._searched)
        if end < 0:
            if len(self._buffer) > MAX_FRAME:
                raise BrokenFrame("part without an end")
            self._searched = max(0, len(self._buffer) - len(self._end))
            return None
        return self._cut(end)

    def _head(self) -> bool:
        """Read over the next head, if all of it is there."""
        start = self._buffer.find(self._mark, self._searched)
        end = -1 if start < 0 else self._buffer.find(b"\r\n\r\n", start)
        if end < 0:
            # What stands before a boundary is nothing (RFC 2046 §5.1.1); the boundary may be half there.
            nothing = max(0, len(self._buffer) - len(self._mark)) if start < 0 else start
            del self._buffer[:nothing]
            self._skipped += nothing
            if len(self._buffer) > MAX_HEAD:
                raise BrokenFrame("head without an end")
            return False
        length = _LENGTH.search(self._buffer, start, end)
        self._size = int(length[1]) if length is not None else None
        if self._size is not None and not 0 < self._size <= MAX_FRAME:
            raise BrokenFrame("part too long" if self._size else "part without content")
        self._usual_head, self._skipped = min(MAX_HEAD, self._skipped + end + 4), 0
        del self._buffer[: end + 4]
        return True

    def _cut(self, size: int) -> bytes:
        part = bytes(self._buffer[:size])
        del self._buffer[:size]
        self._size, self._searched = 0, 0
        return part


def boundary_of(content_type: str) -> str:
    """The boundary parameter; BrokenFrame if the stream is not multipart."""
    found = re.search(r'(?i)^multipart/x-mixed-replace\s*;.*boundary=("?)([^";\s]+)\1', content_type)
    if found is None:
        raise BrokenFrame("not an MJPEG stream")
    return found[2]


def size_of(jpeg: bytes) -> tuple[int, int]:
    """Width and height of a complete JPEG (start and end marker present, ITU-T T.81 annex B); raises BrokenFrame.

    A JPEG cut in half still decodes, with a grey lower half; the end marker is what tells.
    """
    if not jpeg.startswith(b"\xff\xd8") or not (jpeg.endswith(_END) or jpeg.rstrip(b"\0").endswith(_END)):
        raise BrokenFrame("picture cut off")
    at, last = 2, len(jpeg) - 9
    while at < last and jpeg[at] == 0xFF:
        marker = jpeg[at + 1]
        if marker in _FRAME_HEADERS:
            height, width = jpeg[at + 5] << 8 | jpeg[at + 6], jpeg[at + 7] << 8 | jpeg[at + 8]
            if not width or not height:
                break
            return width, height
        if marker in _ALONE:
            at += 1 if marker == 0xFF else 2
        else:
            at += 2 + (jpeg[at + 2] << 8 | jpeg[at + 3])
    raise BrokenFrame("picture without a size")
