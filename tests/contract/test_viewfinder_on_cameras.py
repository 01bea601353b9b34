"""The viewfinder over the wire: simulated camera, real driver, real judges in their processes."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from contract.camera_hands import PERSON, SimulatedCameraHands

from appliance.biometrics.engine import PortraitEngine
from appliance.clock import Deadline
from appliance.drivers import mjpeg_camera
from appliance.faults import DeviceFault, FaultCode
from appliance.issuance import paper_look, portrait_look
from appliance.issuance.rack import DeviceRack
from appliance.issuance.viewfinder import JUDGED_EVERY, NEXT_SECONDS, Judge, Viewfinder
from hw_sim import camera as simulated
from hw_sim.papers import Letter
from hw_sim.world import World

LINES = tuple(f"Baris {number} surat keterangan domisili SPECIMEN" for number in range(1, 18))


@pytest.fixture
def camera() -> Iterator[simulated.MjpegCamera]:
    one = simulated.MjpegCamera(World(speed=0))
    one.world.people["at_camera"] = PERSON
    one.picture()
    one.start()
    yield one
    one.stop()


@contextmanager
def watching(camera: simulated.MjpegCamera, judges: dict[str, Judge]) -> Iterator[tuple[Viewfinder, DeviceRack]]:
    rack = DeviceRack({"camera": mjpeg_camera.from_uri(camera.uri)})
    finder = Viewfinder(rack, judges)
    threading.Thread(target=finder.run, daemon=True).start()
    threading.Thread(target=finder.judge_on, daemon=True).start()
    try:
        yield finder, rack
    finally:
        rack.close()


def until(finder: Viewfinder, aim: str, hint: str, seconds: float = 20) -> None:
    """Ask as the page does until this hint is told with a picture."""
    by, after = Deadline.after(seconds), 0
    while (seen := finder.look(aim, after)) is None or seen.hint != hint:
        assert by.remaining() > 0, f"never {hint!r}, last {seen and seen.hint!r}"
        after = seen.number if seen else 0


def test_the_hint_follows_who_stands_there_and_a_still_is_taken_meanwhile(camera: simulated.MjpegCamera) -> None:
    engine = PortraitEngine()
    hands = SimulatedCameraHands(camera)
    with watching(camera, portrait_look.judges(engine)) as (finder, rack):
        until(finder, "red", "")
        hands.leave()
        until(finder, "red", "portrait.no_face")
        with rack.use("camera") as one:
            assert one.capture_still(Deadline.after(5)).jpeg.startswith(b"\xff\xd8")
        hands.stand()
        until(finder, "red", "")
    engine.close()


def test_every_picture_of_the_camera_is_offered_once_while_one_is_judged(camera: simulated.MjpegCamera) -> None:
    """A judge that takes as long as its interval: the pictures of two seconds come all the same, each once."""
    held = threading.Event()

    def slow(_: bytes) -> str:
        held.wait(JUDGED_EVERY)
        return ""

    with watching(camera, {"red": slow}) as (finder, _):
        moments: list[float] = []
        after, by = 0, Deadline.after(20)
        while len(moments) < 2 * simulated.FRAMES_PER_SECOND:
            assert by.remaining() > 0
            seen = finder.look("red", after)
            after = seen.number if seen else 0
            if seen and seen.jpeg:
                moments.append(simulated.made_at(seen.jpeg))
    assert len(set(moments)) == len(moments)
    periods = sorted(later - earlier for earlier, later in itertools.pairwise(moments))
    assert periods[len(periods) // 2] < 1.5 / simulated.FRAMES_PER_SECOND


def test_pulled_out_there_is_no_picture_and_back_there_is_one(camera: simulated.MjpegCamera) -> None:
    hands = SimulatedCameraHands(camera)
    with watching(camera, {"red": lambda _: ""}) as (finder, _):
        until(finder, "red", "")
        hands.unplug()
        by = Deadline.after(20)
        while finder.look("red", 0, NEXT_SECONDS) is not None:
            assert by.remaining() > 0
        hands.plug()
        until(finder, "red", "")


@pytest.mark.parametrize(
    ("letter", "light", "hint"),
    [
        (Letter(LINES, 4.0, 0.05), 1.0, ""),
        (None, 1.0, "paper.no_edges"),
        (Letter(LINES, 10.0, width=0.9), 1.0, "paper.cut_off"),
        (Letter(LINES, 3.0, width=0.4), 1.0, "paper.far"),
        (Letter(LINES, 3.0), 0.2, "paper.dark"),
        (Letter(LINES, 3.0, glare=0.3), 1.0, "paper.glare"),
        (Letter(LINES, 3.0, blur=7.0), 1.0, "paper.blurred"),
    ],
)
def test_of_a_paper_it_says_what_keeps_it_from_being_read(
    camera: simulated.MjpegCamera, letter: Letter | None, light: float, hint: str
) -> None:
    if letter is None:
        camera.world.people.pop("at_camera")
        camera.levers.cloth = (92, 66, 48)
    else:
        camera.world.people["at_camera"] = letter
    camera.levers.brightness = light
    judge = paper_look.PaperJudge()
    with watching(camera, {paper_look.AIM: judge}) as (finder, _):
        until(finder, paper_look.AIM, hint)
    judge.close()


def test_what_is_no_picture_costs_the_judge_nothing(camera: simulated.MjpegCamera) -> None:
    camera.world.people["at_camera"] = Letter(LINES)
    good, judge = camera.picture(), paper_look.PaperJudge()
    assert judge(good) == ""
    before = judge.child.pid
    for bad in (b"", b"no picture", good[: len(good) // 2], good[:200]):
        with pytest.raises(DeviceFault) as refused:
            judge(bad)
        assert refused.value.code is FaultCode.CAMERA_BROKEN_FRAME
    assert judge(good) == ""
    assert judge.child.pid == before is not None
    judge.close()
    assert judge.child.pid is None
