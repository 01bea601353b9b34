"""The portrait screen over the wire: simulated camera, real driver, real engine."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from contract.camera_hands import PERSON, SimulatedCameraHands

from appliance.biometrics.engine import PortraitEngine
from appliance.clock import Deadline
from appliance.drivers import mjpeg_camera
from appliance.issuance.rack import DeviceRack
from appliance.issuance.viewfinder import Viewfinder
from hw_sim import camera as simulated
from hw_sim.world import World


@pytest.fixture
def camera() -> Iterator[simulated.MjpegCamera]:
    one = simulated.MjpegCamera(World(speed=0))
    one.world.people["at_camera"] = PERSON
    one.picture()
    one.start()
    yield one
    one.stop()


def until(finder: Viewfinder, hint: str, seconds: float = 15) -> None:
    """Ask as the page does until this hint is told with a picture."""
    by, pause = Deadline.after(seconds), threading.Event()
    while (seen := finder.look("red")) is None or seen[1] != hint:
        assert by.remaining() > 0, f"never {hint!r}, last {seen and seen[1]!r}"
        pause.wait(0.2)


def test_the_hint_follows_who_stands_there_and_a_still_is_taken_meanwhile(camera: simulated.MjpegCamera) -> None:
    rack, engine = DeviceRack({"camera": mjpeg_camera.from_uri(camera.uri)}), PortraitEngine()
    finder = Viewfinder(rack, engine)
    threading.Thread(target=finder.run, daemon=True).start()
    hands = SimulatedCameraHands(camera)
    try:
        until(finder, "")
        hands.leave()
        until(finder, "portrait.no_face")
        with rack.use("camera") as one:
            assert one.capture_still(Deadline.after(5)).jpeg.startswith(b"\xff\xd8")
        hands.stand()
        until(finder, "")
    finally:
        rack.close()
        engine.close()
