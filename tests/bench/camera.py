"""The camera's frame path against a raw socket read of the same stream: processor time of the reading thread."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from itertools import islice
from multiprocessing import get_context

from rows import Row, WireBytes, in_turn

from appliance.drivers.mjpeg_camera import MjpegCamera
from hw_sim import camera as simulated
from hw_sim.people import Person
from hw_sim.world import World

FRAMES, ROUNDS = 300, 41
LIMIT = 1.3


class _Flood:
    """The simulated camera's own pictures, as fast as they are taken."""

    def __init__(self) -> None:
        world = World(speed=0.0)
        world.people["at_camera"] = Person("Uji Coba", 9001)
        camera = simulated.MjpegCamera(world)
        jpeg = camera.picture()
        self.frame_bytes = len(simulated.counted(jpeg, 0, 0.0))
        self._body = [self._part(simulated.counted(jpeg, number, 0.0)) for number in range(FRAMES)]
        self.part_bytes = len(self._body[0])
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        # A process of its own: a thread would share the interpreter's lock with the one that is measured.
        self._process = get_context("fork").Process(target=self._serve, daemon=True)
        self._process.start()

    @staticmethod
    def _part(jpeg: bytes) -> bytes:
        head = f"--{simulated.BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
        return head.encode() + jpeg + b"\r\n"

    def _serve(self) -> None:
        kind = f"Content-Type: multipart/x-mixed-replace; boundary={simulated.BOUNDARY}"
        while True:
            with self._listener.accept()[0] as viewer:
                viewer.recv(4096)
                viewer.sendall(f"HTTP/1.0 200 OK\r\n{kind}\r\n\r\n".encode())
                try:
                    for part in self._body:
                        viewer.sendall(part)
                except ConnectionError:
                    continue

    def close(self) -> None:
        self._process.terminate()
        self._process.join()
        self._listener.close()


def rows() -> Iterator[Row]:
    """One picture of 960 x 1280 through the whole driver; the floor reads head and picture, nothing else."""
    flood = _Flood()
    words = f"camera: processor time of one frame of {flood.frame_bytes // 1000} KB"
    try:
        ours, floor = in_turn(lambda: _ours(flood), lambda: _floor(flood), ROUNDS)
        sent = _bytes(flood)
    finally:
        flood.close()
    yield Row(words, ours * 1e6, floor * 1e6, "µs", LIMIT)
    yield Row("camera: bytes of one frame", sent, flood.frame_bytes, "B")


def _ours(flood: _Flood) -> float:
    camera = MjpegCamera("127.0.0.1", flood.port, "/stream")
    frames = camera.preview()
    next(frames)
    began = time.thread_time()
    count = sum(1 for _ in islice(frames, FRAMES - 2))
    spent = time.thread_time() - began
    camera.close()
    assert count == FRAMES - 2
    return spent / count


def _bytes(flood: _Flood) -> float:
    counted = WireBytes()
    camera = MjpegCamera("127.0.0.1", flood.port, "/stream", counted)
    frames = camera.preview()
    try:
        # All but the last, behind which the stream ends.
        return counted.of(lambda: sum(1 for _ in islice(frames, FRAMES - 1))) / (FRAMES - 1)
    finally:
        camera.close()


def _floor(flood: _Flood) -> float:
    with socket.create_connection(("127.0.0.1", flood.port)) as wire:
        wire.sendall(b"GET /stream HTTP/1.0\r\n\r\n")
        answer = b""
        while not answer.endswith(b"\r\n\r\n"):
            answer += wire.recv(1)
        began = time.thread_time()
        for _ in range(FRAMES - 2):
            head = wire.recv(flood.part_bytes - flood.frame_bytes - 2, socket.MSG_WAITALL)
            size = int(head.rpartition(b":")[2])
            picture = wire.recv(size, socket.MSG_WAITALL)
            assert picture.startswith(b"\xff\xd8") and picture.endswith(b"\xff\xd9")
            wire.recv(2, socket.MSG_WAITALL)
        return (time.thread_time() - began) / (FRAMES - 2)
