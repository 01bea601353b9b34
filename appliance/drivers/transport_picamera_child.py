"""The child that holds a Raspberry Pi camera; runs under the system's Python, where python3-picamera2 is installed.

Written after the Picamera2 manual (Raspberry Pi Ltd). No Raspberry Pi has run it yet.
"""

from __future__ import annotations

import io
import sys
import time
from importlib import import_module
from typing import Any

from appliance.drivers.camera_service import CameraGone, answer_all, hold_at_rest

SIZE = (1280, 960)
RATE = 15


class LibcameraPictures:
    """One camera of libcamera, by its index."""

    def __init__(self, index: str) -> None:
        self._index = index
        self._camera: Any = None
        self._held: dict[str, Any] = {}

    def there(self) -> str:
        """The sensor's model; nothing is started."""
        try:
            kind = import_module("picamera2").Picamera2
        except ImportError as error:
            raise CameraGone("python3-picamera2 is not installed") from error
        found = kind.global_camera_info()
        if not self._index.isdecimal() or int(self._index) >= len(found):
            raise CameraGone(f"no camera {self._index}; libcamera sees {len(found)}")
        return str(found[int(self._index)].get("Model", "libcamera"))

    def stream(self) -> None:
        """Begin at 1280 × 960, 15 pictures a second."""
        self.there()
        try:
            camera = import_module("picamera2").Picamera2(int(self._index))
            controls = {"FrameRate": RATE, **self._held}
            camera.configure(camera.create_video_configuration(main={"size": SIZE}, controls=controls))
            camera.start()
        except (RuntimeError, OSError, IndexError) as error:
            raise CameraGone(f"libcamera: {type(error).__name__}") from error
        self._camera = camera

    def next(self) -> bytes:
        """The first picture whose sensor time stamp (monotonic nanoseconds) lies after this call."""
        if self._camera is None:
            raise CameraGone("not streaming")
        asked = time.monotonic_ns()
        try:
            request = self._camera.capture_request(flush=asked)
            try:
                out = io.BytesIO()
                request.make_image("main").convert("RGB").save(out, "JPEG", quality=90)
            finally:
                request.release()
        except (RuntimeError, OSError) as error:
            raise CameraGone(f"libcamera: {type(error).__name__}") from error
        return out.getvalue()

    def hold(self, hold: bool) -> bool:
        """Fix exposure, gain and colour gains at their values now; kept over a rest."""
        if self._camera is None:
            return hold_at_rest(self, hold)
        if hold and not self._held:
            now = self._camera.capture_metadata()
            kept = {name: now[name] for name in ("ExposureTime", "AnalogueGain", "ColourGains") if name in now}
            self._held = {"AeEnable": False, "AwbEnable": False, **kept}
        if not hold:
            self._held = {}
        self._camera.set_controls(self._held or {"AeEnable": True, "AwbEnable": True})
        return True

    def rest(self) -> None:
        """Let the camera go; never raises."""
        camera, self._camera = self._camera, None
        if camera is not None:
            camera.stop()
            camera.close()


def main() -> None:
    """Serve the camera whose index stands on the command line."""
    answer_all(LibcameraPictures(sys.argv[1]))


if __name__ == "__main__":
    main()
