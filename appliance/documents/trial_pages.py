"""Test pages that show whether a printer keeps size and place: rulers in millimetres and a frame. Pure."""

from __future__ import annotations

import io
from dataclasses import dataclass

from PIL import Image, ImageDraw

DOTS_PER_MM = 8
"""203 dots an inch."""
ROLL_DOTS = {58: 384, 80: 576}
SLIP_MM = 60


@dataclass(frozen=True, slots=True)
class TrialPage:
    """A page of this size, with a frame `inset` millimetres from its edges; `printed_at` in words, `issued_at` in
    UTC milliseconds."""

    width_mm: float
    height_mm: float
    inset_mm: float
    printed_at: str
    issued_at: int


def trial_page_data(page: TrialPage) -> dict[str, object]:
    """The template's data."""
    return {
        "width": page.width_mm,
        "height": page.height_mm,
        "inset": page.inset_mm,
        "printed_at": page.printed_at,
        "specimen": False,
    }


def trial_slip(paper: int) -> bytes:
    """A slip for a roll of 58 or 80 mm, PNG one dot a pixel: a ruler across it, black, grey and fine lines."""
    width = ROLL_DOTS[paper]
    slip = Image.new("1", (width, SLIP_MM * DOTS_PER_MM), 1)
    draw = ImageDraw.Draw(slip)
    draw.rectangle((0, 0, width - 1, SLIP_MM * DOTS_PER_MM - 1), outline=0, width=2)
    for mm in range(width // DOTS_PER_MM + 1):
        tall = 48 if mm % 10 == 0 else 32 if mm % 5 == 0 else 16
        draw.line((mm * DOTS_PER_MM, 0, mm * DOTS_PER_MM, tall), fill=0)
        if mm % 10 == 0 and mm:
            draw.text((mm * DOTS_PER_MM - 8, 52), str(mm), fill=0, font_size=20)
    draw.text((24, 100), "SIAGA: HALAMAN UJI", fill=0, font_size=36)
    draw.text((24, 150), "0-10 mm", fill=0, font_size=20)
    draw.rectangle((24, 180, 24 + 10 * DOTS_PER_MM, 180 + 10 * DOTS_PER_MM), fill=0)
    for line in range(0, 10 * DOTS_PER_MM, 2):
        draw.line((128, 180 + line, 208, 180 + line), fill=0)
    for line in range(0, 10 * DOTS_PER_MM, 4):
        draw.line((232 + line, 180, 232 + line, 260), fill=0)
    out = io.BytesIO()
    slip.save(out, "PNG")
    return out.getvalue()
