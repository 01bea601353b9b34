"""The MJPEG camera driver against a camera on the wire."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator

import pytest
from contract.camera_hands import PERSON, SimulatedCameraHands
from contract.every_camera import CameraContract
from contract.every_device import refusal
from PIL import Image

from appliance.clock import Deadline
from appliance.drivers import mjpeg_camera
from appliance.drivers.mjpeg_camera import MjpegCamera
from appliance.faults import FaultCode
from hw_sim import camera as simulated
from hw_sim.world import World


@pytest.fixture(scope="module")
def on_the_wire() -> Iterator[simulated.MjpegCamera]:
    world = World(speed=0)
    world.people["at_camera"] = PERSON
    one = simulated.MjpegCamera(world)
    one.picture()  # drawn before anybody counts seconds
    one.start()
    yield one
    one.stop()


@pytest.fixture
def hands(on_the_wire: simulated.MjpegCamera) -> SimulatedCameraHands:
    on_the_wire.levers = simulated.CameraLevers()
    return SimulatedCameraHands(on_the_wire)


@pytest.fixture
def device(on_the_wire: simulated.MjpegCamera, hands: SimulatedCameraHands) -> Iterator[MjpegCamera]:
    camera = mjpeg_camera.from_uri(on_the_wire.uri)
    camera.open()
    yield camera
    camera.close()


class TestMjpegCamera(CameraContract):
    """Every promise of a camera, over HTTP."""

    schemes = ("mjpeg+http",)


def test_it_sees_who_stands_there(device: MjpegCamera) -> None:
    still = device.capture_still(Deadline.after(4))
    assert (still.width, still.height) == (960, 1280)
    assert Image.open(io.BytesIO(still.jpeg)).getpixel((10, 10))[0] > 180  # the red cloth of 1971


def test_a_small_camera_is_refused() -> None:
    small = simulated.MjpegCamera(World(speed=0), size=(640, 480))
    small.start()
    try:
        camera = mjpeg_camera.from_uri(small.uri)
        assert refusal(camera.capture_still, Deadline.after(4)) is FaultCode.CAMERA_BROKEN_FRAME
    finally:
        small.stop()


def test_a_wrong_path_is_unreachable(on_the_wire: simulated.MjpegCamera, device: MjpegCamera) -> None:
    camera = mjpeg_camera.from_uri(on_the_wire.uri.replace("/stream", "/other"))
    assert refusal(camera.capture_still, Deadline.after(4)) is FaultCode.CAMERA_UNREACHABLE


def test_nobody_looks_nothing_is_sent(on_the_wire: simulated.MjpegCamera, device: MjpegCamera) -> None:
    device.capture_still(Deadline.after(4))
    assert on_the_wire.world.wait_for(lambda world: not on_the_wire.watched, 3)


def test_asking_how_it_is_starts_no_stream_and_costs_little(
    on_the_wire: simulated.MjpegCamera, device: MjpegCamera
) -> None:
    assert on_the_wire.world.wait_for(lambda world: not on_the_wire.watched, 3)
    before = time.process_time()
    for _ in range(20):
        assert device.status().level == "ok"
        assert not on_the_wire.watched
    assert (time.process_time() - before) / 20 <= 0.02  # both ends of the wire are in this process
