"""A network camera: MJPEG over HTTP of whoever stands before it, 15 pictures a second, with levers for its faults.

The scene is drawn and encoded once per person; each picture sent differs in a counter inside a JPEG comment, as the
noise of a real sensor makes each of its pictures differ. Nobody connected: nothing is drawn or sent.
"""

from __future__ import annotations

import io
import re
import struct
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from PIL import Image, ImageEnhance

from hw_sim import faces
from hw_sim.papers import Letter, drawn
from hw_sim.people import Person
from hw_sim.world import World

FRAMES_PER_SECOND = 15
BOUNDARY = "siagaframe"
KEPT_SCENES = 4


@dataclass(slots=True)
class CameraLevers:
    """What a hand or a fault may do to the camera.

    `freeze` repeats the last picture for ever, `black` covers the lens, `half` cuts pictures off, `drop` closes
    each connection, `silent` sends nothing more, `late` is seconds between two pictures, `cloth` hangs another
    background, `offset` moves the person by parts of the picture.
    """

    freeze: bool = False
    black: bool = False
    half: bool = False
    drop: bool = False
    silent: bool = False
    late: float = 0.0
    cloth: tuple[int, int, int] | None = None
    offset: tuple[float, float] = (0.0, 0.0)
    brightness: float = 1.0


class MjpegCamera:
    """The camera on a port of the loopback (0: any free one); `size` is width and height."""

    def __init__(self, world: World, port: int = 0, size: tuple[int, int] = (960, 1280)) -> None:
        self.world = world
        self.levers = CameraLevers()
        self._size = size
        self._scenes: dict[object, bytes] = {}
        self._drawing = threading.Lock()
        self._counter = 0
        self._viewers = 0
        self.held = False
        """Whether the sensor keeps its exposure; one that is let go measures anew."""
        self._stopped = threading.Event()
        self._server = _Server(("127.0.0.1", port), _wire(self))
        self._port: int = self._server.server_address[1]

    @property
    def uri(self) -> str:
        """What stands in the appliance's configuration."""
        return f"mjpeg+http://127.0.0.1:{self._port}/stream"

    def start(self) -> None:
        """Serve in a thread of its own."""
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True, name="camera").start()

    def stop(self) -> None:
        """Stop serving and free the port."""
        self._stopped.set()
        self._server.shutdown()
        self._server.server_close()

    def unplug(self) -> None:
        """Pull the cable: streams end, and nobody answers at the port."""
        self.stop()

    def plug(self) -> None:
        """Put the cable back: the same port answers again."""
        self._stopped.clear()
        self._server = _Server(("127.0.0.1", self._port), _wire(self))
        self.start()

    @property
    def watched(self) -> bool:
        """Whether somebody is connected."""
        return self._viewers > 0

    def joined(self, more: int) -> None:
        """Somebody came (1) or went (-1)."""
        with self._drawing:
            self._viewers += more
            self.held = self.held and self.watched
        self.world.happened("viewer", watched=self.watched)

    def picture(self) -> bytes:
        """The scene as one JPEG, without the counter."""
        person = self.world.people.get("at_camera")
        levers = self.levers
        key = (person, levers.black, levers.cloth, levers.offset, levers.brightness)
        with self._drawing:
            if key not in self._scenes:
                if len(self._scenes) >= KEPT_SCENES:
                    self._scenes.pop(next(iter(self._scenes)))
                self._scenes[key] = self._drawn(person if isinstance(person, Person | Letter) else None)
            return self._scenes[key]

    def _drawn(self, person: Person | Letter | None) -> bytes:
        levers = self.levers
        if levers.black:
            image = Image.new("RGB", self._size, (3, 3, 3))
        elif isinstance(person, Letter):
            image = drawn(person, self._size)
        elif person is None:
            image = Image.new("RGB", self._size, levers.cloth or faces.RED)
        else:
            image = faces.draw(
                person.seed,
                person.birth_year,
                glasses=person.wears_glasses,
                size=self._size,
                cloth=levers.cloth,
                offset=levers.offset,
            )
        if levers.brightness != 1.0:
            image = ImageEnhance.Brightness(image).enhance(levers.brightness)
        out = io.BytesIO()
        image.save(out, "JPEG", quality=88)
        return out.getvalue()

    def frames(self) -> Iterator[bytes]:
        """The pictures of one connection, at the camera's pace, until it is dropped."""
        counter, made = 0, 0.0
        due = time.monotonic()
        while not self._stopped.is_set() and not self.levers.drop:
            if not self.levers.silent:
                if not self.levers.freeze or counter == 0:
                    self._counter += 1
                    counter, made = self._counter, time.monotonic()
                frame = counted(self.picture(), counter, made, self.held)
                yield frame[: len(frame) // 2] if self.levers.half else frame
            self._pause(due)
            due = max(due + 1 / FRAMES_PER_SECOND, time.monotonic() - 1)

    def _pause(self, since: float) -> None:
        """Wait until the next picture is due; a lever moved meanwhile counts at once."""
        while not self._stopped.is_set():
            left = since + (self.levers.late or 1 / FRAMES_PER_SECOND) - time.monotonic()
            if left <= 0:
                return
            self._stopped.wait(min(left, 0.1))


def made_at(jpeg: bytes) -> float:
    """When a picture of this camera was made, on the machine's monotonic clock; 0 if it does not say."""
    found = re.search(rb"frame \d{8} at (\d+\.\d+)", jpeg[:64])
    return float(found[1]) if found else 0.0


def made_held(jpeg: bytes) -> bool:
    """Whether the exposure was held when a picture of this camera was made."""
    return b" held" in jpeg[:64]


def counted(jpeg: bytes, number: int, made_at: float, held: bool = False) -> bytes:
    """The picture with a comment segment (ITU-T T.81 §B.2.4.5): its number, when and in what light."""
    comment = f"frame {number:08d} at {made_at:.6f}{' held' if held else ''}".encode()
    return jpeg[:2] + b"\xff\xfe" + struct.pack(">H", len(comment) + 2) + comment + jpeg[2:]


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A viewer that went away is part of life; anything else is a bug and is shown."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def _wire(camera: MjpegCamera) -> type[BaseHTTPRequestHandler]:
    class Wire(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if camera.levers.drop:
                return
            if self.path.partition("?")[0] != "/stream":
                self.send_error(404)
                return
            camera.joined(1)
            try:
                self.send_response(200)
                self.send_header("Content-Type", f"multipart/x-mixed-replace; boundary={BOUNDARY}")
                self.send_header("Cache-Control", "no-store")
                self.end_headers()
                for frame in camera.frames():
                    head = f"--{BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(frame)}\r\n\r\n"
                    self.wfile.write(head.encode() + frame + b"\r\n")
            finally:
                camera.joined(-1)

        def do_POST(self) -> None:
            """`/exposure/hold` and `/exposure/follow`: what V4L2 and libcamera have, and a stream has not."""
            camera.held = self.path == "/exposure/hold" and camera.watched
            self.send_response(204)
            self.end_headers()

        def do_HEAD(self) -> None:
            if camera.levers.drop:
                return
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing: the world keeps the history."""

    return Wire
