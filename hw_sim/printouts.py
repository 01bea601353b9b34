"""What came out of a printer: documents as they arrived and pictures of each page."""

from __future__ import annotations

import io
import threading
from dataclasses import dataclass, field
from typing import Literal

import pypdfium2
from PIL import Image

from hw_sim import raster

Kind = Literal["sheet", "card"]

_PDFIUM = threading.Lock()
"""pdfium is not made for threads."""


def _upright(page: Image.Image) -> Image.Image:
    """A card runs through the printer narrow side first; this turns the picture as a reader holds the card."""
    return page.transpose(Image.Transpose.ROTATE_270) if page.height > page.width else page


def _render(page: pypdfium2.PdfPage) -> Image.Image:
    width, height = page.get_size()
    dots = (round(width * 300 / 72), round(height * 300 / 72))
    # pdfium stretches the page to whole dots, rounding up: a trifle less, or A4 would be 2481 wide.
    picture: Image.Image = page.render(scale=(dots[0] - 0.01) / width).to_pil()
    return picture.convert("RGB").crop((0, 0, *dots))


def _pictures(data: bytes, kind_of_document: str, kind: Kind) -> list[Image.Image]:
    if raster.is_raster(data):
        pages = raster.decode(data)
    elif kind_of_document == "application/pdf" or data[:5] == b"%PDF-":
        with _PDFIUM:
            document = pypdfium2.PdfDocument(data)
            pages = [_render(page) for page in document]
            document.close()
    else:
        pages = [Image.open(io.BytesIO(data)).convert("RGB")]
    return [_upright(page) for page in pages] if kind == "card" else pages


def page_count(data: bytes, kind_of_document: str) -> int:
    """How many pages the document has; raises ValueError if it cannot be read."""
    if kind_of_document == "application/pdf" or data[:5] == b"%PDF-":
        with _PDFIUM:
            try:
                document = pypdfium2.PdfDocument(data)
            except pypdfium2.PdfiumError as error:
                raise ValueError("not a PDF that can be read") from error
            count = len(document)
            document.close()
        return count
    return len(raster.decode(data)) if raster.is_raster(data) else 1


@dataclass(slots=True)
class Output:
    """What lies in the output tray of one job: the document as it arrived, and one medium per page that came out."""

    job: int
    name: str
    format: str
    document: bytes = field(repr=False)
    kind: Kind = "sheet"
    copies: int = 1
    media: list[object] = field(default_factory=list)

    @property
    def card(self) -> object:
        """The card that was printed on (the last, if there were several)."""
        return self.media[-1] if self.media else None

    @property
    def pages(self) -> list[bytes]:
        """Each page that came out as PNG at 300 dpi: A4 2480 × 3508, a card as a reader holds it."""
        pictures = _pictures(self.document, self.format, self.kind)
        out = []
        for picture in (pictures * self.copies)[: len(self.media)]:
            buffer = io.BytesIO()
            picture.save(buffer, "PNG", compress_level=1, dpi=(300, 300))
            out.append(buffer.getvalue())
        return out
