"""The camera behind a child process: a child that speaks the frames; V4L2 and libcamera absent."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from contract.camera_hands import PERSON, SimulatedCameraHands
from contract.every_camera import CameraContract
from contract.every_device import refusal
from hypothesis import given
from hypothesis import strategies as st

from appliance.drivers.camera_child import ChildCamera, result_of
from appliance.drivers.catalogue import open_device
from appliance.drivers.framed_child import FramedChild
from appliance.faults import DeviceFault, FaultCode
from hw_sim import camera as simulated
from hw_sim.world import World

TESTS = Path(__file__).parent.parent


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
def device(on_the_wire: simulated.MjpegCamera, hands: SimulatedCameraHands) -> Iterator[ChildCamera]:
    address = on_the_wire.uri.removeprefix("mjpeg+")
    path = f"{TESTS}:{TESTS.parent}"
    camera = ChildCamera(FramedChild("contract.streamed_child", address, environment={"PYTHONPATH": path}))
    camera.open()
    yield camera
    camera.close()


class TestChildCamera(CameraContract):
    """Every promise of a camera, over a child process."""

    schemes = ("v4l2", "picamera")


def test_a_killed_child_is_told_and_started_again(device: ChildCamera) -> None:
    preview = device.preview()
    next(preview)
    device._child.kill()
    assert refusal(next, preview) is FaultCode.CAMERA_UNREACHABLE
    assert device.self_test().level == "ok"


@pytest.mark.parametrize(
    ("uri", "seen"), [("v4l2:/dev/no-camera-here", "No such file"), ("v4l2:/dev/null", "null"), ("picamera:0", "")]
)
def test_a_camera_that_is_not_there_is_unreachable_in_words(uri: str, seen: str) -> None:
    camera = open_device("camera", uri)
    try:
        assert refusal(camera.open) is FaultCode.CAMERA_UNREACHABLE
        status = camera.status()
        assert (status.level, status.reasons) == ("down", (FaultCode.CAMERA_UNREACHABLE.value,))
        assert seen in status.detail["why"]
    finally:
        camera.close()


@given(st.binary(max_size=400))
def test_any_reply_is_a_result_or_a_fault(reply: bytes) -> None:
    try:
        assert result_of(reply) == reply[1:]
    except DeviceFault as fault:
        assert fault.code in {FaultCode.CAMERA_UNREACHABLE, FaultCode.CAMERA_BROKEN_FRAME}


def test_a_viewer_of_a_camera_that_went_does_not_stop_the_next_ones_pictures(device: ChildCamera) -> None:
    one, other = device.preview(), device.preview()
    next(one)
    next(other)
    device._child.kill()
    assert refusal(next, one) is FaultCode.CAMERA_UNREACHABLE
    later = device.preview()
    next(later)
    assert refusal(next, other) is FaultCode.CAMERA_UNREACHABLE
    assert next(later).startswith(b"\xff\xd8")
    assert next(later).startswith(b"\xff\xd8")


def test_two_viewers_of_one_camera_see_it_until_the_last_leaves(device: ChildCamera) -> None:
    one, other = device.preview(), device.preview()
    assert next(one) and next(other)
    one.close()  # type: ignore[attr-defined]
    assert next(other).startswith(b"\xff\xd8")
    assert next(other).startswith(b"\xff\xd8")
