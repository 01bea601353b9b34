"""The child that holds a V4L2 camera through OpenCV; it knows verbs and pictures, no deadlines and no faults.

MJPG is passed through as the camera made it; a camera without it is encoded here, which costs processor time.
Proven through the kernel's uvcvideo driver, with no camera that one can buy yet. Control values after the kernel's
V4L2 documentation (V4L2_CID_EXPOSURE_AUTO: 1 manual, 3 aperture priority).
"""

from __future__ import annotations

import os
import stat
import sys
import time
from pathlib import Path

import cv2

from appliance.drivers.camera_service import CameraGone, answer_all, hold_at_rest

WIDTH, HEIGHT, RATE = 1280, 720, 15
_MANUAL, _FOLLOW = 1, 3
_OLD_PICTURES = 8


class V4l2Pictures:
    """One video node."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._capture: cv2.VideoCapture | None = None
        self._passed_through = False
        self._held = False

    def there(self) -> str:
        """The name that the kernel gives the node; nothing is started."""
        try:
            if not stat.S_ISCHR(Path(self._path).stat().st_mode):
                raise CameraGone("not a device")
            node = Path(self._path).resolve().name
            return Path(f"/sys/class/video4linux/{node}/name").read_text(encoding="utf-8").strip() or node
        except OSError as error:
            raise CameraGone(f"{self._path}: {os.strerror(error.errno or 0)}") from error

    def stream(self) -> None:
        """Open at 720 lines or more, MJPG, one buffer's worth of lag at most where the kernel allows it.

        The kernel keeps a held exposure after the process that held it: unless it is to be kept it is let go.
        """
        self.there()
        capture = cv2.VideoCapture(str(Path(self._path).resolve()), cv2.CAP_V4L2)
        if not capture.isOpened():
            raise CameraGone(f"{self._path}: does not open as a camera")
        wanted = cv2.VideoWriter.fourcc(*"MJPG")
        capture.set(cv2.CAP_PROP_FOURCC, wanted)
        capture.set(cv2.CAP_PROP_FRAME_WIDTH, WIDTH)
        capture.set(cv2.CAP_PROP_FRAME_HEIGHT, HEIGHT)
        capture.set(cv2.CAP_PROP_FPS, RATE)
        capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
        self._passed_through = int(capture.get(cv2.CAP_PROP_FOURCC)) == wanted
        if self._passed_through:
            capture.set(cv2.CAP_PROP_CONVERT_RGB, 0)
        if not self._held:
            _control(capture, hold=False)
        self._capture = capture

    def next(self) -> bytes:
        """The first picture whose buffer the kernel filled after this call (its time stamp is monotonic)."""
        capture = self._capture
        if capture is None:
            raise CameraGone("not streaming")
        asked = time.monotonic() * 1000
        for _ in range(_OLD_PICTURES):
            if not capture.grab():
                raise CameraGone(f"{self._path}: no picture, unplugged or stalled")
            made = capture.get(cv2.CAP_PROP_POS_MSEC)
            if made <= 0 or made >= asked:
                break
        good, frame = capture.retrieve()
        if good and not self._passed_through:
            good, frame = cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, 90])
        if not good:
            raise CameraGone(f"{self._path}: picture not readable")
        # UVC cameras fill their buffer's end with zeros.
        return bytes(frame.tobytes().rstrip(b"\0"))

    def hold(self, hold: bool) -> bool:
        """Exposure and white balance; a camera that lacks either control cannot, and keeps neither."""
        if self._capture is None:
            return hold_at_rest(self, hold)
        can = _control(self._capture, hold)
        if hold and not can:
            _control(self._capture, hold=False)
        self._held = hold and can
        return can

    def rest(self) -> None:
        """Let the node go; never raises."""
        capture, self._capture = self._capture, None
        if capture is not None:
            capture.release()


def _control(capture: cv2.VideoCapture, hold: bool) -> bool:
    exposure = bool(capture.set(cv2.CAP_PROP_AUTO_EXPOSURE, _MANUAL if hold else _FOLLOW))
    return bool(capture.set(cv2.CAP_PROP_AUTO_WB, 0 if hold else 1)) and exposure


def main() -> None:
    """Serve the node named on the command line."""
    answer_all(V4l2Pictures(sys.argv[1]))


if __name__ == "__main__":
    main()
