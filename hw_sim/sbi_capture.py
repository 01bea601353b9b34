"""What the simulated slap scanner sees: the fingers of whoever is at it, as ISO/IEC 19794-4:2011 records."""

from __future__ import annotations

import io
import struct
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

import numpy as np
from PIL import Image

from hw_sim.fingers import POSITIONS, Condition, FingerCache
from hw_sim.people import Person
from hw_sim.slaps import STEPS, slap
from hw_sim.world import World

NAMES = {
    f"{hand}_{finger}": f"{hand.title()} {name}"
    for hand in ("right", "left")
    for finger, name in (
        ("thumb", "Thumb"),
        ("index", "IndexFinger"),
        ("middle", "MiddleFinger"),
        ("ring", "RingFinger"),
        ("little", "LittleFinger"),
    )
}
"""ISO position name to the name the Secure Biometric Interface uses."""

LEFT_SLAP, RIGHT_SLAP, THUMBS = 1, 2, 3
QUALITIES = {"normal": 62, "wet": 55, "dry": 48, "worn": 44, "partial": 35, "bad": 20, "blank": 1}
"""What the device itself says of each condition of the skin."""
LEFT_TO_RIGHT = (*reversed(POSITIONS[5:]), *POSITIONS[:5])
"""As a hand lies on the glass, palm down: left little finger … left thumb, right thumb … right little finger."""
LOWER = {"index": STEPS[0], "middle": STEPS[1], "ring": STEPS[2], "little": STEPS[3]}

Dialect = Literal[
    "hash_of_text", "listed_names", "number_scores", "padded", "no_error", "null_error", "no_zone", "fir", "slap"
]
Tampering = Literal["payload", "hash", "transaction", "old", "device"]


@dataclass(slots=True)
class ScannerLevers:
    """What a hand or a fault may do to the scanner.

    `condition` overrides the skin of everybody; `swapped` presents another finger for the one asked;
    `silent` never answers a capture; `unplugged` leaves the service without a scanner; `service_down` is no
    service at all; `tampering` falsifies answers; `pictures` is the coding inside the records; `error` answers each
    capture with this code; `dialect` is how some services in the field write what the standard leaves open, `slap`
    delivers all fingers of a placement in one picture, as they lie, `turned` so many degrees clockwise. `covered`
    lays something dark over the whole glass, `ends_stream` ends the live stream when a capture begins.
    """

    condition: Condition | None = None
    swapped: Mapping[str, str] = field(default_factory=dict)
    silent: bool = False
    busy: bool = False
    not_ready: bool = False
    unplugged: bool = False
    service_down: bool = False
    tampering: Tampering | None = None
    pictures: Literal["png", "raw"] = "png"
    error: str = ""
    dialect: Dialect | None = None
    turned: float = 0.0
    covered: bool = False
    ends_stream: bool = False


def subtype_of(position: str) -> int:
    """Which device surface takes this finger."""
    if position.endswith("thumb"):
        return THUMBS
    return LEFT_SLAP if position.startswith("left") else RIGHT_SLAP


@dataclass(frozen=True, slots=True)
class Captured:
    """One finger as the scanner delivers it, or a slap: then `others` are the fingers it is said to show as well."""

    position: str
    record: bytes
    quality: int
    others: tuple[str, ...] = ()


class Surface:
    """The glass: looks at `world.people["at_scanner"]`; each placement of a finger is a new picture of it.

    `takes` different placements are kept per finger, then they repeat, so that a prepared cache stays enough.
    """

    def __init__(self, world: World, cache: FingerCache, levers: ScannerLevers, takes: int = 6) -> None:
        self._world = world
        self._cache = cache
        self._levers = levers
        self._takes = takes
        self._seen: Counter[int] = Counter()

    def fingers(self, positions: Sequence[str]) -> list[Captured]:
        """The fingers of these positions that really lie on the glass; empty when nobody is there."""
        person = self._world.people.get("at_scanner")
        if not isinstance(person, Person) or self._levers.condition == "blank":
            return []
        condition = self._levers.condition or person.finger_condition
        found = []
        for position in positions:
            shown = self._levers.swapped.get(position, position)
            if shown not in person.missing_fingers:
                found.append((position, self._seen_now(person.finger_seed(shown), condition)))
        quality = QUALITIES[condition]
        if self._levers.dialect == "slap" and found:
            return [self._slap(positions, found, quality)]
        pictures = self._levers.pictures
        return [
            Captured(position, finger_record(position, picture, quality, pictures), quality)
            for position, picture in found
        ]

    def _seen_now(self, seed: int, condition: Condition) -> bytes:
        take = self._seen[seed] % self._takes
        self._seen[seed] += 1
        return self._cache.impression(seed, take, condition)

    def _slap(self, positions: Sequence[str], found: Sequence[tuple[str, bytes]], quality: int) -> Captured:
        """What lies there in one picture; such a device believes that it shows the fingers it was asked for."""
        lying = sorted(found, key=lambda one: LEFT_TO_RIGHT.index(one[0]))
        prints = [np.asarray(Image.open(io.BytesIO(picture))) for _, picture in lying]
        steps = [LOWER.get(position.rpartition("_")[2], 0) for position, _ in lying]
        out = io.BytesIO()
        Image.fromarray(slap(prints, self._levers.turned, steps=steps)).save(out, "PNG", dpi=(500, 500))
        code = {RIGHT_SLAP: 13, LEFT_SLAP: 14, THUMBS: 15}[subtype_of(positions[0])]
        record = image_record(code, out.getvalue(), quality, self._levers.pictures)
        return Captured(positions[0], record, quality, tuple(positions[1:]))


def finger_record(position: str, png: bytes, quality: int, pictures: Literal["png", "raw"] = "png") -> bytes:
    """One finger as record."""
    return image_record(POSITIONS.index(position) + 1, png, quality, pictures)


def image_record(code: int, png: bytes, quality: int, pictures: Literal["png", "raw"] = "png") -> bytes:
    """A position (table 7) as ISO/IEC 19794-4:2011 record: plain live scan, 500 ppi, one quality block (NFIQ 2)."""
    grey = np.asarray(Image.open(io.BytesIO(png)))
    data, coding = (png, 6) if pictures == "png" else (grey.tobytes(), 0)
    now = datetime.now(UTC)
    moment = struct.pack(">HBBBBBH", now.year, now.month, now.day, now.hour, now.minute, now.second, 0)
    body = moment + struct.pack(">BHHB", 9, 0, 0, 1) + struct.pack(">BHH", quality, 0x0101, 0x0001)
    body += struct.pack(">BBBHHHHBB", code, 1, 1, 500, 500, 500, 500, 8, coding)
    body += struct.pack(">BHHI", 0, grey.shape[1], grey.shape[0], len(data)) + data
    representation = struct.pack(">I", len(body) + 4) + body
    return b"FIR\x00020\x00" + struct.pack(">IHBB", 16 + len(representation), 1, 0, 1) + representation
