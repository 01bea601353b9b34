"""Papers before the camera: a letter on a table, turned and seen from one side, as a hand holds it."""

from __future__ import annotations

from dataclasses import dataclass

import segno
from PIL import Image, ImageDraw, ImageFilter

TABLE, SHEET, INK, LAMP = (92, 66, 48), (244, 242, 236), (30, 30, 38), (255, 255, 255)


@dataclass(frozen=True, slots=True)
class Letter:
    """An invented letter: its lines, degrees of turn, how far its upper edge leans away (0-0.2), pixels of blur.

    `code` is the text of a QR code, half as wide as the sheet: the paper is held with it close to the lens. `width`
    is the sheet's part of the picture's width, `glare` the diameter of a lamp's reflection as part of the sheet's.
    """

    lines: tuple[str, ...]
    turned: float = 0.0
    leaning: float = 0.0
    blur: float = 0.0
    code: str = ""
    width: float = 0.62
    glare: float = 0.0


def _code(text: str) -> Image.Image:
    rows = [[255 * (not dark) for dark in row] for row in segno.make(text, error="m", micro=False).matrix_iter()]
    picture = Image.new("L", (len(rows[0]), len(rows)))
    picture.putdata([grey for row in rows for grey in row])
    return picture


def drawn(letter: Letter, size: tuple[int, int]) -> Image.Image:
    """The letter on a table; `size` of the picture in pixels."""
    width, height = size
    sheet = Image.new("RGB", (int(width * letter.width), int(width * letter.width * 1.414)), SHEET)
    pen = ImageDraw.Draw(sheet)
    step = sheet.height // 24
    for row, line in enumerate(letter.lines):
        pen.text((sheet.width // 12, step * (row + 2)), line, INK, font_size=int(step * 0.62))
    if letter.code:
        side = sheet.width // 2
        sheet.paste(_code(letter.code).resize((side, side), Image.Resampling.NEAREST), (side // 2, side))
    if letter.glare:
        across = letter.glare * sheet.width
        pen.ellipse(
            (sheet.width // 4, sheet.height // 4, sheet.width // 4 + across, sheet.height // 4 + across), LAMP
        )
    lean = letter.leaning * sheet.width
    seen = sheet.transform(
        sheet.size,
        Image.Transform.QUAD,
        (-lean, 0, 0, sheet.height, sheet.width, sheet.height, sheet.width + lean, 0),
        Image.Resampling.BICUBIC,
        fillcolor=TABLE,
    )
    table = Image.new("RGB", size, TABLE)
    turned = seen.rotate(letter.turned, Image.Resampling.BICUBIC, expand=True, fillcolor=TABLE)
    table.paste(turned, ((width - turned.width) // 2, (height - turned.height) // 2))
    return table.filter(ImageFilter.GaussianBlur(letter.blur)) if letter.blur else table
