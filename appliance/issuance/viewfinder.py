"""The portrait before it is taken: the camera's picture judged twice a second, one hint at a time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from appliance.biometrics.engine import PortraitEngine
from appliance.biometrics.portrait_rules import Cloth, Told, told_next
from appliance.faults import DeviceFault
from appliance.issuance.rack import DeviceRack

JUDGED_EVERY = 0.5
"""Seconds between two verdicts at least: they cost 20 to 60 ms of the process that also extracts fingers."""
IDLE_SECONDS = 3.0
"""The camera is looked through no longer than this after the last question."""
CAMERA = "camera"


class Viewfinder:
    """Watches the camera while somebody asks, outside its owner's turn: a still is taken whenever one is wanted.

    Of the pictures that come between two verdicts only the newest is judged; none waits.
    """

    def __init__(
        self, rack: DeviceRack, portraits: PortraitEngine, ticks: Callable[[], float] = time.monotonic
    ) -> None:
        self._rack = rack
        self._portraits = portraits
        self._ticks = ticks
        self._wanted = threading.Condition()
        self._asked = float("-inf")
        self._cloth = Cloth.RED
        self._told = Told("", float("-inf"))
        self._frame = b""

    def look(self, cloth: str) -> tuple[bytes, str] | None:
        """The newest judged picture and the key of its hint; None until there is one.

        Raises ValueError for what is no cloth.
        """
        with self._wanted:
            if self._ticks() - self._asked > IDLE_SECONDS:
                self._frame, self._told = b"", Told("", float("-inf"))
            self._cloth, self._asked = Cloth(cloth), self._ticks()
            self._wanted.notify()
            return (self._frame, self._told.hint) if self._frame else None

    def run(self) -> None:
        """Watch whenever somebody asks, until the process ends."""
        while True:
            with self._wanted:
                self._wanted.wait_for(self._is_wanted)
            try:
                self.watch()
            except DeviceFault:
                # Told on the board by who asks the camera how it is; here there is no picture meanwhile.
                with self._wanted:
                    self._frame = b""
                    self._wanted.wait(JUDGED_EVERY)

    def _is_wanted(self) -> bool:
        return self._ticks() - self._asked <= IDLE_SECONDS

    def watch(self) -> None:
        """Judge pictures until nobody asks any more, or the camera ends; raises `camera.*`, `finger_engine.*`."""
        with self._rack.use(CAMERA) as camera:
            frames = camera.preview()
        judged = float("-inf")
        try:
            for frame in frames:
                if not self._is_wanted():
                    return
                if self._ticks() - judged >= JUDGED_EVERY:
                    judged = self._ticks()
                    self._judge(frame)
        finally:
            frames.close()
            with self._wanted:
                self._frame = b""

    def _judge(self, frame: bytes) -> None:
        report = self._portraits.examine(frame, self._cloth)
        newest = report.hints[0] if report.hints else ""
        with self._wanted:
            self._told = told_next(self._told, newest, self._ticks())
            self._frame = frame
