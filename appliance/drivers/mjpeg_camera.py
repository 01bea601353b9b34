"""Camera that streams MJPEG over HTTP (`mjpeg+http://host:port/path`): preview passes through, a still is proven."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterator
from urllib.parse import urlsplit

from appliance.clock import Deadline
from appliance.devices import DeviceStatus, StillImage
from appliance.drivers.camera_pictures import OPEN_SECONDS, SILENCE_SECONDS, moving, still_of, tested_by_still, whole
from appliance.drivers.mjpeg import BrokenFrame, PartReader, boundary_of
from appliance.drivers.transport_http import HttpStream, open_stream, server_of
from appliance.drivers.wire_log import Tap, no_tap
from appliance.faults import DeviceFault, FaultCode


class MjpegCamera:
    """A Camera; each preview and each still has a connection of its own, so that no old picture waits in a buffer."""

    def __init__(self, host: str, port: int, path: str, tap: Tap = no_tap) -> None:
        self._host, self._port, self._path = host, port, path
        self._tap = tap
        self._streams: set[HttpStream] = set()
        self._lock = threading.Lock()

    def open(self) -> None:
        """See one complete picture."""
        frames = self._frames(Deadline.after(OPEN_SECONDS + SILENCE_SECONDS))
        try:
            next(frames)
        finally:
            frames.close()

    def close(self) -> None:
        """Hang up all streams; previews end."""
        with self._lock:
            streams, self._streams = self._streams, set()
        for stream in streams:
            stream.close()

    def status(self) -> DeviceStatus:
        """Ask the camera's server for a heading only, which starts no stream; about 1 ms of processor time."""
        try:
            model = server_of(self._host, self._port, self._path, Deadline.after(OPEN_SECONDS))
        except TimeoutError:
            return DeviceStatus("down", (FaultCode.CAMERA_UNREACHABLE.value,), detail={"why": "no answer"})
        except ConnectionError as error:
            return DeviceStatus("down", (FaultCode.CAMERA_UNREACHABLE.value,), detail={"why": str(error)})
        return DeviceStatus("ok", model=model or "MJPEG over HTTP")

    def self_test(self) -> DeviceStatus:
        """Take a still and report its size."""
        return tested_by_still(self.capture_still)

    def preview(self) -> Iterator[bytes]:
        """Complete pictures as they come, until closed; `camera.frozen` when one picture is sent again and again."""
        return moving(self._frames(None))

    def capture_still(self, by: Deadline) -> StillImage:
        """The first whole picture that differs from the one before it, seen through an open lens."""
        return still_of(self._frames(by))

    def hold_exposure(self, hold: bool) -> bool:
        """False: a stream of pictures has no way back to the sensor."""
        return False

    def _frames(self, by: Deadline | None) -> Generator[bytes, None, None]:
        """Complete pictures; `by` bounds the whole, silence bounds each."""
        stream = self._connect(by)
        try:
            parts = PartReader(boundary_of(stream.content_type))
            while True:
                seconds = SILENCE_SECONDS if by is None else min(SILENCE_SECONDS, by.remaining())
                quiet = Deadline.after(seconds)
                arrived: list[bytes] = []
                while not arrived:
                    arrived = parts.feed(stream.read(quiet, parts.missing))
                for frame in arrived:
                    yield whole(frame)
        except BrokenFrame as error:
            raise DeviceFault(FaultCode.CAMERA_BROKEN_FRAME, str(error)) from error
        except TimeoutError as error:
            raise DeviceFault(FaultCode.CAMERA_TIMEOUT, "no picture") from error
        except ConnectionError as error:
            if stream.closed:
                return
            raise DeviceFault(FaultCode.CAMERA_UNREACHABLE, str(error)) from error
        finally:
            self._hang_up(stream)

    def _connect(self, by: Deadline | None) -> HttpStream:
        seconds = OPEN_SECONDS if by is None else min(OPEN_SECONDS, by.remaining())
        try:
            by = Deadline.after(seconds)
            stream = open_stream(self._host, self._port, self._path, by, tap=self._tap)
        except TimeoutError as error:
            raise DeviceFault(FaultCode.CAMERA_TIMEOUT, "no answer") from error
        except ConnectionError as error:
            raise DeviceFault(FaultCode.CAMERA_UNREACHABLE, str(error)) from error
        with self._lock:
            self._streams.add(stream)
        return stream

    def _hang_up(self, stream: HttpStream) -> None:
        with self._lock:
            self._streams.discard(stream)
        stream.close()


def from_uri(uri: str, tap: Tap = no_tap) -> MjpegCamera:
    """The camera of `mjpeg+http://host:port/path`."""
    parts = urlsplit(uri)
    query = f"?{parts.query}" if parts.query else ""
    return MjpegCamera(parts.hostname or "127.0.0.1", parts.port or 80, (parts.path or "/") + query, tap)
