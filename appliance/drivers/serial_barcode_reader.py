"""QR and barcode reader with a serial port, or USB made to look like one (`serial:/dev/…?baud=9600`).

The reader sends by itself and answers no question, so its status is only whether its line is there.
"""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from appliance.clock import Deadline
from appliance.devices import DeviceStatus
from appliance.drivers.code_lines import CodeLines, Unreadable, code_of, ends_a_line
from appliance.drivers.transport_serial import SerialLine
from appliance.drivers.wire_log import Tap, no_tap
from appliance.faults import DeviceFault, FaultCode

_AT_ONCE = Deadline(0.0)


class SerialBarcodeReader:
    """A BarcodeReader on a serial line, 8N1, which ends each code with CR, LF or both."""

    def __init__(self, path: str, baud: int = 9600, tap: Tap = no_tap) -> None:
        self._tap = tap
        self._path, self._baud = path, baud
        self._line: SerialLine | None = None

    def open(self) -> None:
        """Open the line; raises `barcode_reader.unreachable`."""
        self.close()
        try:
            self._line = SerialLine(self._path, self._baud, self._tap)
        except ConnectionError as error:
            raise DeviceFault(FaultCode.BARCODE_UNREACHABLE, str(error)) from error

    def close(self) -> None:
        """Let the line go."""
        line, self._line = self._line, None
        if line is not None:
            line.close()

    def status(self) -> DeviceStatus:
        """Whether the line is there; costs one system call."""
        try:
            self._opened().check()
        except (DeviceFault, ConnectionError) as error:
            self.close()
            return DeviceStatus("down", (FaultCode.BARCODE_UNREACHABLE.value,), detail={"why": str(error)})
        return DeviceStatus("ok", model="serial code reader", detail={"baud": str(self._baud)})

    def self_test(self) -> DeviceStatus:
        """The same as status: a reader sees nothing by itself."""
        return self.status()

    def scan(self, by: Deadline) -> str:
        """The next code that is held before the reader from now on; what it read before is thrown away.

        Raises `barcode_reader.timeout` if none came, `barcode_reader.unreadable` for a line that is too long, not
        printable, or has no end, `barcode_reader.unreachable` if the line breaks.
        """
        try:
            return self._next(self._opened(), by)
        except ConnectionError as error:
            self.close()
            raise DeviceFault(FaultCode.BARCODE_UNREACHABLE, str(error)) from error
        except Unreadable as error:
            raise DeviceFault(FaultCode.BARCODE_UNREADABLE, str(error)) from error

    def _opened(self) -> SerialLine:
        if self._line is None:
            self.open()
        assert self._line is not None
        return self._line

    def _next(self, line: SerialLine, by: Deadline) -> str:
        lines = CodeLines()
        while early := line.read(_AT_ONCE):
            if by.passed:
                raise Unreadable("the reader never stops sending")
            if not ends_a_line(early):
                lines.skip_line()
            else:
                lines = CodeLines()
        while not by.passed:
            for found in lines.feed(line.read(by)):
                return code_of(found)
        if lines.begun:
            raise Unreadable(f"{lines.begun} bytes without an end: let the reader end codes with CR or LF")
        raise DeviceFault(FaultCode.BARCODE_TIMEOUT, "no code")


def from_uri(uri: str, tap: Tap = no_tap) -> SerialBarcodeReader:
    """The reader of `serial:/dev/…[?baud=9600]`."""
    parts = urlsplit(uri)
    return SerialBarcodeReader(parts.path, int(parse_qs(parts.query).get("baud", ["9600"])[0]), tap)
