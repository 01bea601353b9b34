"""Finger templates: the ISO/IEC 19794-2:2005 record that arrives, the compact card form that goes onto the chip."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hw_sim.central.tlv import tlv

POSITIONS = (
    "right_thumb",
    "right_index",
    "right_middle",
    "right_ring",
    "right_little",
    "left_thumb",
    "left_index",
    "left_middle",
    "left_ring",
    "left_little",
)
PREFERRED = ("index", "thumb", "middle", "ring", "little")
MAXIMUM_MINUTIAE = 60


@dataclass(frozen=True, slots=True)
class Minutia:
    """Type (1 ending, 2 bifurcation, 0 other), place in 0.1 mm, angle in 1.40625 degree units, quality 0-100."""

    kind: int
    x: int
    y: int
    angle: int
    quality: int


def read_record(record: bytes) -> tuple[Minutia, ...]:
    """The first view of a record (ISO/IEC 19794-2:2005 §7); raises ValueError."""
    if len(record) < 30 or record[:8] != b"FMR\x00 20\x00":
        raise ValueError("not an ISO/IEC 19794-2:2005 record")
    total, x_resolution, y_resolution, views = struct.unpack_from(">I6xHHB", record, 8)
    if total != len(record) or not views or not x_resolution or not y_resolution:
        raise ValueError("the record's header is wrong")
    count = record[27]
    if 28 + 6 * count + 2 > len(record):
        raise ValueError("the record is cut short")
    minutiae = []
    for at in range(28, 28 + 6 * count, 6):
        x, y, angle, quality = struct.unpack_from(">HHBB", record, at)
        place = round((x & 0x3FFF) * 100 / x_resolution), round((y & 0x3FFF) * 100 / y_resolution)
        minutiae.append(Minutia(x >> 14, *place, angle, quality))
    return tuple(minutiae)


def compact(minutiae: Sequence[Minutia], limit: int = MAXIMUM_MINUTIAE) -> bytes:
    """The best minutiae in compact card form (§8.2): x, y in 0.1 mm from the bounding box, type and angle; y,x order.

    One octet reaches 25.5 mm; what lies farther from the box's corner is left out.
    """
    best = sorted(minutiae, key=lambda one: -one.quality)[:limit]
    if not best:
        return b""
    left, top = min(one.x for one in best), min(one.y for one in best)
    placed = sorted((one.y - top, one.x - left, one.kind << 6 | round(one.angle / 4) % 64) for one in best)
    return b"".join(bytes((x, y, how)) for y, x, how in placed if x < 256 and y < 256)


def biometric_data_object(position: str, template: bytes) -> bytes:
    """A CBEFF object with one finger (ISO/IEC 7816-11): subtype `(finger << 2) | hand`, hand 1 right, 2 left."""
    number = POSITIONS.index(position)
    subtype = (number % 5 + 1) << 2 | (1 if number < 5 else 2)
    header = tlv(
        0xA1,
        tlv(0x80, b"\x01\x01"),
        tlv(0x81, b"\x08"),
        tlv(0x82, bytes([subtype])),
        tlv(0x87, b"\x01\x01"),
        tlv(0x88, b"\x00\x05"),
    )
    return tlv(0x7F61, tlv(0x02, b"\x01"), tlv(0x7F60, header, tlv(0x5F2E, template)))


def choose(records: Mapping[str, bytes]) -> list[str]:
    """Which fingers go onto the chip: of each hand the index finger, else thumb, middle, ring, little.

    A hand without fingers is replaced by the next finger of the other one; fewer than two fingers give fewer.
    """
    hands = [
        [f"{hand}_{finger}" for finger in PREFERRED if f"{hand}_{finger}" in records] for hand in ("right", "left")
    ]
    chosen = [hand[0] for hand in hands if hand]
    rest = [name for hand in hands for name in hand[1:]]
    return (chosen + rest)[:2]
