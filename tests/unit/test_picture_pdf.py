"""A PNG goes into a PDF dot for dot."""

from __future__ import annotations

import io

import pypdfium2
import pytest
from PIL import Image

from appliance.drivers.picture_pdf import pdf_of


def _picture(mode: str, size: tuple[int, int]) -> Image.Image:
    picture = Image.new(mode, size)
    picture.putdata(
        [(x * 7 % 256) if mode == "L" else (x % 256, x // 3 % 256, x * 5 % 256) for x in range(size[0] * size[1])]
    )
    return picture


def _png(picture: Image.Image, **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG", **options)
    return out.getvalue()


@pytest.mark.parametrize("mode", ["L", "RGB"])
@pytest.mark.parametrize(("options", "dots_per_inch"), [({}, 300), ({"dpi": (600, 600)}, 600)])
def test_every_dot_is_kept_at_the_pictures_own_size(
    mode: str, options: dict[str, object], dots_per_inch: int
) -> None:
    picture = _picture(mode, (90, 60))
    document = pypdfium2.PdfDocument(pdf_of(_png(picture, **options)))
    page = document[0]
    assert page.get_size() == pytest.approx((90 * 72 / dots_per_inch, 60 * 72 / dots_per_inch), abs=0.01)
    (image,) = page.get_objects()
    assert image.get_bitmap().to_pil().convert("RGB").tobytes() == picture.convert("RGB").tobytes()
    document.close()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"%PDF-1.4",
        _png(_picture("RGB", (9, 9)))[:-5],
        _png(_picture("RGB", (9, 9))).replace(b"IDAT", b"IDAX"),
        _png(Image.new("RGBA", (9, 9))),
        _png(Image.new("1", (9, 9))),
    ],
)
def test_what_cannot_be_printed_as_it_is_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="PNG"):
        pdf_of(data)
