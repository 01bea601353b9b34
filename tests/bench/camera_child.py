"""The frame path of cameras behind a child that can be ended: libcamera, V4L2.

The whole path, child and parent, against the same library in one process; Picamera2 is the stand-in of its contract
tests. And what the parent does with a picture that a child has ready, against a bare read of the child's pipe.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from asked_script import asked
from rows import Row, Unmeasured, in_turn

import hw_sim.camera
from appliance.drivers.camera_child import ChildCamera
from appliance.drivers.framed_child import FramedChild
from hw_sim.people import Person
from hw_sim.world import World

HERE = Path(__file__).parent
PROMPT, PICAMERA = "prompt_camera", "appliance.drivers.transport_picamera_child"
FOUND = {"PYTHONPATH": f"{HERE}:{HERE.parents[1]}"}
FRAMES, ROUNDS = 100, 9
TAKEN, TAKEN_ROUNDS = 15, 5
FRAMES_PER_SECOND = 15
LIMIT = 1.3
PATIENCE = 10.0


def rows() -> Iterator[Row | Unmeasured]:
    """Processor time of one picture."""
    world = World(speed=0.0)
    world.people["at_camera"] = Person("Uji Coba", 9001)
    hw_sim.camera.FRAMES_PER_SECOND = FRAMES_PER_SECOND
    camera = hw_sim.camera.MjpegCamera(world)
    picture = camera.picture()
    camera.start()
    path = f"{HERE.parent / 'contract' / 'picamera2_stand_in'}:{HERE.parents[1]}"
    found = {"PYTHONPATH": path, "PICAMERA2_STAND_IN": camera.uri.removeprefix("mjpeg+")}
    try:
        with asked(sys.executable, HERE / "bare_picamera.py", str(TAKEN), environment=found) as bare:
            ours, floor = in_turn(lambda: _taken(found), bare, TAKEN_ROUNDS)
    finally:
        camera.stop()
    yield Row("Raspberry Pi camera (stand-in): one frame, all processes", ours * 1e6, floor * 1e6, "µs", LIMIT)
    with TemporaryDirectory(prefix="siaga-bench-") as directory:
        file = Path(directory) / "picture.jpg"
        file.write_bytes(picture)
        ours, floor = in_turn(lambda: _ours(str(file)), lambda: _floor(str(file)), ROUNDS)
    words = f"camera behind a child: one frame of {len(picture) // 1000} KB out of its pipe"
    yield Row(words, ours * 1e6, floor * 1e6, "µs")
    if not any(Path("/dev").glob("video*")):
        yield Unmeasured("V4L2 camera: its library", "this kernel has no video device; `make system` drives one")


def _taken(found: dict[str, str]) -> float:
    child = FramedChild(PICAMERA, "0", environment=found)
    camera = ChildCamera(child, PATIENCE)
    frames = camera.preview()
    next(frames)
    began = time.thread_time() + _spent(child)
    count = sum(1 for _ in islice(frames, TAKEN))
    took = time.thread_time() + _spent(child) - began
    camera.close()
    assert count == TAKEN
    return took / count


def _spent(child: FramedChild) -> float:
    """Processor time of a child's main thread, seconds (Documentation/scheduler/sched-stats.rst)."""
    return int(Path(f"/proc/{child.process_id}/schedstat").read_text().split()[0]) / 1e9


def _ours(file: str) -> float:
    camera = ChildCamera(FramedChild(PROMPT, file, environment=FOUND))
    frames = camera.preview()
    next(frames)
    began = time.thread_time()
    count = sum(1 for _ in islice(frames, FRAMES))
    spent = time.thread_time() - began
    camera.close()
    assert count == FRAMES
    return spent / count


def _floor(file: str) -> float:
    line = [sys.executable, "-P", "-m", PROMPT, file]
    with subprocess.Popen(
        line, bufsize=0, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, **FOUND}
    ) as child:
        assert child.stdin is not None and child.stdout is not None
        questions, answers = child.stdin.fileno(), child.stdout.fileno()

        def ask(letter: bytes) -> bytearray:
            os.write(questions, b"\0\0\0\1" + letter)
            reply = bytearray()
            while len(reply) < 4 or len(reply) < 4 + int.from_bytes(reply[:4]):
                reply += os.read(answers, 65536)
            return reply

        ask(b"O")
        ask(b"N")
        began = time.thread_time()
        for _ in range(FRAMES):
            picture = ask(b"N")
            assert picture[5:7] == b"\xff\xd8" and picture.endswith(b"\xff\xd9")
        spent = time.thread_time() - began
        child.kill()
    return spent / FRAMES
