"""A serial pen tablet on a pseudo-terminal: ISD-V4, 38400 baud, 100 × 50 mm, 100 steps a millimetre.

Whoever is `world.people["at_pad"]` writes their signature soon after the tablet was started.
"""

from __future__ import annotations

import os
import select
import threading
import time
import tty
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from hw_sim.people import Person
from hw_sim.signatures import PenSample
from hw_sim.world import World

PER_MM = 100
WIDTH, HEIGHT, PRESSURE = 100 * PER_MM, 50 * PER_MM, 1023
REACTION_SECONDS = 0.5


@dataclass(slots=True)
class PadLevers:
    """What may go wrong: `silent` answers nothing, `unplugged` hangs up the line, `noise` puts stray bytes between
    packets, `pen_stuck` leaves the tip down at the end, `refuses` is a person who does not write."""

    silent: bool = False
    noise: bool = False
    pen_stuck: bool = False
    refuses: bool = False


def packet(lead: int, x: int, y: int, pressure: int, rest: bytes) -> bytes:
    """Nine bytes, or eleven: 7 bits in each but the first; the seventh holds low bits of x, y, high of pressure."""
    low = (x & 3) << 5 | (y & 3) << 3 | pressure >> 7 & 7
    return bytes((lead, x >> 9 & 0x7F, x >> 2 & 0x7F, y >> 9 & 0x7F, y >> 2 & 0x7F, pressure & 0x7F, low)) + rest


def pen(sample: PenSample, down: bool) -> bytes:
    """One sample of the pen near the surface."""
    lead = 0x80 | 0x20 | (0x01 if down else 0)
    pressure = round(sample.pressure * PRESSURE) if down else 0
    return packet(lead, round(sample.x * PER_MM), round(sample.y * PER_MM), pressure, bytes(2))


FACTS = packet(0x80 | 0x40, WIDTH, HEIGHT, PRESSURE, bytes((0, 0, 1, 4)))


class SignaturePad:
    """The tablet. `path` is the terminal the appliance opens."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.levers = PadLevers()
        self._folder = TemporaryDirectory(prefix="siaga-pad-")
        self.path = f"{self._folder.name}/pad"
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._attach()

    def _attach(self) -> None:
        """A new terminal under the same name, as udev gives one to what is plugged in again."""
        self._ours, self._theirs = os.openpty()
        tty.setraw(self._ours)
        tty.setraw(self._theirs)
        Path(self.path).symlink_to(os.ttyname(self._theirs))
        self._wake_read, self._wake_write = os.pipe()

    @property
    def uri(self) -> str:
        """What stands in the appliance's configuration."""
        return f"serial:{self.path}?baud=38400"

    def start(self) -> None:
        """Serve in a thread of its own."""
        self._thread = threading.Thread(target=self._serve, daemon=True, name="signature pad")
        self._thread.start()

    def unplug(self) -> None:
        """Pull the plug: the line hangs up and its name is gone."""
        with self._lock:
            thread, self._thread = self._thread, None
            if thread is None:
                return
            os.write(self._wake_write, b"x")
        thread.join()
        Path(self.path).unlink()
        for handle in (self._ours, self._theirs, self._wake_read, self._wake_write):
            os.close(handle)

    def stop(self) -> None:
        """End the tablet."""
        self.unplug()
        self._folder.cleanup()

    def plug(self) -> None:
        """Put the plug back."""
        self._attach()
        self.start()

    def _serve(self) -> None:
        script: list[tuple[float, bytes]] = []
        while True:
            pause = max(0.0, script[0][0] - time.monotonic()) if script else None
            ready, _, _ = select.select([self._ours, self._wake_read], [], [], pause)
            if self._wake_read in ready:
                return
            if self._ours in ready:
                for command in os.read(self._ours, 64):
                    script = self._obeyed(bytes((command,)), script)
            elif script:
                self._send(script.pop(0)[1])

    def _obeyed(self, command: bytes, script: list[tuple[float, bytes]]) -> list[tuple[float, bytes]]:
        if self.levers.silent:
            return []
        match command:
            case b"*":
                self._send(FACTS)
                return []
            case b"1":
                return self._planned()
            case b"0":
                return []
            case _:
                return script

    def _planned(self) -> list[tuple[float, bytes]]:
        """When each packet of the signature is due, on the monotonic clock."""
        person = self.world.people.get("at_pad")
        strokes = person.signature() if isinstance(person, Person) and not self.levers.refuses else ()
        if not strokes:
            return []
        self.world.happened("signature", strokes=len(strokes))
        start = time.monotonic() + REACTION_SECONDS * self.world.speed
        plan: list[tuple[float, bytes]] = []
        for stroke in strokes:
            plan.extend((start + sample.at_ms / 1000 * self.world.speed, pen(sample, True)) for sample in stroke)
            lifted = stroke[-1].at_ms + 8
            plan.append((start + lifted / 1000 * self.world.speed, pen(stroke[-1], False)))
        self.world.device_seconds += (REACTION_SECONDS + strokes[-1][-1].at_ms / 1000) * self.world.speed
        return plan[:-1] if self.levers.pen_stuck else plan

    def _send(self, data: bytes) -> None:
        if self.levers.noise:
            data = b"\x85\x01\x7f" + data
        os.write(self._ours, data)
