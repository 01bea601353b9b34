"""Raster pages as driverless printers take them, PWG raster (PWG 5102.4) and Apple raster: bytes to pictures.

Apple raster has a header of 12 and one of 32 bytes a page, and one code more: 128 leaves the rest of a line white.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from PIL import Image

_SYNC, _APPLE_SYNC = b"RaS2", b"UNIRAST\0"
_HEADER, _APPLE_HEADER = 1796, 32
_BLANK = 128
_GREY, _SRGB, _BLACK = 18, 19, 3


@dataclass(frozen=True, slots=True)
class _Page:
    width: int
    height: int
    dots_per_inch: int
    bits_per_pixel: int
    bytes_per_line: int
    color_space: int


def _header(raw: bytes) -> _Page:
    def number(at: int) -> int:
        return int(struct.unpack_from(">I", raw, at)[0])

    return _Page(number(372), number(376), number(276), number(388), number(392), number(400))


def _apple_header(raw: bytes) -> _Page:
    bits, space = raw[0], {0: _GREY, 1: _SRGB}.get(raw[1], 0)
    width, height, dots = struct.unpack_from(">III", raw, 12)
    return _Page(width, height, dots, bits, width * bits // 8, space)


def is_raster(data: bytes) -> bool:
    """Whether the bytes begin like one of the two."""
    return data.startswith((_SYNC, _APPLE_SYNC))


def _line(data: bytes, at: int, page: _Page, apple: bool) -> tuple[bytes, int]:
    """One packed line: runs of 1 to 128 equal pixels, or 1 to 128 pixels as they are (PWG 5102.4 §4.4)."""
    size = max(1, page.bits_per_pixel // 8)
    out = bytearray()
    while len(out) < page.bytes_per_line:
        count = data[at]
        at += 1
        if apple and count == _BLANK:
            out += b"\xff" * (page.bytes_per_line - len(out))
        elif count < 128:
            out += data[at : at + size] * (count + 1)
            at += size
        else:
            length = (257 - count) * size
            out += data[at : at + length]
            at += length
    return bytes(out[: page.bytes_per_line]), at


def decode(data: bytes) -> list[Image.Image]:
    """Every page as a picture with its resolution; raises ValueError if the stream is torn or of another kind."""
    if not is_raster(data):
        raise ValueError("not a raster stream")
    apple = data.startswith(_APPLE_SYNC)
    size, header = (_APPLE_HEADER, _apple_header) if apple else (_HEADER, _header)
    pages: list[Image.Image] = []
    at = 12 if apple else 4
    while at < len(data):
        if len(data) < at + size:
            raise ValueError(f"page {len(pages) + 1} is torn in its header")
        page = header(data[at : at + size])
        at += size
        modes = {(24, _SRGB): "RGB", (8, _GREY): "L"}
        mode = modes.get((page.bits_per_pixel, page.color_space))
        if mode is None:
            raise ValueError(f"{page.bits_per_pixel} bits in color space {page.color_space} are not understood")
        lines: list[bytes] = []
        try:
            while len(lines) < page.height:
                repeat = data[at] + 1
                line, at = _line(data, at + 1, page, apple)
                lines.extend([line] * repeat)
        except IndexError as error:
            raise ValueError(f"page {len(pages) + 1} is torn after line {len(lines)}") from error
        picture = Image.frombytes(mode, (page.width, page.height), b"".join(lines[: page.height]))
        picture.info["dpi"] = (page.dots_per_inch, page.dots_per_inch)
        pages.append(picture)
    return pages
