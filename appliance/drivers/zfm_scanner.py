"""Fingerprint scanner: a ZFM-20 / R30x / AS608 / R503 module on a serial line (`serial:/dev/…?baud=57600`).

Only its pictures are used. Whether two fingers are the same is never asked of the module: its own matcher is not
that of the office's records.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from urllib.parse import parse_qs, urlsplit

from appliance.clock import Deadline
from appliance.devices import DeviceStatus, FingerImage, FingerPosition
from appliance.drivers import zfm
from appliance.drivers.finger_picture import written
from appliance.drivers.transport_serial import SerialLine
from appliance.drivers.wire_log import Tap, no_tap, veiled
from appliance.faults import DeviceFault, FaultCode

PACKET_SECONDS = 1.0
"""A module answers, and its next packet comes, within this time (at 57600 baud a packet takes 45 ms at most)."""
GLASS_SECONDS = 0.12
"""Pause between two looks at the glass."""
QUIET_SECONDS = 0.1
TRIES = 2


class _Damaged(Exception):
    """What came was not what was sent."""


class ZfmScanner:
    """A FingerprintScanner for one finger at a time."""

    def __init__(self, path: str, baud: int = 57600, password: int = 0, tap: Tap = no_tap) -> None:
        self._tap = veiled(tap, zfm.hidden_in_command, lambda _, piece: zfm.hidden_in_piece(piece))
        self._path, self._baud, self._password = path, baud, password
        self._line: SerialLine | None = None
        self._reader = zfm.PacketReader()
        self._waiting: list[zfm.Packet] = []
        self._unfinished = False
        self._parameters: zfm.Parameters | None = None
        self._product: zfm.Product | None = None

    def open(self) -> None:
        """Open the line, give the password and ask the module what it is."""
        self.close()
        try:
            self._line = SerialLine(self._path, self._baud, self._tap)
            self._introduce(self._line)
        except (ConnectionError, TimeoutError) as error:
            self.close()
            raise DeviceFault(FaultCode.SCANNER_UNREACHABLE, str(error)) from error
        except DeviceFault:
            self.close()
            raise

    def close(self) -> None:
        """Let the line go."""
        line, self._line, self._unfinished = self._line, None, False
        self._parameters = self._product = None
        if line is not None:
            line.close()

    def status(self) -> DeviceStatus:
        """Ask the module for its parameters, opening the line if need be: 12 bytes out, 28 in, 7 ms at 57600 baud."""
        try:
            if self._line is None:
                self.open()
            else:
                self._read_parameters(self._line, Deadline.after(PACKET_SECONDS))
        except DeviceFault as fault:
            return DeviceStatus("down", (fault.code.value,), detail={"why": fault.detail})
        except (ConnectionError, TimeoutError) as error:
            self.close()
            return DeviceStatus("down", (FaultCode.SCANNER_UNREACHABLE.value,), detail={"why": str(error)})
        facts, made = self._parameters, self._product
        assert facts is not None
        detail = {"system": f"{facts.system:#06x}", "baud": str(facts.baud), "packet": str(facts.packet_bytes)}
        if made is None:
            return DeviceStatus("ok", model="ZFM fingerprint module", detail=detail)
        return DeviceStatus("ok", model=made.model, serial=made.serial, detail=detail)

    def self_test(self) -> DeviceStatus:
        """Open the line anew: password, parameters, make."""
        try:
            self.open()
        except DeviceFault as fault:
            return DeviceStatus("down", (fault.code.value,), detail={"why": fault.detail})
        return self.status()

    def preview(self) -> Iterator[bytes]:
        """Nothing: a picture takes seconds on this wire."""
        return iter(())

    def capture(self, positions: Sequence[FingerPosition], min_quality: int, by: Deadline) -> tuple[FingerImage, ...]:
        """Wait for one finger and fetch its picture (about 7 s at 57600 baud); the module measures no quality.

        Raises `fingerprint_scanner.wrong_count` for more than one finger, `.no_finger`, `.timeout` (silent, or no
        time for the whole picture), `.broken_picture` (damaged on the wire twice), `.unreachable`.
        """
        if len(positions) != 1:
            raise DeviceFault(FaultCode.SCANNER_WRONG_COUNT, f"{len(positions)} fingers on a sensor for one")
        if self._line is None:
            self.open()
        line = self._line
        assert line is not None
        try:
            self._await_finger(line, by)
            packed = self._fetched(line, by)
        except ConnectionError as error:
            self.close()
            raise DeviceFault(FaultCode.SCANNER_UNREACHABLE, str(error)) from error
        except TimeoutError as error:
            raise DeviceFault(FaultCode.SCANNER_TIMEOUT, str(error)) from error
        made = self._product
        size = (made.width, made.height) if made is not None else zfm.SIZES.get(len(packed))
        if size is None or size[0] * size[1] != 2 * len(packed):
            raise DeviceFault(FaultCode.SCANNER_BROKEN_PICTURE, f"picture of {len(packed)} bytes")
        picture = written(zfm.grey(packed), *size)
        return (FingerImage(positions[0], picture, *size, 0, made.serial if made is not None else ""),)

    def _introduce(self, line: SerialLine) -> None:
        for tries_left in reversed(range(TRIES)):
            try:
                answer = self._asked(
                    line, zfm.verify_password(self._password), Deadline.after(PACKET_SECONDS / TRIES)
                )
            except TimeoutError:
                if not tries_left:
                    raise
                continue
            if answer[0] == zfm.WRONG_PASSWORD:
                raise DeviceFault(FaultCode.SCANNER_NOT_READY, "password refused")
            if answer[0] == zfm.OK:
                break
        by = Deadline.after(PACKET_SECONDS)
        facts = self._read_parameters(line, by)
        # R30x and its kin say 9; only the R503, which says 0, knows the question about its make.
        self._product = zfm.product(self._asked(line, zfm.READ_PRODUCT, by)) if facts.system == 0 else None

    def _read_parameters(self, line: SerialLine, by: Deadline) -> zfm.Parameters:
        facts = zfm.parameters(self._asked(line, zfm.READ_PARAMETERS, by))
        if facts is None:
            raise TimeoutError("no answer that holds parameters")
        self._parameters = facts
        return facts

    def _await_finger(self, line: SerialLine, by: Deadline) -> None:
        seen = zfm.NO_FINGER
        while True:
            answer = self._asked(line, zfm.TAKE_PICTURE, by)
            if answer[0] == zfm.OK:
                return
            seen = answer[0]
            if by.remaining() < GLASS_SECONDS:
                raise DeviceFault(FaultCode.SCANNER_NO_FINGER, f"last answer {seen:#04x}")
            line.read(Deadline.after(GLASS_SECONDS))

    def _fetched(self, line: SerialLine, by: Deadline) -> bytes:
        """The picture in the module's memory; asked for again if it arrived damaged."""
        for _ in range(TRIES):
            try:
                return self._upload(line, by)
            except _Damaged:
                continue
        raise DeviceFault(FaultCode.SCANNER_BROKEN_PICTURE, f"{TRIES} pictures arrived damaged")

    def _upload(self, line: SerialLine, by: Deadline) -> bytes:
        answer = self._asked(line, zfm.SEND_PICTURE, by, more=True)
        if answer[0] != zfm.OK:
            raise _Damaged
        picture = bytearray()
        while True:
            for one in self._packets(line, by):
                if one.kind not in {zfm.DATA, zfm.LAST_DATA}:
                    continue
                picture += one.content
                if one.kind == zfm.LAST_DATA:
                    self._unfinished = False
                    if self._reader.damaged:
                        raise _Damaged
                    return bytes(picture)
            if len(picture) > zfm.MAX_PICTURE:
                raise DeviceFault(FaultCode.SCANNER_BROKEN_PICTURE, "picture without an end")

    def _packets(self, line: SerialLine, by: Deadline) -> Iterator[zfm.Packet]:
        """At least one packet, or _Damaged or TimeoutError once the line has been silent for PACKET_SECONDS."""
        if self._waiting:
            packets, self._waiting = self._waiting, []
            yield from packets
            return
        while True:
            data = line.read(_sooner(by, PACKET_SECONDS))
            if not data:
                if self._reader.damaged and not by.passed:
                    raise _Damaged
                raise TimeoutError("no more data from the module")
            if packets := self._reader.feed(data):
                yield from packets
                return
            if by.passed:
                raise TimeoutError("no end of data from the module")

    def _asked(self, line: SerialLine, command: bytes, by: Deadline, more: bool = False) -> bytes:
        """The content of the answer; what an earlier call left on the line never counts as one."""
        if self._unfinished:
            while line.read(_sooner(by, QUIET_SECONDS)):
                if by.passed:
                    raise TimeoutError("the line does not become quiet")
            self._unfinished = False
        line.drain()
        self._reader, self._waiting = zfm.PacketReader(), []
        self._unfinished = True
        line.write(zfm.packet(zfm.COMMAND, command))
        limit = _sooner(by, PACKET_SECONDS)
        while not limit.passed:
            packets = self._reader.feed(line.read(limit))
            for at, one in enumerate(packets):
                if one.kind == zfm.ANSWER and one.content:
                    self._unfinished = more
                    self._waiting = packets[at + 1 :]
                    return one.content
        damaged = ", what came was damaged" if self._reader.damaged else ""
        raise TimeoutError(f"no answer to command {command[0]:#04x}{damaged}")


def _sooner(by: Deadline, seconds: float) -> Deadline:
    limit = Deadline.after(seconds)
    return limit if limit.at < by.at else by


def from_uri(uri: str, tap: Tap = no_tap) -> ZfmScanner:
    """The module of `serial:/dev/…[?baud=57600][&password=00000000]`, the password in hexadecimal."""
    parts = urlsplit(uri)
    asked = parse_qs(parts.query)
    return ZfmScanner(parts.path, int(asked.get("baud", ["57600"])[0]), int(asked.get("password", ["0"])[0], 16), tap)
