"""What every installed finger engine must do, and that another one is a package: no caller changes."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.biometrics import finger_port
from appliance.biometrics.child import PictureChild
from appliance.biometrics.engine import FingerEngine
from appliance.biometrics.finger_port import Engine, NoFinger, png_size
from appliance.biometrics.minutiae import Template
from appliance.biometrics.rules import ACCEPT_SCORE, AGAIN_SCORE
from appliance.faults import DeviceFault, FaultCode
from hw_sim.fingers import FingerCache
from hw_sim.people import Person

CACHE = FingerCache(Path(__file__).parents[2] / "build" / "fingers")
SEED = Person("Uji Coba", 9001).finger_seed("right_index")

TOY = '''
"""An engine of another make: its minutiae are the darkest corners of a coarse picture, its match counts them."""
import io
from PIL import Image
from appliance.biometrics.finger_port import EngineAbsent, NoFinger
from appliance.biometrics.minutiae import Kind, Minutia, Template

class Toy:
    name = "toy"

    def extract(self, picture):
        grey = Image.open(io.BytesIO(picture))
        coarse = grey.resize((grey.width // 8, grey.height // 8))
        dark = sorted((value, at) for at, value in enumerate(coarse.tobytes()))[:60]
        if dark[-1][0] > 200:
            raise NoFinger("nothing dark")
        across = coarse.width
        found = (Minutia(at % across * 8, at // across * 8, value, Kind.OTHER, 50) for value, at in dark)
        return Template(grey.width, grey.height, tuple(found)), 77

    def quality(self, picture):
        return self.extract(picture)[1]

    def match(self, probe, gallery):
        ours = {(one.x, one.y) for one in probe.minutiae}
        return [len(ours & {(one.x, one.y) for one in theirs.minutiae}) for theirs in gallery]

    def self_test(self):
        pass

class Broken(Toy):
    def self_test(self):
        raise EngineAbsent("self-test: out of order")
'''


@pytest.fixture
def toys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package with engines, as installing it would leave it; `nbis` tries to take the place of the built-in one."""
    (tmp_path / "toy_engine.py").write_text(TOY)
    metadata = tmp_path / "toy_engine-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: toy-engine\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(
        f"[{finger_port.GROUP}]\ntoy = toy_engine:Toy\nbroken = toy_engine:Broken\n"
        "missing = no_such_module:Toy\nnbis = toy_engine:Toy\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))


@pytest.fixture(params=[*finger_port.installed(), "toy"])
def engine(request: pytest.FixtureRequest, toys: None) -> Engine:
    return finger_port.proven(request.param)


def test_the_built_in_engine_is_found_whatever_the_metadata_says(toys: None) -> None:
    assert {"nbis", "toy"} <= set(finger_port.installed())
    assert finger_port.installed()["nbis"] == finger_port.BUILT_IN
    assert finger_port.proven("nbis").name == "nbis"


def test_the_project_declares_it_as_others_would() -> None:
    import tomllib

    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    assert project["entry-points"][finger_port.GROUP] == {finger_port.BUILT_IN.name: finger_port.BUILT_IN.value}


def test_its_name_is_the_one_it_is_installed_under(engine: Engine) -> None:
    assert engine.name in finger_port.installed()


def test_a_picture_always_gives_the_same_template(engine: Engine) -> None:
    picture = CACHE.impression(SEED, 0)
    template, quality = engine.extract(picture)
    assert (template, quality) == engine.extract(picture)
    assert engine.quality(picture) == quality
    assert 0 <= quality <= 100
    assert (template.width, template.height) == png_size(picture)
    assert 12 <= len(template.minutiae) <= 255
    assert all(0 <= one.x < template.width and 0 <= one.y < template.height for one in template.minutiae)


def test_scores_are_on_the_scale_of_the_rules(engine: Engine) -> None:
    mine, other = (engine.extract(CACHE.impression(seed, 0))[0] for seed in (SEED, SEED + 1))
    same, different = engine.match(mine, [mine, other])
    assert same >= ACCEPT_SCORE
    assert 0 <= different < AGAIN_SCORE
    assert engine.match(mine, []) == []


def test_the_order_of_minutiae_does_not_matter(engine: Engine) -> None:
    mine = engine.extract(CACHE.impression(SEED, 0))[0]
    backwards = Template(mine.width, mine.height, tuple(reversed(mine.minutiae)))
    assert engine.match(mine, [mine]) == engine.match(mine, [backwards]) == engine.match(backwards, [mine])


def test_a_blank_glass_is_no_finger(engine: Engine) -> None:
    with pytest.raises(NoFinger):
        engine.extract(CACHE.impression(SEED, 0, "blank"))


@pytest.fixture
def child() -> Iterator[PictureChild]:
    child = PictureChild()
    yield child
    child.close()


def test_callers_use_another_engine_by_its_name_alone(toys: None, child: PictureChild) -> None:
    fingers = FingerEngine(child, engine="toy")
    fingers.start()
    template, quality = fingers.extract(CACHE.impression(SEED, 0))
    assert quality == 77
    assert fingers.match(template, template) == 60
    with pytest.raises(DeviceFault) as fault:
        fingers.extract(CACHE.impression(SEED, 0, "blank"))
    assert fault.value.code is FaultCode.ENGINE_NO_FINGER


def test_two_engines_serve_side_by_side(toys: None, child: PictureChild) -> None:
    picture = CACHE.impression(SEED, 0)
    assert FingerEngine(child, engine="toy").extract(picture) != FingerEngine(child).extract(picture)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("other", "no finger engine 'other' (installed: broken, missing, nbis, toy)"),
        ("missing", "finger engine 'missing' cannot be loaded: No module named 'no_such_module'"),
        ("broken", "self-test: out of order"),
    ],
)
def test_an_engine_that_is_not_there_is_named(toys: None, child: PictureChild, name: str, why: str) -> None:
    with pytest.raises(DeviceFault) as fault:
        FingerEngine(child, engine=name).start()
    assert fault.value.code is FaultCode.ENGINE_ABSENT
    assert fault.value.detail == why


@pytest.mark.parametrize(
    ("width", "height", "depth", "colour"), [(801, 480, 8, 0), (400, 90, 8, 0), (400, 480, 16, 0), (400, 480, 8, 2)]
)
def test_only_bounded_grey_pictures_reach_the_engine(width: int, height: int, depth: int, colour: int) -> None:
    head = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">IIBB", width, height, depth, colour) + bytes(20)
    with pytest.raises(NoFinger):
        png_size(head)
