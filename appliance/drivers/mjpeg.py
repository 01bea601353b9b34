"""MJPEG as cameras send it: parts of a multipart stream, and whether a JPEG is whole. Pure."""

from __future__ import annotations

import re

MAX_FRAME = 8 << 20
MIN_LINES = 720
_LENGTH = re.compile(rb"(?im)^content-length:\s*(\d{1,9})\s*$")


class BrokenFrame(ValueError):
    """A frame that is not a complete JPEG picture."""


class PartReader:
    """Cuts a multipart/x-mixed-replace body (RFC 2046 §5.1) into its parts.

    A part with Content-Length is cut by it; without, at the next boundary. Parts beyond 8 MB raise BrokenFrame.
    """

    def __init__(self, boundary: str) -> None:
        self._mark = b"--" + boundary.strip().strip('"').removeprefix("--").encode()
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """The bodies that became complete with these bytes, in order."""
        self._buffer += data
        parts = []
        while (part := self._next()) is not None:
            parts.append(part)
        if len(self._buffer) > 2 * MAX_FRAME:
            raise BrokenFrame("part without an end")
        return parts

    def _next(self) -> bytes | None:
        start = self._buffer.find(self._mark)
        if start < 0:
            return None
        head = self._buffer.find(b"\r\n\r\n", start)
        if head < 0:
            return None
        body = head + 4
        length = _LENGTH.search(bytes(self._buffer[start:head]))
        if length is not None:
            size = int(length[1])
            if size > MAX_FRAME:
                raise BrokenFrame("part too long")
            end = body + size
            if len(self._buffer) < end:
                return None
        else:
            end = self._buffer.find(b"\r\n" + self._mark, body)
            if end < 0:
                return None
        with memoryview(self._buffer) as seen:
            part = bytes(seen[body:end])
        del self._buffer[:end]
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
    if not jpeg.startswith(b"\xff\xd8") or jpeg.rstrip(b"\0")[-2:] != b"\xff\xd9":
        raise BrokenFrame("picture cut off")
    at = 2
    while at + 9 < len(jpeg):
        if jpeg[at] != 0xFF:
            break
        marker = jpeg[at + 1]
        if marker == 0xFF or 0xD0 <= marker <= 0xD8 or marker == 0x01:
            at += 1 if marker == 0xFF else 2
            continue
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = int.from_bytes(jpeg[at + 5 : at + 7]), int.from_bytes(jpeg[at + 7 : at + 9])
            if not width or not height:
                break
            return width, height
        at += 2 + int.from_bytes(jpeg[at + 2 : at + 4])
    raise BrokenFrame("picture without a size")
