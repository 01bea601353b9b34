"""Lines of words and a code for a roll of 58 or 80 mm, one dot a pixel. Pure."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import segno
from PIL import Image, ImageDraw, ImageFont

from appliance.documents.qr import QUIET_ZONE
from appliance.documents.trial_pages import DOTS_PER_MM, ROLL_DOTS

_FONTS = Path(__file__).parent / "fonts"
MODULE_DOTS = 8
"""A module of 1 mm: paper that was folded in a pocket is still read."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line in the middle of the paper; `height_mm` is the size of its letters, `middle_mm` how far down it is."""

    text: str
    face: str
    height_mm: float
    middle_mm: float


@dataclass(frozen=True, slots=True)
class Square:
    """A QR code of `text` at level M (ISO/IEC 18004), its quiet zone below `top_mm`."""

    text: str
    top_mm: float


def drawn(paper: int, height_mm: int, lines: Iterable[Line], square: Square | None = None) -> bytes:
    """PNG; a line too long for the paper is set smaller."""
    width = ROLL_DOTS[paper]
    page = Image.new("1", (width, height_mm * DOTS_PER_MM), 1)
    draw = ImageDraw.Draw(page)
    for line in lines:
        font = _fitting(line, width - 2 * DOTS_PER_MM)
        draw.text((width / 2, line.middle_mm * DOTS_PER_MM), line.text, fill=0, font=font, anchor="mm")
    if square is not None:
        code = _square(square.text)
        page.paste(code, ((width - code.width) // 2, round(square.top_mm * DOTS_PER_MM)))
    out = io.BytesIO()
    page.save(out, "PNG")
    return out.getvalue()


def _square(text: str) -> Image.Image:
    rows = segno.make(text, error="m", micro=False, boost_error=False).matrix_iter(MODULE_DOTS, QUIET_ZONE)
    dots = [bytes(0 if dark else 255 for dark in row) for row in rows]
    return Image.frombytes("L", (len(dots[0]), len(dots)), b"".join(dots)).convert("1")


def _fitting(line: Line, width: int) -> ImageFont.FreeTypeFont:
    size = round(line.height_mm * DOTS_PER_MM)
    path = str(_FONTS / f"LiberationSans-{line.face}.ttf")
    while size > 12 and ImageFont.truetype(path, size).getlength(line.text) > width:
        size -= 1
    return ImageFont.truetype(path, size)
