"""The camera driver against a camera on the wire."""

from __future__ import annotations

import io
from collections.abc import Iterator
from itertools import islice

import pytest
from PIL import Image

from appliance.clock import Deadline
from appliance.drivers import mjpeg_camera
from appliance.drivers.mjpeg_camera import MjpegCamera
from appliance.faults import DeviceFault, FaultCode
from hw_sim import camera as simulated
from hw_sim.people import Person
from hw_sim.world import World

PERSON = Person("Uji Coba", 9001, birth_year=1971)


@pytest.fixture(scope="module")
def on_the_wire() -> Iterator[simulated.MjpegCamera]:
    world = World(speed=0)
    world.people["at_camera"] = PERSON
    one = simulated.MjpegCamera(world)
    one.start()
    yield one
    one.stop()


@pytest.fixture
def camera(on_the_wire: simulated.MjpegCamera) -> Iterator[MjpegCamera]:
    on_the_wire.levers = simulated.CameraLevers()
    camera = mjpeg_camera.from_uri(on_the_wire.uri)
    camera.open()
    yield camera
    camera.close()


def refused(camera: MjpegCamera, seconds: float = 4) -> FaultCode:
    with pytest.raises(DeviceFault) as fault:
        camera.capture_still(Deadline.after(seconds))
    return fault.value.code


def test_a_still_is_fresh_and_whole(camera: MjpegCamera) -> None:
    first, second = (camera.capture_still(Deadline.after(4)) for _ in range(2))
    assert (first.width, first.height) == (960, 1280)
    assert first.jpeg != second.jpeg
    assert Image.open(io.BytesIO(first.jpeg)).getpixel((10, 10))[0] > 180  # the red cloth of 1971


def test_the_preview_passes_every_picture_on(camera: MjpegCamera) -> None:
    frames = list(islice(camera.preview(), 4))
    assert len(set(frames)) == 4 and all(frame.startswith(b"\xff\xd8") for frame in frames)


def test_closing_ends_the_preview(camera: MjpegCamera) -> None:
    preview = camera.preview()
    next(preview)
    camera.close()
    assert len(list(preview)) <= 1


@pytest.mark.parametrize(
    ("lever", "value", "code"),
    [
        ("freeze", True, FaultCode.CAMERA_FROZEN),
        ("half", True, FaultCode.CAMERA_BROKEN_FRAME),
        ("black", True, FaultCode.CAMERA_BROKEN_FRAME),
        ("drop", True, FaultCode.CAMERA_UNREACHABLE),
        ("silent", True, FaultCode.CAMERA_TIMEOUT),
        ("late", 5.0, FaultCode.CAMERA_TIMEOUT),
    ],
)
def test_each_trouble_has_its_name(
    on_the_wire: simulated.MjpegCamera, camera: MjpegCamera, lever: str, value: object, code: FaultCode
) -> None:
    setattr(on_the_wire.levers, lever, value)
    assert refused(camera, seconds=1) is code
    on_the_wire.levers = simulated.CameraLevers()
    assert camera.self_test().level == "ok"


def test_a_frozen_preview_is_told(on_the_wire: simulated.MjpegCamera, camera: MjpegCamera) -> None:
    on_the_wire.levers.freeze = True
    with pytest.raises(DeviceFault) as fault:
        list(islice(camera.preview(), 60))
    assert fault.value.code is FaultCode.CAMERA_FROZEN


def test_a_small_camera_is_refused() -> None:
    world = World(speed=0)
    small = simulated.MjpegCamera(world, size=(640, 480))
    small.start()
    try:
        assert refused(mjpeg_camera.from_uri(small.uri)) is FaultCode.CAMERA_BROKEN_FRAME
    finally:
        small.stop()
    camera = mjpeg_camera.from_uri(small.uri)
    assert camera.status().reasons == (FaultCode.CAMERA_UNREACHABLE.value,)


def test_a_wrong_path_is_unreachable(on_the_wire: simulated.MjpegCamera) -> None:
    camera = mjpeg_camera.from_uri(on_the_wire.uri.replace("/stream", "/other"))
    assert refused(camera) is FaultCode.CAMERA_UNREACHABLE


def test_nobody_looks_nothing_is_sent(on_the_wire: simulated.MjpegCamera, camera: MjpegCamera) -> None:
    camera.capture_still(Deadline.after(4))
    assert on_the_wire.world.wait_for(lambda world: not on_the_wire.watched, 3)
