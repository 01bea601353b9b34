"""The verbs of Picamera2 that the child calls, by its manual (Raspberry Pi Ltd), over a simulated camera's stream.

This stands in for the library, not for a sensor at its wire: libcamera runs on its own boards only. It proves the
child and the driver, and nothing about the library or a camera.
"""

from __future__ import annotations

import io
import os
import time
import urllib.request
from http.client import HTTPException, HTTPResponse
from typing import Any

from PIL import Image

_AT = os.environ["PICAMERA2_STAND_IN"]
_NOW = {"ExposureTime": 16000, "AnalogueGain": 1.5, "ColourGains": (1.9, 1.6), "Lux": 310.0}
_KNOWN = {"FrameRate", "AeEnable", "AwbEnable", "ExposureTime", "AnalogueGain", "ColourGains"}


class Request:
    """One completed request: its picture until it is released."""

    def __init__(self, jpeg: bytes) -> None:
        self._jpeg = jpeg

    def make_image(self, name: str) -> Image.Image:
        if name != "main":
            raise RuntimeError(f"Stream {name!r} is not defined")
        return Image.open(io.BytesIO(self._jpeg))

    def release(self) -> None:
        self._jpeg = b""


class Picamera2:
    """One camera: opened, configured, started, stopped, closed, in this order."""

    def __init__(self, camera_num: int = 0) -> None:
        if camera_num >= len(self.global_camera_info()):
            raise IndexError(camera_num)
        self._controls: dict[str, Any] | None = None
        self._stream: HTTPResponse | None = None
        self._last = b""

    @staticmethod
    def global_camera_info() -> list[dict[str, Any]]:
        try:
            with urllib.request.urlopen(urllib.request.Request(_AT, method="HEAD"), timeout=2):
                return [{"Model": "imx708", "Location": 2, "Rotation": 180, "Id": "/base/soc/i2c0mux", "Num": 0}]
        except (OSError, HTTPException):
            return []

    def create_video_configuration(self, main: dict[str, Any], controls: dict[str, Any]) -> dict[str, Any]:
        return {"use_case": "video", "main": {"format": "XBGR8888", **main}, "controls": controls}

    def configure(self, camera_config: dict[str, Any]) -> None:
        width, height = camera_config["main"]["size"]
        if self._stream is not None or width % 2 or height % 2:
            raise RuntimeError("Camera must be stopped before configuring, and sizes be even")
        self._controls = self._checked(camera_config["controls"])

    def start(self) -> None:
        if self._controls is None:
            raise RuntimeError("Camera has not been configured")
        try:
            self._stream = urllib.request.urlopen(_AT, timeout=60)
        except HTTPException as error:
            raise RuntimeError("Camera did not start") from error
        self._tell()

    def set_controls(self, controls: dict[str, Any]) -> None:
        self._controls = {**(self._controls or {}), **self._checked(controls)}
        self._tell()

    def capture_metadata(self) -> dict[str, Any]:
        self.capture_request().release()
        return dict(_NOW)

    def capture_request(self, flush: int | None = None) -> Request:
        """The next completed request; with `flush` the first that began at this time of the monotonic clock."""
        while True:
            jpeg = self._next()
            # A sensor that repeats its picture stamps it anew.
            again, self._last = jpeg == self._last, jpeg
            made = float(Image.open(io.BytesIO(jpeg)).info["comment"].split()[3])
            if flush is None or again or made * 1e9 >= flush:
                return Request(jpeg)

    def stop(self) -> None:
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def close(self) -> None:
        self.stop()

    @staticmethod
    def _checked(controls: dict[str, Any]) -> dict[str, Any]:
        if unknown := set(controls) - _KNOWN:
            raise RuntimeError(f"Control {unknown.pop()} is not advertised by libcamera")
        return dict(controls)

    def _tell(self) -> None:
        """Exposure is held where its control is off and the values that the metadata told are set in its place."""
        now = self._controls or {}
        held = now.get("AeEnable") is False and now.get("AwbEnable") is False
        held = held and all(now.get(name) == value for name, value in _NOW.items() if name != "Lux")
        at = _AT.rpartition("/")[0] + f"/exposure/{'hold' if held else 'follow'}"
        with urllib.request.urlopen(at, b"", timeout=2):
            pass

    def _next(self) -> bytes:
        if self._stream is None:
            time.sleep(60)  # a request to a camera that does not run is answered never
            raise RuntimeError("not started")
        size = 0
        while line := self._stream.readline():
            if line.lower().startswith(b"content-length:"):
                size = int(line.split(b":")[1])
            if size and line == b"\r\n":
                return self._stream.read(size)
        raise RuntimeError("camera frontend has timed out")
