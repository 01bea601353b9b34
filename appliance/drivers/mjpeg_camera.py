"""Camera that streams MJPEG over HTTP (`mjpeg+http://host:port/path`): preview passes through, a still is proven."""

from __future__ import annotations

import io
import threading
from collections.abc import Generator, Iterator
from urllib.parse import urlsplit

from PIL import Image

from appliance.clock import Deadline
from appliance.devices import DeviceStatus, StillImage
from appliance.drivers.mjpeg import MIN_LINES, BrokenFrame, PartReader, boundary_of, size_of
from appliance.drivers.transport_http import HttpStream, open_stream
from appliance.faults import DeviceFault, FaultCode

OPEN_SECONDS = 2.0
SILENCE_SECONDS = 1.5
"""A camera that sends nothing for so long is no longer there."""
SAME_PICTURES = 8
"""So many byte-equal pictures in a row are one picture sent again: a sensor's noise never repeats."""
BLACK_BELOW = 12
"""Mean grey of a covered lens, 0-255."""


class MjpegCamera:
    """A Camera; each preview and each still has a connection of its own, so that no old picture waits in a buffer."""

    def __init__(self, host: str, port: int, path: str) -> None:
        self._host, self._port, self._path = host, port, path
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
        """Ask for one picture."""
        try:
            self.open()
        except DeviceFault as fault:
            return DeviceStatus("down", (fault.code.value,), detail={"why": fault.detail})
        return DeviceStatus("ok")

    def self_test(self) -> DeviceStatus:
        """Take a still and report its size."""
        try:
            still = self.capture_still(Deadline.after(5))
        except DeviceFault as fault:
            return DeviceStatus("down", (fault.code.value,), detail={"why": fault.detail})
        return DeviceStatus("ok", detail={"size": f"{still.width}x{still.height}"})

    def preview(self) -> Iterator[bytes]:
        """Complete pictures as they come, until closed; `camera.frozen` when one picture is sent again and again."""
        last, same = b"", 0
        for frame in self._frames(None):
            same = same + 1 if frame == last else 0
            last = frame
            if same >= SAME_PICTURES:
                raise DeviceFault(FaultCode.CAMERA_FROZEN, f"{same} equal pictures")
            yield frame

    def capture_still(self, by: Deadline) -> StillImage:
        """The first whole picture that differs from the one before it, seen through an open lens."""
        frames = self._frames(by)
        try:
            first = next(frames)
            for same, frame in enumerate(frames, start=1):
                if frame != first:
                    return _proven(frame)
                if same >= SAME_PICTURES:
                    raise DeviceFault(FaultCode.CAMERA_FROZEN, f"{same} equal pictures")
        finally:
            frames.close()
        raise DeviceFault(FaultCode.CAMERA_UNREACHABLE, "stream ended")

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
                    arrived = parts.feed(stream.read(quiet))
                for frame in arrived:
                    size_of(frame)
                    yield frame
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
            stream = open_stream(self._host, self._port, self._path, Deadline.after(seconds))
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


def _proven(jpeg: bytes) -> StillImage:
    """The picture if it is large enough, decodes to its last line and is not black."""
    try:
        width, height = size_of(jpeg)
        with Image.open(io.BytesIO(jpeg), formats=("JPEG",)) as picture:
            picture.load()
            small = picture.convert("L").resize((32, 32), Image.Resampling.BOX)
    except (BrokenFrame, OSError) as error:
        raise DeviceFault(FaultCode.CAMERA_BROKEN_FRAME, "picture does not decode") from error
    if height < MIN_LINES:
        raise DeviceFault(FaultCode.CAMERA_BROKEN_FRAME, f"only {height} lines")
    if sum(small.tobytes()) / 1024 < BLACK_BELOW:
        raise DeviceFault(FaultCode.CAMERA_BROKEN_FRAME, "black picture: lens covered or no light")
    return StillImage(jpeg, width, height)


def from_uri(uri: str) -> MjpegCamera:
    """The camera of `mjpeg+http://host:port/path`."""
    parts = urlsplit(uri)
    query = f"?{parts.query}" if parts.query else ""
    return MjpegCamera(parts.hostname or "127.0.0.1", parts.port or 80, (parts.path or "/") + query)
