"""The Raspberry Pi's camera: the production child over a stand-in for Picamera2, and a camera's promises over it.

The library is a stand-in, so this proves nothing about libcamera, a sensor or a board.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from contract.camera_hands import PERSON, SimulatedCameraHands
from contract.every_camera import NAMES, CameraContract, CameraHands
from contract.every_device import refusal

from appliance.clock import Deadline
from appliance.devices import Camera
from appliance.drivers.camera_child import ChildCamera
from appliance.drivers.framed_child import FramedChild
from appliance.faults import FaultCode
from appliance.issuance.held_light import held_light
from hw_sim import camera as simulated
from hw_sim.world import World

HERE = Path(__file__).parent
CHILD = "appliance.drivers.transport_picamera_child"


@pytest.fixture(scope="module")
def on_the_wire() -> Iterator[simulated.MjpegCamera]:
    world = World(speed=0)
    world.people["at_camera"] = PERSON
    one = simulated.MjpegCamera(world)
    one.picture()
    one.start()
    yield one
    one.stop()


@pytest.fixture
def hands(on_the_wire: simulated.MjpegCamera) -> SimulatedCameraHands:
    on_the_wire.levers = simulated.CameraLevers()
    return SimulatedCameraHands(on_the_wire)


def camera_at(wire: simulated.MjpegCamera, index: str = "0") -> ChildCamera:
    path = f"{HERE / 'picamera2_stand_in'}:{HERE.parents[1]}"
    found = {"PYTHONPATH": path, "PICAMERA2_STAND_IN": wire.uri.removeprefix("mjpeg+")}
    return ChildCamera(FramedChild(CHILD, index, environment=found))


@pytest.fixture
def device(on_the_wire: simulated.MjpegCamera, hands: SimulatedCameraHands) -> Iterator[ChildCamera]:
    camera = camera_at(on_the_wire)
    camera.open()
    yield camera
    camera.close()


class TestPicamera(CameraContract):
    """Every promise of a camera, through the child that calls Picamera2; libcamera hands out whole buffers only."""

    @pytest.mark.parametrize("trouble", [name for name in NAMES if name != "halve"])
    def test_each_trouble_of_a_still_has_its_name(self, device: Camera, hands: CameraHands, trouble: str) -> None:
        super().test_each_trouble_of_a_still_has_its_name(device, hands, trouble)

    @pytest.mark.parametrize("trouble", ["freeze", "silence"])
    def test_each_trouble_of_a_preview_has_its_name(self, device: Camera, hands: CameraHands, trouble: str) -> None:
        super().test_each_trouble_of_a_preview_has_its_name(device, hands, trouble)


def test_it_names_its_sensor(device: ChildCamera) -> None:
    assert device.status().model == "imx708"


def test_a_camera_that_libcamera_does_not_see_is_told_with_the_number_it_sees(
    on_the_wire: simulated.MjpegCamera, hands: SimulatedCameraHands
) -> None:
    camera = camera_at(on_the_wire, "1")
    try:
        assert refusal(camera.open) is FaultCode.CAMERA_UNREACHABLE
        assert camera.status().detail["why"] == "no camera 1; libcamera sees 1"
    finally:
        camera.close()


def test_the_light_that_was_measured_is_held_for_a_still_and_let_go(
    device: ChildCamera, on_the_wire: simulated.MjpegCamera
) -> None:
    with held_light(device) as held:
        assert held and simulated.made_held(device.capture_still(Deadline.after(5)).jpeg)
    assert not simulated.made_held(device.capture_still(Deadline.after(5)).jpeg)


def test_it_is_held_again_when_the_camera_starts_again(
    device: ChildCamera, on_the_wire: simulated.MjpegCamera
) -> None:
    assert device.hold_exposure(True)
    for _ in range(2):
        assert on_the_wire.world.wait_for(lambda _: not on_the_wire.watched, 5)
        assert simulated.made_held(device.capture_still(Deadline.after(5)).jpeg)
    assert device.hold_exposure(False)
