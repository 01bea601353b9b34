"""Camera behind a library that may hang: a killable child takes the pictures, this side judges them.

Requests to the child, one reply each: `S` is it there, `O` stream, `N` next picture made from now on, `H` 0 or 1
hold exposure, `C` stop streaming. A reply begins with `+` and its result, or `-` and why not. The camera streams only
while a preview or a still wants pictures. Children: `transport_v4l2_child`, `transport_picamera_child`.
"""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterator

from appliance.clock import Deadline
from appliance.devices import DeviceStatus, StillImage
from appliance.drivers.camera_pictures import SILENCE_SECONDS, moving, still_of, tested_by_still, whole
from appliance.drivers.framed_child import ChildGone, ChildSilent, FramedChild
from appliance.drivers.mjpeg import MAX_FRAME
from appliance.drivers.wire_log import NOTHING, Tap, no_tap, veiled
from appliance.faults import DeviceFault, FaultCode

START_SECONDS = 6.0
"""A camera library takes seconds to load on a Raspberry Pi."""


class ChildCamera:
    """A Camera; calls from several threads take turns at the child.

    `patience` multiplies what the child is given, for processors that are many times slower.
    """

    def __init__(self, child: FramedChild, patience: float = 1.0) -> None:
        self._child = child
        self._start, self._silence = START_SECONDS * patience, SILENCE_SECONDS * patience
        self._lock = threading.Lock()
        self._viewers = 0
        self._era, self._closed_era = 0, -1
        """Raised whenever the child is lost: who watched until then has nothing to do with its successor."""
        self._held = False

    def open(self) -> None:
        """Start the child and see that the camera is there and sends one whole picture."""
        self._ask(b"S", self._start)
        frames = self._frames(Deadline.after(self._start))
        try:
            next(frames)
        finally:
            frames.close()

    def close(self) -> None:
        """End the child; previews end. Waits for a picture that is being taken, 1.5 s at most."""
        with self._lock:
            self._closed_era = self._era
            self._lost()
            self._child.kill()

    def status(self) -> DeviceStatus:
        """Ask whether the camera is there; one short exchange with the child, no picture."""
        try:
            model = self._ask(b"S", self._start)
        except DeviceFault as fault:
            return DeviceStatus("down", (FaultCode.CAMERA_UNREACHABLE.value,), detail={"why": fault.detail})
        return DeviceStatus("ok", model=model.decode("utf-8", "replace")[:60])

    def self_test(self) -> DeviceStatus:
        """Take a still and report its size."""
        return tested_by_still(self.capture_still)

    def preview(self) -> Iterator[bytes]:
        """Complete pictures as they come, until closed; raises `camera.*`."""
        return moving(self._frames(None))

    def capture_still(self, by: Deadline) -> StillImage:
        """The second of two differing pictures, both made after the call, proven."""
        return still_of(self._frames(by))

    def hold_exposure(self, hold: bool) -> bool:
        """Keep exposure and white balance, or let them follow again; False where the camera has no such control."""
        self._held = False
        can = self._ask(b"H" + bytes([hold]), self._start) == b"\x01"
        self._held = hold and can
        return can

    def _frames(self, by: Deadline | None) -> Generator[bytes, None, None]:
        era = self._stream(self._start if by is None else by.remaining())
        try:
            while era > self._closed_era:
                seconds = self._silence if by is None else min(self._silence, by.remaining())
                try:
                    frame = self._ask(b"N", seconds, era)
                except DeviceFault:
                    if era <= self._closed_era:
                        return
                    raise
                yield whole(frame)
        finally:
            self._unstream(era)

    def _lost(self) -> None:
        self._viewers = 0
        self._era += 1

    def _stream(self, seconds: float) -> int:
        with self._lock:
            if self._viewers == 0:
                self._exchange(b"O", seconds)
                if self._held:
                    self._exchange(b"H\x01", seconds)
            self._viewers += 1
            return self._era

    def _unstream(self, era: int) -> None:
        with self._lock:
            if era != self._era:
                return
            self._viewers = max(0, self._viewers - 1)
            if self._viewers == 0 and self._child.process_id is not None:
                try:
                    self._exchange(b"C", self._silence)
                except DeviceFault:
                    self._child.kill()

    def _ask(self, request: bytes, seconds: float, era: int | None = None) -> bytes:
        with self._lock:
            if era is not None and era != self._era:
                raise DeviceFault(FaultCode.CAMERA_UNREACHABLE, "camera process ended")
            return self._exchange(request, seconds)

    def _exchange(self, request: bytes, seconds: float) -> bytes:
        if request == b"N" and self._child.process_id is None:
            self._lost()
            raise DeviceFault(FaultCode.CAMERA_UNREACHABLE, "camera process ended")
        try:
            reply = self._child.ask(request, Deadline.after(seconds))
        except ChildSilent as error:
            self._lost()
            raise DeviceFault(FaultCode.CAMERA_TIMEOUT, "no picture") from error
        except ChildGone as error:
            self._lost()
            raise DeviceFault(FaultCode.CAMERA_UNREACHABLE, "camera process ended") from error
        return result_of(reply)


def hidden_in_reply(request: bytes, reply: bytes) -> slice:
    """Of a picture all but the sign that it is one; every other reply names the camera or its trouble."""
    return slice(1, None) if request[:1] == b"N" and reply[:1] == b"+" else NOTHING


def result_of(reply: bytes) -> bytes:
    """What a reply holds; raises `camera.unreachable` with its words, `camera.broken_frame` if it is neither."""
    if reply[:1] == b"+" and len(reply) <= MAX_FRAME:
        return reply[1:]
    if reply[:1] == b"-":
        raise DeviceFault(FaultCode.CAMERA_UNREACHABLE, reply[1:200].decode("utf-8", "replace") or "no reason given")
    raise DeviceFault(FaultCode.CAMERA_BROKEN_FRAME, "reply that is none")


def _veiled(tap: Tap) -> Tap:
    return veiled(tap, lambda _: NOTHING, hidden_in_reply)


def v4l2_camera(uri: str, patience: float = 1.0, tap: Tap = no_tap) -> ChildCamera:
    """The UVC camera of `v4l2:/dev/…`."""
    child = FramedChild("appliance.drivers.transport_v4l2_child", uri.partition(":")[2], tap=_veiled(tap))
    return ChildCamera(child, patience)


def picamera(uri: str, tap: Tap = no_tap) -> ChildCamera:
    """The Raspberry Pi camera of `picamera:INDEX`, under the system's own Python, which alone has libcamera."""
    from pathlib import Path

    rooms = str(Path(__file__).resolve().parents[2])
    child = FramedChild(
        "appliance.drivers.transport_picamera_child",
        uri.partition(":")[2] or "0",
        environment={"PYTHONPATH": rooms},
        python="/usr/bin/python3",
        tap=_veiled(tap),
    )
    return ChildCamera(child)
