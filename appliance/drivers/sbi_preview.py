"""The live pictures of a Secure Biometric Interface service: STREAM, answered by JPEG parts (MDS 0.9.5, SBI 1.0)."""

from __future__ import annotations

from collections.abc import Iterator

from appliance.clock import Deadline
from appliance.drivers.mjpeg import BrokenFrame, PartReader, boundary_of
from appliance.drivers.transport_http import HttpStream, open_stream
from appliance.drivers.wire_log import Tap, no_tap
from appliance.faults import DeviceFault, FaultCode

STREAM_MS = 60_000
PICTURE_SECONDS = 2.0
"""The interface promises three pictures a second; none for so long is a silent scanner."""


class GlassStream:
    """One scanner's live pictures; `close` from another thread ends them."""

    def __init__(self, host: str, port: int, device_id: str, surface: int, tap: Tap = no_tap) -> None:
        self._host, self._port, self._tap = host, port, tap
        self._message = {"deviceId": device_id, "deviceSubId": str(surface), "timeout": STREAM_MS}
        self._stream: HttpStream | None = None
        self._closed = False

    def close(self) -> None:
        """Hang up; `pictures` ends."""
        self._closed = True
        if self._stream is not None:
            self._stream.close()

    def pictures(self) -> Iterator[bytes]:
        """Complete JPEG pictures until closed; a stream that ran out is asked for again.

        Raises `fingerprint_scanner.unreachable`, `.timeout` (silent), `.broken_picture` (no picture stream).
        """
        while not self._closed:
            shown = 0
            try:
                self._stream = self._opened()
                reader = PartReader(boundary_of(self._stream.content_type))
                while not self._closed:
                    for part in reader.feed(self._stream.read(Deadline.after(PICTURE_SECONDS), reader.missing)):
                        if part.startswith(b"\xff\xd8") and part.rstrip(b"\r\n\0").endswith(b"\xff\xd9"):
                            shown += 1
                            yield part
            except BrokenFrame as error:
                raise DeviceFault(FaultCode.SCANNER_BROKEN_PICTURE, str(error)) from error
            except TimeoutError as error:
                if not self._closed:
                    raise DeviceFault(FaultCode.SCANNER_TIMEOUT, "no live picture") from error
            except ConnectionError as error:
                if not self._closed and not shown:
                    raise DeviceFault(FaultCode.SCANNER_UNREACHABLE, str(error)) from error
            finally:
                if self._stream is not None:
                    self._stream.close()

    def _opened(self) -> HttpStream:
        by = Deadline.after(PICTURE_SECONDS)
        return open_stream(self._host, self._port, "/stream", by, "STREAM", self._message, self._tap)
