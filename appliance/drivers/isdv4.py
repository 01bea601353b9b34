"""The Wacom ISD-V4 serial pen protocol: commands and packets. Pure.

Commands are single ASCII bytes: `*` query, `1` start, `0` stop. A packet's first byte alone has bit 7 set; it is
0x40 more in the 11-byte answer to a query. Positions are in 0.01 mm (as Linux's wacom_w8001 counts them).
"""

from __future__ import annotations

from dataclasses import dataclass

QUERY, START, STOP = b"*", b"1", b"0"
PER_MM = 100
PEN_LENGTH, QUERY_LENGTH = 9, 11
_LEAD, _CONTROL, _PROXIMITY, _TIP = 0x80, 0x40, 0x20, 0x01


@dataclass(frozen=True, slots=True)
class PenPacket:
    """One sample: pen near the surface, tip down, position in 0.01 mm, pressure in the tablet's own steps."""

    near: bool
    down: bool
    x: int
    y: int
    pressure: int


@dataclass(frozen=True, slots=True)
class TabletFacts:
    """The answer to a query: largest x, y (0.01 mm) and pressure, and the firmware's version bytes."""

    width: int
    height: int
    pressure: int
    firmware: int


Packet = PenPacket | TabletFacts


class PacketReader:
    """Finds packets in the byte stream; out of step, it goes on at the next byte with the lead bit."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self.lost = 0
        """Bytes thrown away because they belonged to no packet."""

    def feed(self, data: bytes) -> list[Packet]:
        """The packets that became complete with these bytes."""
        self._buffer += data
        packets: list[Packet] = []
        while self._buffer:
            lead = self._buffer[0]
            if not lead & _LEAD:
                self._drop(1)
                continue
            length = QUERY_LENGTH if lead & _CONTROL else PEN_LENGTH
            body = self._buffer[1:length]
            stray = next((index for index, byte in enumerate(body, start=1) if byte & _LEAD), None)
            if stray is not None:
                self._drop(stray)
                continue
            if len(self._buffer) < length:
                break
            packets.append(_parsed(bytes(self._buffer[:length])))
            del self._buffer[:length]
        return packets

    def _drop(self, count: int) -> None:
        self.lost += count
        del self._buffer[:count]


def _parsed(packet: bytes) -> Packet:
    x = packet[1] << 9 | packet[2] << 2 | packet[6] >> 5 & 3
    y = packet[3] << 9 | packet[4] << 2 | packet[6] >> 3 & 3
    pressure = packet[5] | (packet[6] & 7) << 7
    if packet[0] & _CONTROL:
        return TabletFacts(x, y, pressure, packet[9] << 7 | packet[10])
    return PenPacket(bool(packet[0] & _PROXIMITY), bool(packet[0] & _TIP), x, y, pressure)
