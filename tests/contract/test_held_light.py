"""A portrait in the light in which it was judged: exposure held while it is taken, let go afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from contract.camera_hands import PERSON
from contract.every_device import refusal
from counter import Counter, Portraits, open_counter

from appliance.casework.roles import Role
from appliance.clock import Deadline
from appliance.devices import Camera
from appliance.drivers import mjpeg_camera
from appliance.drivers.camera_child import ChildCamera
from appliance.drivers.framed_child import FramedChild
from appliance.faults import FaultCode
from appliance.issuance.held_light import held_light
from appliance.issuance.rack import DeviceRack
from hw_sim.camera import MjpegCamera, made_held
from hw_sim.world import World

TESTS = Path(__file__).parent.parent


class SeenPortraits(Portraits):
    """Keeps what it is shown."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[bytes] = []

    def examine(self, jpeg: bytes, cloth: object) -> object:
        self.seen.append(jpeg)
        return super().examine(jpeg, cloth)


@pytest.fixture
def wire() -> Iterator[MjpegCamera]:
    camera = MjpegCamera(World(speed=0))
    camera.world.people["at_camera"] = PERSON
    camera.picture()
    camera.start()
    yield camera
    camera.stop()


@pytest.fixture
def holding(wire: MjpegCamera) -> Iterator[ChildCamera]:
    address = wire.uri.removeprefix("mjpeg+")
    path = f"{TESTS}:{TESTS.parent}"
    camera = ChildCamera(FramedChild("contract.streamed_child", address, environment={"PYTHONPATH": path}))
    camera.open()
    yield camera
    camera.close()


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    found = open_counter(tmp_path)
    yield found
    found.store.close()


def portrait(counter: Counter, camera: Camera) -> bytes:
    """The picture in which this camera's portrait of a resident was sought."""
    portraits = SeenPortraits()
    case = counter.signed()
    rack = DeviceRack({"camera": camera})
    counter.machines = replace(counter.machines, rack=rack, portraits=portraits)  # type: ignore[arg-type]
    counter.do("start_recording", Role.PEREKAM, case)
    counter.do("capture_photo", Role.PEREKAM, case)
    counter.run("camera")
    assert [one.state for one in counter.evidence(case, "photo")] == ["accepted"]
    (seen,) = portraits.seen
    return seen


def test_a_portrait_is_taken_in_held_light_while_somebody_looks_on(
    counter: Counter, wire: MjpegCamera, holding: ChildCamera
) -> None:
    preview = holding.preview()
    assert not made_held(next(preview))
    assert made_held(portrait(counter, holding))
    next(preview)
    assert not wire.held and not made_held(next(preview))


def test_a_camera_that_rested_finds_the_light_before_it_is_held(wire: MjpegCamera, holding: ChildCamera) -> None:
    with held_light(holding) as held:
        assert held and made_held(holding.capture_still(Deadline.after(5)).jpeg)
    assert not made_held(holding.capture_still(Deadline.after(5)).jpeg)


def test_what_is_held_is_held_again_after_a_rest_and_after_a_lost_child(
    wire: MjpegCamera, holding: ChildCamera
) -> None:
    assert holding.hold_exposure(True)
    assert wire.world.wait_for(lambda _: not wire.watched, 5) and not wire.held
    preview = holding.preview()
    next(preview)
    assert made_held(next(preview))
    holding._child.kill()
    assert refusal(next, preview) is FaultCode.CAMERA_UNREACHABLE
    assert wire.world.wait_for(lambda _: not wire.watched, 5) and not wire.held
    assert made_held(holding.capture_still(Deadline.after(5)).jpeg)
    assert holding.hold_exposure(False)
    assert not made_held(holding.capture_still(Deadline.after(5)).jpeg)


def test_a_still_is_kept_when_the_camera_goes_before_it_is_let_go_and_then_nothing_is_held(
    wire: MjpegCamera, holding: ChildCamera
) -> None:
    with held_light(holding):
        still = holding.capture_still(Deadline.after(5))
        wire.unplug()
    assert made_held(still.jpeg)
    wire.plug()
    assert not made_held(holding.capture_still(Deadline.after(5)).jpeg)


def test_a_camera_that_cannot_hold_says_so_and_takes_the_portrait(counter: Counter, wire: MjpegCamera) -> None:
    driver = mjpeg_camera.from_uri(wire.uri)
    with held_light(driver) as held:
        assert held is False
    assert not made_held(portrait(counter, driver))
    driver.close()
