"""PWG raster (PWG 5102.4), the page form that IPP Everywhere printers take: bytes to pictures."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from PIL import Image

_SYNC = b"RaS2"
_HEADER = 1796
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


def _line(data: bytes, at: int, page: _Page) -> tuple[bytes, int]:
    """One packed line: runs of 1 to 128 equal pixels, or 1 to 128 pixels as they are (PWG 5102.4 §4.4)."""
    size = max(1, page.bits_per_pixel // 8)
    out = bytearray()
    while len(out) < page.bytes_per_line:
        count = data[at]
        at += 1
        if count < 128:
            out += data[at : at + size] * (count + 1)
            at += size
        else:
            length = (257 - count) * size
            out += data[at : at + length]
            at += length
    return bytes(out[: page.bytes_per_line]), at


def decode(data: bytes) -> list[Image.Image]:
    """Every page as a picture with its resolution; raises ValueError if the stream is torn or of another kind."""
    if data[:4] != _SYNC:
        raise ValueError("not a PWG raster stream")
    pages: list[Image.Image] = []
    at = 4
    while at < len(data):
        page = _header(data[at : at + _HEADER])
        at += _HEADER
        modes = {(24, _SRGB): "RGB", (8, _GREY): "L"}
        mode = modes.get((page.bits_per_pixel, page.color_space))
        if mode is None:
            raise ValueError(f"{page.bits_per_pixel} bits in color space {page.color_space} are not understood")
        lines: list[bytes] = []
        try:
            while len(lines) < page.height:
                repeat = data[at] + 1
                line, at = _line(data, at + 1, page)
                lines.extend([line] * repeat)
        except IndexError as error:
            raise ValueError(f"page {len(pages) + 1} is torn after line {len(lines)}") from error
        picture = Image.frombytes(mode, (page.width, page.height), b"".join(lines[: page.height]))
        picture.info["dpi"] = (page.dots_per_inch, page.dots_per_inch)
        pages.append(picture)
    return pages
