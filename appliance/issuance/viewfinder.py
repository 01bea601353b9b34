"""What a device sees before a picture is taken: each frame as it comes, judged twice a second, one hint at a time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress

from appliance.biometrics.portrait_rules import Told, told_next
from appliance.faults import DeviceFault
from appliance.issuance.rack import DeviceRack
from appliance.queue.viewing import View

JUDGED_EVERY = 0.5
"""Seconds between two verdicts at least: they cost 20 to 60 ms of the process that also extracts fingers."""
IDLE_SECONDS = 3.0
"""The device is looked through no longer than this after the last question."""
NEXT_SECONDS = 0.5
"""How long a question waits for the next picture: a thread of the pages waits with it."""
CAMERA = "camera"

Judge = Callable[[bytes], str]
"""The key of the one hint that a picture deserves, "" where nothing is amiss; raises `DeviceFault` if it cannot."""


class Viewfinder:
    """Watches the camera, or another device that has a live picture, while somebody asks, outside its owner's turn: a
    still is taken whenever one is wanted.

    `judges` by what one may aim at. Pictures wait for no verdict: of those that come between two of them only the
    newest is judged. `run` and `judge_on` each want a thread of their own.
    """

    def __init__(
        self,
        rack: DeviceRack,
        judges: Mapping[str, Judge],
        ticks: Callable[[], float] = time.monotonic,
        device: str = CAMERA,
    ) -> None:
        self._rack = rack
        self._device = device
        self._judges = judges
        self._ticks = ticks
        self._changed = threading.Condition()
        self._asked = float("-inf")
        self._aim = ""
        self._number = 0
        self._frame = b""
        self._forgotten = 0
        self._judged = float("-inf")
        self._told: Told | None = None

    def look(self, aim: str, after: int = 0, seconds: float = NEXT_SECONDS) -> View | None:
        """The newest picture unless its number is `after`: then the next one, waited for `seconds`.

        Without a picture if none came meanwhile; None while the camera gives none at all. Raises ValueError for
        what nothing here can be aimed at.
        """
        if aim not in self._judges:
            raise ValueError(aim)
        with self._changed:
            if not self._is_wanted():
                self._frame = b""
            if aim != self._aim or not self._frame:
                self._aim, self._told = aim, None
            self._asked = self._ticks()
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._frame and self._number != after, seconds)
            self._asked = self._ticks()
            if not self._frame:
                return None
            hint = self._told.hint if self._told and self._aim == aim else None
            return View(self._number, b"" if self._number == after else self._frame, hint)

    def forget(self) -> None:
        """Drop the picture, and whatever the device saw until now."""
        with self._changed:
            self._forgotten += 1
            self._frame, self._told = b"", None

    def run(self) -> None:
        """Watch whenever somebody asks, until the process ends."""
        while True:
            with self._changed:
                self._changed.wait_for(self._is_wanted)
                before = self._number
            # Told on the board by who asks the device how it is; here there is no picture meanwhile.
            with suppress(DeviceFault):
                self.watch()
            with self._changed:
                if self._number == before:
                    self._changed.wait_for(lambda: False, JUDGED_EVERY)

    def judge_on(self) -> None:
        """Judge whenever there is something new to judge, until the process ends."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._frame and self._is_wanted())
                due = self._judged + JUDGED_EVERY - self._ticks()
                self._changed.wait_for(lambda: not self._is_wanted(), max(0.0, due))
            self.judge()

    def _is_wanted(self) -> bool:
        return self._ticks() - self._asked <= IDLE_SECONDS

    def watch(self) -> None:
        """Offer pictures until nobody asks any more, they are to be forgotten, or the device ends; raises its
        faults."""
        forgotten = self._forgotten
        frames = self._rack.look(self._device).preview()
        try:
            for frame in frames:
                if not self._is_wanted():
                    return
                with self._changed:
                    if self._forgotten != forgotten:
                        return
                    if not frame:
                        continue
                    self._number, self._frame = self._number + 1, frame
                    self._changed.notify_all()
        finally:
            frames.close()
            with self._changed:
                self._frame = b""

    def judge(self) -> None:
        """One verdict on the newest picture, if there is one; where none can be had the last hint stands."""
        with self._changed:
            frame, aim = self._frame, self._aim
            self._judged = self._ticks()
        if not frame:
            return
        try:
            newest = self._judges[aim](frame)
        except DeviceFault:
            return
        with self._changed:
            if aim == self._aim and self._frame:
                now = self._ticks()
                self._told = Told(newest, now) if self._told is None else told_next(self._told, newest, now)
