"""The paper of a number in the queue, for a roll of 58 or 80 mm. Pure."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from appliance.documents.trial_pages import DOTS_PER_MM, ROLL_DOTS

_FONTS = Path(__file__).parent / "fonts"
HEIGHT_MM = 62


@dataclass(frozen=True, slots=True)
class TicketSlip:
    """What stands on it: the office, the number, what it is for, and when it was taken, in words."""

    office: str
    label: str
    service: str
    taken_at: str


def ticket_slip(slip: TicketSlip, paper: int) -> bytes:
    """PNG, one dot a pixel; a line too long for the paper is set smaller."""
    width = ROLL_DOTS[paper]
    page = Image.new("1", (width, HEIGHT_MM * DOTS_PER_MM), 1)
    draw = ImageDraw.Draw(page)
    lines = (
        (slip.office, "Regular", 3.6, 6),
        ("NOMOR ANTREAN", "Bold", 4.4, 13),
        (slip.label, "Bold", 22.0, 30),
        (slip.service, "Bold", 4.8, 45),
        (slip.taken_at, "Regular", 3.6, 51),
        ("Berlaku hari ini. Simpan kertas ini.", "Regular", 3.6, 56),
    )
    for text, face, height_mm, middle_mm in lines:
        font = _fitting(text, face, height_mm, width - 2 * DOTS_PER_MM)
        draw.text((width / 2, middle_mm * DOTS_PER_MM), text, fill=0, font=font, anchor="mm")
    out = io.BytesIO()
    page.save(out, "PNG")
    return out.getvalue()


def _fitting(text: str, face: str, height_mm: float, width: int) -> ImageFont.FreeTypeFont:
    size = round(height_mm * DOTS_PER_MM)
    path = str(_FONTS / f"LiberationSans-{face}.ttf")
    while size > 12 and ImageFont.truetype(path, size).getlength(text) > width:
        size -= 1
    return ImageFont.truetype(path, size)
