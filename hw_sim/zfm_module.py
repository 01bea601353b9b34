"""A fingerprint module of the ZFM-20 / R30x / AS608 / R503 family on a pseudo-terminal.

Written from the modules' user manuals: packets of EF 01, address, kind, length, content and sum; the commands
GenImg 01, UpImage 0A, ReadSysPara 0F, VfyPwd 13 and, on the R503, ReadProdInfo 3C. Whoever is
`world.people["at_scanner"]` has the finger `on_glass` on it.
"""

from __future__ import annotations

import io
import os
import select
import struct
import threading
import tty
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from PIL import Image

from hw_sim.fingers import FingerCache
from hw_sim.people import Person
from hw_sim.world import World

LOOK_SECONDS = 0.3
TAKES = 6


@dataclass(frozen=True, slots=True)
class ModuleType:
    """One make: pixels, system id, size code of data packets, and what ReadProdInfo says (empty: not known)."""

    width: int
    height: int
    system: int
    size_code: int
    product: bytes = b""


def _product(width: int, height: int) -> bytes:
    return struct.pack(
        ">16s4s8sH8sHHHH",
        b"R503",
        b"2401",
        bytes.fromhex("5349414741303031"),
        0x0102,
        b"GR192RGB",
        width,
        height,
        1536,
        200,
    )


R307 = ModuleType(256, 288, 0x0009, 2)
R503 = ModuleType(192, 192, 0x0000, 2, _product(192, 192))


@dataclass(slots=True)
class ModuleLevers:
    """What may go wrong.

    `silent` answers nothing; `garbage` puts stray bytes before each packet; `damage` spoils data packets: a wrong
    sum or a cut one, in the first picture or in each; `stops` ends a picture half way; `password` is the module's.
    """

    silent: bool = False
    garbage: bytes = b""
    damage: Literal["sum", "cut"] | None = None
    damage_each: bool = False
    stops: bool = False
    password: int = 0


class ZfmModule:
    """The module; `path` is a link that stays the same however often it is plugged in."""

    def __init__(
        self, world: World, cache: FingerCache, path: Path, make: ModuleType = R307, baud: int = 57600
    ) -> None:
        self.world = world
        self.levers = ModuleLevers()
        self.path = path
        self.make = make
        self.baud = baud
        self.on_glass: str | None = None
        self._cache = cache
        self._take = 0
        self._picture = b""
        self._thread: threading.Thread | None = None
        self._ours = self._theirs = self._wake_read = self._wake_write = -1

    @property
    def uri(self) -> str:
        """What stands in the appliance's configuration."""
        return f"serial:{self.path}?baud={self.baud}"

    def start(self) -> None:
        """Plug it in: the same path leads to a new line."""
        if self._thread is not None:
            return
        self._ours, self._theirs = os.openpty()
        tty.setraw(self._ours)
        tty.setraw(self._theirs)
        os.set_blocking(self._ours, False)
        self._wake_read, self._wake_write = os.pipe()
        self.path.unlink(missing_ok=True)
        self.path.symlink_to(os.ttyname(self._theirs))
        self._thread = threading.Thread(target=self._serve, daemon=True, name="fingerprint module")
        self._thread.start()

    def stop(self) -> None:
        """Pull it out: the line hangs up and its path is gone."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        os.write(self._wake_write, b"x")
        thread.join()
        self.path.unlink()
        for handle in (self._ours, self._theirs, self._wake_read, self._wake_write):
            os.close(handle)

    def _serve(self) -> None:
        received = b""
        while True:
            ready, _, _ = select.select([self._ours, self._wake_read], [], [])
            if self._wake_read in ready:
                return
            received += os.read(self._ours, 256)
            while (command := _command(received)) is not None:
                content, received = command
                if not self.levers.silent and not self._obeyed(content):
                    return

    def _obeyed(self, command: bytes) -> bool:
        """Do it; False if the plug was pulled meanwhile."""
        match command[:1]:
            case b"\x01":
                return self._answer(bytes((self._look(),)))
            case b"\x0a":
                self.world.happened("finger-upload", bytes=len(self._picture))
                return self._answer(b"\x00" if self._picture else b"\x0f") and self._upload()
            case b"\x0f":
                facts = struct.pack(
                    ">HHHHIHH", 0, self.make.system, 200, 3, 0xFFFFFFFF, self.make.size_code, self.baud // 9600
                )
                return self._answer(b"\x00" + facts)
            case b"\x13":
                good = command[1:] == struct.pack(">I", self.levers.password)
                return self._answer(b"\x00" if good else b"\x13")
            case b"\x3c" if self.make.product:
                return self._answer(b"\x00" + self.make.product)
            case _:
                return self._answer(b"\x01")

    def _look(self) -> int:
        """GenImg: 0 a picture was taken, 2 no finger."""
        self.world.takes(LOOK_SECONDS)
        person = self.world.people.get("at_scanner")
        if not isinstance(person, Person) or self.on_glass is None or self.on_glass in person.missing_fingers:
            return 2
        png = self._cache.impression(person.finger_seed(self.on_glass), self._take % TAKES, person.finger_condition)
        self._take += 1
        whole = np.asarray(Image.open(io.BytesIO(png)))
        top, left = (whole.shape[0] - self.make.height) // 2, (whole.shape[1] - self.make.width) // 2
        seen = whole[top : top + self.make.height, left : left + self.make.width] >> 4
        self._picture = (seen[:, 0::2] << 4 | seen[:, 1::2]).astype(np.uint8).tobytes()
        self.world.happened("capture", positions=(self.on_glass,), count_wanted=1)
        return 0

    def _upload(self) -> bool:
        pieces = list(self._pieces())
        for at, piece in enumerate(pieces):
            last = at == len(pieces) - 1
            if self.levers.stops and at == len(pieces) // 2:
                return True
            sent = _packet(8 if last else 2, piece)
            if self.levers.damage is not None and at == 3:
                sent = sent[:-1] + bytes((sent[-1] ^ 1,)) if self.levers.damage == "sum" else sent[:40]
            if not self._send(sent):
                return False
        if not self.levers.damage_each:
            self.levers.damage = None
        return True

    def _pieces(self) -> Iterator[bytes]:
        size = 32 << self.make.size_code
        for at in range(0, len(self._picture), size):
            yield self._picture[at : at + size]

    def _answer(self, content: bytes) -> bool:
        return self._send(_packet(7, content))

    def _send(self, data: bytes) -> bool:
        data = self.levers.garbage + data
        self.world.takes(len(data) * 10 / self.baud)
        while data:
            ready, free, _ = select.select([self._wake_read], [self._ours], [])
            if ready:
                return False
            if free:
                data = data[os.write(self._ours, data) :]
        return True


def _packet(kind: int, content: bytes) -> bytes:
    body = bytes((kind,)) + (len(content) + 2).to_bytes(2, "big") + content
    return b"\xef\x01\xff\xff\xff\xff" + body + (sum(body) % 65536).to_bytes(2, "big")


def _command(received: bytes) -> tuple[bytes, bytes] | None:
    """The first whole command and what follows it; one with a wrong sum is passed over as real modules do."""
    start = received.find(b"\xef\x01")
    if start < 0 or len(received) < start + 9:
        return None
    end = start + 9 + int.from_bytes(received[start + 7 : start + 9], "big")
    if len(received) < end:
        return None
    return received[start + 9 : end - 2], received[end:]
