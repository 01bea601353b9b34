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
