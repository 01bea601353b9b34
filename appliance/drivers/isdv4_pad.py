"""Signature pad: a pen tablet that speaks ISD-V4 on a serial line (`serial:/dev/…?baud=38400`)."""

from __future__ import annotations

import time
from urllib.parse import parse_qs, urlsplit

from appliance.clock import Deadline
from appliance.devices import DeviceStatus, Stroke, StrokePoint
from appliance.drivers.isdv4 import PER_MM, QUERY, START, STOP, PacketReader, PenPacket, TabletFacts
from appliance.drivers.transport_serial import SerialLine
from appliance.drivers.wire_log import NOTHING, Tap, no_tap
from appliance.faults import DeviceFault, FaultCode

ANSWER_SECONDS = 1.0
REST_SECONDS = 2.0
"""A pen that has rested for so long has finished the signature."""
MAX_POINTS = 20_000


class IsdV4Pad:
    """A SignaturePad. `rest_s` is how long the pen must rest before the signature counts as finished."""

    def __init__(self, path: str, baud: int = 38400, rest_s: float = REST_SECONDS, tap: Tap = no_tap) -> None:
        self._tap = tap
        self._path, self._baud, self._rest_s = path, baud, rest_s
        self._line: SerialLine | None = None
        self._facts: TabletFacts | None = None

    def open(self) -> None:
        """Open the line and ask the tablet what it is."""
        self.close()
        try:
            line = SerialLine(self._path, self._baud, self._tap)
        except ConnectionError as error:
            raise DeviceFault(FaultCode.PAD_UNREACHABLE, str(error)) from error
        self._line = line
        try:
            self._facts = self._query(line)
        except (DeviceFault, ConnectionError) as error:
            self.close()
            if isinstance(error, DeviceFault):
                raise
            raise DeviceFault(FaultCode.PAD_UNREACHABLE, str(error)) from error

    def close(self) -> None:
        """Let the line go."""
        line, self._line, self._facts = self._line, None, None
        if line is not None:
            line.close()

    def status(self) -> DeviceStatus:
        """Ask the tablet again, opening the line if need be."""
        try:
            if self._line is None:
                self.open()
            else:
                self._facts = self._query(self._line)
        except (DeviceFault, ConnectionError) as error:
            self.close()
            return DeviceStatus("down", (FaultCode.PAD_UNREACHABLE.value,), detail={"why": str(error)})
        facts = self._facts
        assert facts is not None
        detail = {"size_mm": f"{facts.width / PER_MM:g}x{facts.height / PER_MM:g}", "firmware": f"{facts.firmware}"}
        return DeviceStatus("ok", model="ISD-V4 pen tablet", detail=detail)

    def self_test(self) -> DeviceStatus:
        """The same as status: a pen cannot move by itself."""
        return self.status()

    def sign(self, by: Deadline) -> tuple[Stroke, ...]:
        """Strokes until the pen has rested; `signature_pad.timeout` if nothing or no end was written."""
        if self._line is None:
            self.open()
        line, facts = self._line, self._facts
        assert line is not None and facts is not None
        try:
            line.drain()
            line.write(START, NOTHING)
            strokes = self._strokes(line, facts, by)
            line.write(STOP, NOTHING)
        except ConnectionError as error:
            self.close()
            raise DeviceFault(FaultCode.PAD_UNREACHABLE, str(error)) from error
        return strokes

    def _query(self, line: SerialLine) -> TabletFacts:
        line.write(STOP, NOTHING)
        line.drain()
        line.write(QUERY, NOTHING)
        reader, by = PacketReader(), Deadline.after(ANSWER_SECONDS)
        while not by.passed:
            for packet in reader.feed(line.read(by, NOTHING)):
                if isinstance(packet, TabletFacts) and packet.width and packet.height and packet.pressure:
                    return packet
        raise DeviceFault(FaultCode.PAD_UNREACHABLE, "no answer to the query")

    def _strokes(self, line: SerialLine, facts: TabletFacts, by: Deadline) -> tuple[Stroke, ...]:
        reader = PacketReader()
        strokes: list[Stroke] = []
        current: list[StrokePoint] = []
        began = 0.0
        rest: Deadline | None = None
        points = 0
        while not (by.passed or (rest is not None and rest.passed)):
            for packet in reader.feed(line.read(rest if rest is not None and rest.at < by.at else by)):
                if not isinstance(packet, PenPacket):
                    continue
                if packet.down:
                    rest = None
                    began = began or time.monotonic()
                    points += 1
                    current.append(_point(packet, facts, began))
                elif current:
                    strokes.append(tuple(current))
                    current = []
                    rest = Deadline.after(self._rest_s)
            if points > MAX_POINTS:
                raise DeviceFault(FaultCode.PAD_TIMEOUT, "pen never rested")
        if rest is None and (current or strokes):
            line.write(STOP, NOTHING)
            raise DeviceFault(FaultCode.PAD_TIMEOUT, "pen still down")
        if not strokes:
            line.write(STOP, NOTHING)
            raise DeviceFault(FaultCode.PAD_TIMEOUT, "nothing written")
        return tuple(strokes)


def _point(packet: PenPacket, facts: TabletFacts, began: float) -> StrokePoint:
    x, y = min(packet.x, facts.width) / PER_MM, min(packet.y, facts.height) / PER_MM
    return StrokePoint(x, y, min(1.0, packet.pressure / facts.pressure), round((time.monotonic() - began) * 1000))


def from_uri(uri: str, tap: Tap = no_tap) -> IsdV4Pad:
    """The pad of `serial:/dev/…[?baud=38400]`."""
    parts = urlsplit(uri)
    baud = parse_qs(parts.query).get("baud", ["38400"])[0]
    return IsdV4Pad(parts.path, int(baud), tap=tap)
