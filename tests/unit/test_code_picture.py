"""The code of a family card in a picture: read however it is held, and nothing read where there is none."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from appliance.documents.code_picture import LONGEST, code_in
from hw_sim.papers import Letter, drawn

CODE = "HTTPS://KANTOR.EXAMPLE/KK?" + "7Z3-QX/+.$% *" * 12


def picture(letter: Letter) -> bytes:
    kept = io.BytesIO()
    drawn(letter, (1280, 960)).save(kept, "JPEG", quality=85)
    return kept.getvalue()


@pytest.mark.parametrize(
    ("turned", "leaning", "blur"),
    [(0, 0, 0), (12, 0.05, 0), (-95, 0.08, 0), (180, 0.0, 1.2), (133, 0.12, 0.6), (-40, 0.1, 1.2), (77, 0.12, 0)],
)
@pytest.mark.parametrize("number", range(3))
def test_a_code_is_read_however_its_paper_is_held(turned: float, leaning: float, blur: float, number: int) -> None:
    code = CODE + str(number)
    assert code_in(picture(Letter(("KARTU KELUARGA",), turned, leaning, blur=blur, code=code))) == code


@pytest.mark.parametrize(
    "data", [b"", b"no picture", picture(Letter(("SURAT",))), picture(Letter(("x",), code=CODE))[:900]]
)
def test_where_there_is_none_nothing_is_read(data: bytes) -> None:
    assert code_in(data) == ""


def test_a_picture_of_too_many_pixels_is_not_looked_at() -> None:
    kept = io.BytesIO()
    Image.new("L", (5000, 4000)).save(kept, "PNG")
    assert code_in(kept.getvalue()) == ""


def test_a_code_longer_than_any_of_ours_is_cut() -> None:
    assert code_in(picture(Letter(("x",), code="7" * 600))) == "7" * LONGEST
