"""The signature as a one-bit picture."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from appliance.biometrics.signature import picture
from appliance.devices import StrokePoint
from appliance.faults import DeviceFault, FaultCode
from hw_sim.people import Person


def strokes(seed: int) -> tuple[tuple[StrokePoint, ...], ...]:
    written = Person("Uji Coba", seed).signature()
    return tuple(tuple(StrokePoint(s.x, s.y, s.pressure, s.at_ms) for s in stroke) for stroke in written)


@pytest.mark.parametrize("seed", range(5))
def test_it_is_small_and_black_on_white(seed: int) -> None:
    png = picture(strokes(seed))
    image = Image.open(io.BytesIO(png))
    assert (image.size, image.mode) == ((300, 120), "1")
    assert len(png) < 2500
    ink = image.convert("L").tobytes().count(0) / (300 * 120)
    assert 0.01 < ink < 0.35
    assert image.convert("L").getbbox() is not None


def test_a_dot_is_no_signature() -> None:
    for nothing in ((), ((StrokePoint(5, 5, 0.5, 0), StrokePoint(6, 6, 0.5, 8)),)):
        with pytest.raises(DeviceFault) as fault:
            picture(nothing)
        assert fault.value.code is FaultCode.PAD_EMPTY


def test_who_cannot_sign_writes_nothing() -> None:
    assert Person("Uji Coba", 3, signs=False).signature() == ()


def ink_of(*written: tuple[StrokePoint, ...]) -> Image.Image:
    return Image.open(io.BytesIO(picture(written))).convert("L").point(lambda grey: 255 - grey)


@pytest.mark.parametrize(("wide", "high"), [(60.0, 20.0), (200.0, 5.0), (5.0, 80.0), (400.0, 400.0)])
def test_proportions_are_kept_and_nothing_is_clipped(wide: float, high: float) -> None:
    corners = ((0, 0), (wide, 0), (wide, high), (0, high), (0, 0))
    box = ink_of(tuple(StrokePoint(x, y, 1.0, at) for at, (x, y) in enumerate(corners))).getbbox()
    assert box is not None
    left, top, right, bottom = box
    assert left >= 2 and top >= 2 and right <= 298 and bottom <= 118
    scale = min(288 / wide, 108 / high)
    assert abs((right - left) - wide * scale) <= 4 and abs((bottom - top) - high * scale) <= 4


def test_the_dot_on_an_i_is_drawn() -> None:
    line = tuple(StrokePoint(x, 20.0, 0.5, x) for x in range(0, 60, 2))
    dot = (StrokePoint(30.0, 5.0, 0.5, 900),)
    above = ink_of(line, dot).crop((0, 0, 300, 60))
    assert above.getbbox() is not None
