"""A USB fingerprint scanner on the bus: NextBiometrics NB-1010-U (298d:1010), by the facts its users have published.

Source: the notes on a recorded conversation in the libfprint project (`libfprint/drivers/nb1010.h`, 2021). In words:

* Commands go to bulk OUT endpoint 2, answers come on bulk IN endpoint 3 (0x83).
* A command begins with 80, its code, a sequence number that the device only echoes, 00, and its own length as four
  bytes, low byte first. An answer has 16 bytes and begins with 80 and the answer's code.
* Code 07 checks the device (answer 29), 13 asks its name (answer 23 with the name), 38 asks whether a finger lies
  there (answer 37; byte 12 counts from 0 to 255 and is above 60 hex with a finger on), 0d prepares a capture (answer
  20), 12 captures (answer 20) and then sends the picture.
* The picture is 90 packets of 540 bytes: 25 bytes of header, two lines of 256 grey pixels (dark ridges), 3 bytes.
* The sensor has 180 lines of 256 pixels on 11.9 mm x 16.9 mm: 385 pixels an inch. The finger lies along the lines.

What a real one does beyond that is not public: after an unknown command this one is silent.
"""

from __future__ import annotations

import io
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from PIL import Image

from hw_sim.fingers import Condition, FingerCache
from hw_sim.people import Person
from hw_sim.usb_device import Babbled, Descriptors, Stalled
from hw_sim.world import World

WIDTH, LINES, PPI = 256, 180, 385
PACKETS, HEADER, TRAILER = 90, 25, 3
OUT, IN = 0x02, 0x83
SERIAL = "NB99000001"
TOUCHED, EMPTY = 0xB4, 0x11


@dataclass(slots=True)
class UsbScannerLevers:
    """What a hand or a fault may do to the scanner.

    `finger` is the ISO position name of the finger on the glass, None for none; `swapped` lays another finger than
    the one named. `silent` answers nothing, `stalled` refuses every transfer, `packets` is how many packets of a
    picture come before it falls silent, `garbage` sends answers that are none.
    """

    finger: str | None = None
    swapped: Mapping[str, str] = field(default_factory=dict)
    condition: Condition | None = None
    silent: bool = False
    stalled: bool = False
    packets: int = PACKETS
    garbage: bool = False


class UsbFingerScanner:
    """The device. The finger on its glass is one of `world.people["at_scanner"]`."""

    def __init__(self, world: World, cache: FingerCache, takes: int = 6, serial: str = SERIAL) -> None:
        self.levers = UsbScannerLevers()
        names = ("NEXT Biometrics", "NEXT Biometrics Fingerprint Reader", serial)
        self.descriptors = Descriptors(0x298D, 0x1010, names, (OUT, IN), release=0x0110)
        self._world = world
        self._cache = cache
        self._takes = takes
        self._seen: Counter[int] = Counter()
        self._ready: deque[bytes] = deque()
        self._capturing: int | None = None

    def plugged(self) -> None:
        """Power came back: nothing is left to be read."""
        self._ready.clear()
        self._capturing = None

    def leave(self, data: bytes) -> None:
        """Leave bytes to be read that nobody has asked for now."""
        self._ready.append(data)

    def written(self, endpoint: int, data: bytes) -> None:
        """A command, whole in one transfer."""
        if self.levers.stalled:
            raise Stalled
        if self.levers.silent or len(data) < 8 or data[0] != 0x80 or int.from_bytes(data[4:8], "little") != len(data):
            return
        code, sequence = data[1], data[2]
        match code:
            case 0x07:
                self._reply(0x29, sequence)
            case 0x13:
                self._reply(0x23, sequence, b"NB1010U1")
            case 0x38:
                self._reply(0x37, sequence, bytes((0, 0, 0, 0, TOUCHED if self._touched() else EMPTY, 0, 0, 0)))
            case 0x0D:
                self._reply(0x20, sequence)
            case 0x12:
                self._reply(0x20, sequence)
                self._capturing = sequence

    def read(self, endpoint: int, length: int) -> bytes | None:
        """The next packet that is ready; a transfer ends with it, since it is short."""
        if self.levers.stalled:
            raise Stalled
        if self.levers.silent:
            return None
        if not self._ready and self._capturing is not None:
            sequence, self._capturing = self._capturing, None
            self._send_picture(sequence)
        if not self._ready:
            return None
        packet = self._ready.popleft()
        if len(packet) > length:
            raise Babbled
        return packet

    def requested(self, setup: bytes, data: bytes) -> bytes:
        """No class and no vendor request is known."""
        raise Stalled

    def _reply(self, code: int, sequence: int, body: bytes = bytes(8)) -> None:
        packet = bytes((0x80, code, sequence, 0, 16, 0, 0, 0)) + body
        self._ready.append(bytes(one ^ 0x5A for one in packet) if self.levers.garbage else packet)

    def _touched(self) -> bool:
        person = self._world.people.get("at_scanner")
        finger = self._finger()
        return isinstance(person, Person) and finger is not None and finger not in person.missing_fingers

    def _finger(self) -> str | None:
        finger = self.levers.finger
        return None if finger is None else self.levers.swapped.get(finger, finger)

    def _send_picture(self, sequence: int) -> None:
        self._world.happened("usb-capture-begins")
        self._world.takes(0.35)
        pixels = self._picture()
        self._world.happened("usb-capture", finger=self._finger() or "")
        for number in range(min(PACKETS, self.levers.packets)):
            lines = pixels[number * 2 * WIDTH : (number + 1) * 2 * WIDTH]
            self._ready.append(bytes((0x80, 0x21, sequence, number)).ljust(HEADER, b"\0") + lines + bytes(TRAILER))

    def _picture(self) -> bytes:
        person, finger = self._world.people.get("at_scanner"), self._finger()
        if not self._touched() or not isinstance(person, Person) or finger is None:
            return bytes((235,)) * (WIDTH * LINES)
        seed = person.finger_seed(finger)
        take = self._seen[seed] % self._takes
        self._seen[seed] += 1
        png = self._cache.impression(seed, take, self.levers.condition or person.finger_condition)
        return on_sensor(png)


def on_sensor(png: bytes) -> bytes:
    """What of a 500 ppi impression falls on the sensor: its middle at 385 ppi, the finger's tip at the lines' end."""
    with Image.open(io.BytesIO(png)) as whole:
        turned = whole.convert("L").transpose(Image.Transpose.ROTATE_270)
    width, height = round(WIDTH * 500 / PPI), round(LINES * 500 / PPI)
    left, top = (turned.width - width) // 2, (turned.height - height) // 2
    seen = turned.resize((WIDTH, LINES), Image.Resampling.LANCZOS, (left, top, left + width, top + height))
    return np.asarray(seen, np.uint8).tobytes()
