"""The live pictures of a Secure Biometric Interface service: STREAM, answered by JPEG parts (MDS 0.9.5, SBI 1.0)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

from appliance.clock import Deadline
from appliance.drivers.mjpeg import BrokenFrame, PartReader, boundary_of
from appliance.drivers.transport_http import HttpStream, open_stream
from appliance.drivers.wire_log import Tap, no_tap
from appliance.faults import DeviceFault, FaultCode

STREAM_MS = 60_000
PICTURE_SECONDS = 2.0
"""The interface promises three pictures a second; none for so long is a silent scanner."""
BEAT_SECONDS = 1.0
"""Who looks hears at least so often, though there be nothing new to see."""


class GlassStream:
    """One scanner's live pictures; `close` from another thread ends them.

    `capturing` says whether the scanner takes fingers now: it then adds no pictures to the stream ("Registration
    Capture"), or may break it off, and neither is a fault.
    """

    def __init__(
        self,
        host: str,
        port: int,
        device_id: str,
        surface: int,
        tap: Tap = no_tap,
        capturing: Callable[[], bool] = lambda: False,
    ) -> None:
        self._host, self._port, self._tap = host, port, tap
        self._device_id, self._surface = device_id, surface
        self._capturing = capturing
        self._stream: HttpStream | None = None
        self._closed = threading.Event()

    def close(self) -> None:
        """Hang up; `pictures` ends."""
        self._closed.set()
        self._hang_up()

    def turn_to(self, surface: int) -> None:
        """Look at another surface of the scanner from now on."""
        if surface != self._surface:
            self._surface = surface
            self._hang_up()

    def _hang_up(self) -> None:
        stream = self._stream
        if stream is not None:
            stream.close()

    def pictures(self) -> Iterator[bytes]:
        """Complete JPEG pictures until closed; a stream that ran out is asked for again; b"" after a second of a
        capture.

        Raises `fingerprint_scanner.unreachable`, `.timeout` (silent), `.broken_picture` (no picture stream).
        """
        patience = Deadline.after(PICTURE_SECONDS)
        while not self._closed.is_set():
            surface, shown = self._surface, False
            try:
                stream = self._stream = self._opened()
                reader = PartReader(boundary_of(stream.content_type))
                while not self._closed.is_set() and self._surface == surface:
                    try:
                        piece = stream.read(Deadline.after(min(BEAT_SECONDS, patience.remaining())), reader.missing)
                    except TimeoutError:
                        if self._capturing():
                            patience = Deadline.after(PICTURE_SECONDS)
                            yield b""
                        elif patience.passed:
                            raise
                        continue
                    for part in reader.feed(piece):
                        if part.startswith(b"\xff\xd8") and part.rstrip(b"\r\n\0").endswith(b"\xff\xd9"):
                            shown, patience = True, Deadline.after(PICTURE_SECONDS)
                            yield part
            except BrokenFrame as error:
                raise DeviceFault(FaultCode.SCANNER_BROKEN_PICTURE, str(error)) from error
            except (TimeoutError, ConnectionError) as error:
                if self._closed.is_set():
                    return
                if self._capturing():
                    patience = Deadline.after(PICTURE_SECONDS)
                    yield b""
                    self._closed.wait(BEAT_SECONDS)
                elif isinstance(error, TimeoutError):
                    raise DeviceFault(FaultCode.SCANNER_TIMEOUT, "no live picture") from error
                elif not shown and self._surface == surface:
                    raise DeviceFault(FaultCode.SCANNER_UNREACHABLE, str(error)) from error
            finally:
                self._hang_up()

    def _opened(self) -> HttpStream:
        by = Deadline.after(PICTURE_SECONDS)
        message = {"deviceId": self._device_id, "deviceSubId": str(self._surface), "timeout": STREAM_MS}
        return open_stream(self._host, self._port, "/stream", by, "STREAM", message, self._tap)
