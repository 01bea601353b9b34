"""A camera child that speaks the same frames as the real ones and takes its pictures from an MJPEG stream."""

from __future__ import annotations

import sys
import time
import urllib.error
import urllib.request
from http.client import HTTPException, HTTPResponse

from appliance.drivers.camera_service import CameraGone, answer_all, hold_at_rest
from hw_sim.camera import made_at


class StreamedPictures:
    """The stream at one address."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._stream: HTTPResponse | None = None

    def there(self) -> str:
        try:
            with urllib.request.urlopen(urllib.request.Request(self._address, method="HEAD"), timeout=2):
                return "streamed"
        except (OSError, HTTPException) as error:
            raise CameraGone(f"no answer: {type(error).__name__}") from error

    def stream(self) -> None:
        try:
            self._stream = urllib.request.urlopen(self._address, timeout=60)
        except (OSError, HTTPException) as error:
            raise CameraGone(f"no stream: {type(error).__name__}") from error

    def next(self) -> bytes:
        asked, before = time.monotonic(), -1.0
        frame = self._frame()
        # What waited in the line while nobody looked is not wanted; a camera that repeats itself says so again.
        while before < (made := made_at(frame)) < asked and made > 0:
            before, frame = made, self._frame()
        return frame

    def _frame(self) -> bytes:
        if self._stream is None:
            raise CameraGone("not streaming")
        try:
            size = 0
            while line := self._stream.readline():
                if line.lower().startswith(b"content-length:"):
                    size = int(line.split(b":")[1])
                if size and line == b"\r\n":
                    return self._stream.read(size)
        except OSError as error:
            raise CameraGone(f"stream broken: {type(error).__name__}") from error
        raise CameraGone("stream ended")

    def hold(self, hold: bool) -> bool:
        if self._stream is None:
            return hold_at_rest(self, hold)
        at = self._address.rpartition("/")[0] + f"/exposure/{'hold' if hold else 'follow'}"
        with urllib.request.urlopen(at, b"", timeout=2):
            return True

    def rest(self) -> None:
        if self._stream is not None:
            self._stream.close()
            self._stream = None


if __name__ == "__main__":
    answer_all(StreamedPictures(sys.argv[1]))
