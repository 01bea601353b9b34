"""Portrait rules on drawn people."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from PIL import Image, ImageEnhance, ImageFilter

from appliance.biometrics.engine import PortraitEngine
from appliance.biometrics.portrait_rules import HINTS, LIMITS, Cloth, Rule, cloth_for, measured
from appliance.faults import DeviceFault, FaultCode
from hw_sim.faces import draw


def jpeg(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=90)
    return out.getvalue()


@pytest.fixture(scope="module")
def engine() -> Iterator[PortraitEngine]:
    engine = PortraitEngine()
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def person() -> Image.Image:
    return draw(3, 1971)


@pytest.mark.parametrize(("seed", "year"), [(3, 1971), (8, 1954)])
def test_a_good_portrait_is_accepted_and_cropped(engine: PortraitEngine, seed: int, year: int) -> None:
    report = engine.examine(jpeg(draw(seed, year, glasses=seed == 8)), cloth_for(year))
    assert report.accepted and report.hints == ()
    assert report.crop is not None
    assert Image.open(io.BytesIO(report.crop)).size == (480, 640)


def test_dark(engine: PortraitEngine, person: Image.Image) -> None:
    report = engine.examine(jpeg(ImageEnhance.Brightness(person).enhance(0.3)), Cloth.RED)
    assert "portrait.too_dark" in report.hints


def test_blurred(engine: PortraitEngine, person: Image.Image) -> None:
    assert engine.examine(jpeg(person.filter(ImageFilter.GaussianBlur(9))), Cloth.RED).hints == ("portrait.sharp",)


def test_wrong_cloth(engine: PortraitEngine, person: Image.Image) -> None:
    assert engine.examine(jpeg(person), Cloth.BLUE).hints == ("portrait.cloth_colour",)


def test_off_centre(engine: PortraitEngine) -> None:
    report = engine.examine(jpeg(draw(3, 1971, offset=(0.25, 0))), Cloth.RED)
    assert report.crop is None and report.hints == ("portrait.inside_frame",)


def test_tilted(engine: PortraitEngine, person: Image.Image) -> None:
    report = engine.examine(jpeg(person.rotate(14, fillcolor=(219, 21, 20))), Cloth.RED)
    assert "portrait.head_upright" in report.hints


def test_two_people_and_nobody(engine: PortraitEngine, person: Image.Image) -> None:
    both = Image.new("RGB", (1920, 1280))
    both.paste(person, (0, 0))
    both.paste(draw(4, 1971), (960, 0))
    assert engine.examine(jpeg(both), Cloth.RED).hints == ("portrait.several_faces",)
    assert engine.examine(jpeg(Image.new("RGB", (960, 1280), (219, 21, 20))), None).hints == ("portrait.no_face",)


def test_half_a_picture_is_the_cameras_fault(engine: PortraitEngine, person: Image.Image) -> None:
    whole = jpeg(person)
    with pytest.raises(DeviceFault) as fault:
        engine.examine(whole[: len(whole) // 2], Cloth.RED)
    assert fault.value.code is FaultCode.CAMERA_BROKEN_FRAME


def test_foreigners_sit_before_orange(engine: PortraitEngine) -> None:
    guest = jpeg(draw(7, 1971, cloth=(255, 140, 0)))
    assert engine.examine(guest, Cloth.ORANGE).accepted
    assert engine.examine(guest, Cloth.RED).hints == ("portrait.cloth_colour",)
    assert engine.examine(jpeg(draw(7, 1971)), Cloth.ORANGE).hints == ("portrait.cloth_colour",)


def test_the_cloth_follows_the_year() -> None:
    assert cloth_for(1971) is Cloth.RED and cloth_for(2008) is Cloth.BLUE
    assert cloth_for(1971, foreigner=True) is cloth_for(2008, foreigner=True) is Cloth.ORANGE


def test_every_rule_has_a_limit_and_a_sentence() -> None:
    assert set(LIMITS) == set(Rule)
    for rule, (low, high) in LIMITS.items():
        assert {measured(rule, low - 1).hint, measured(rule, high + 1).hint} <= set(HINTS)
