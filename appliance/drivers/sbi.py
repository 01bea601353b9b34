"""Fingerprint scanner behind a MOSIP Secure Biometric Interface device service (MDS 0.9.5, SBI 1.0)."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from appliance.clock import Clock, Deadline, to_datetime, utc_millis
from appliance.devices import DeviceStatus, FingerImage, FingerPosition
from appliance.drivers import fir
from appliance.drivers.sbi_messages import (
    EMPTY_HASH,
    ERRORS,
    DeviceFacts,
    capture_request,
    chained,
    decoded,
    error_of,
    facts_of,
    listed,
    surface_of,
    unsigned,
)
from appliance.drivers.sbi_picture import finger_image
from appliance.drivers.sbi_preview import GlassStream
from appliance.drivers.sbi_trust import DeviceTrust, Untrusted, moment
from appliance.drivers.transport_http import call, listening
from appliance.drivers.wire_log import ALL, NOTHING, Tap, no_tap
from appliance.faults import DeviceFault, FaultCode

FIRST_PORT, LAST_PORT = 4501, 4600
ASK_SECONDS = 5.0
FIND_SECONDS = 2.0
MOST_FINGERS = 4
CLOCK_WINDOW = timedelta(minutes=5)
"""How far the service's time stamps may be from our clock."""


class SbiScanner:
    """A FingerprintScanner; without pinned vendor roots nothing it delivers is believed.

    `port` None looks for the service on 4501 to 4600, as the specification lets it choose.
    """

    def __init__(
        self, host: str, port: int | None, roots_pem: bytes, clock: Clock = utc_millis, tap: Tap = no_tap
    ) -> None:
        self._tap = tap
        self._host = host
        self._port = port
        self._trust = DeviceTrust(roots_pem, clock)
        self._clock = clock
        self._device: DeviceFacts | None = None
        self._at: int | None = None
        self._last_hash = EMPTY_HASH
        self._surface = 1
        self._glass: GlassStream | None = None
        self._capturing = False

    def open(self) -> None:
        """Find the service and its finger scanner and verify the scanner's signed description."""
        ports = [self._port] if self._port else self._candidates()
        by = Deadline.after(ASK_SECONDS if self._port else FIND_SECONDS)
        trouble = DeviceFault(FaultCode.SCANNER_UNREACHABLE, "no finger scanner answers")
        for at, port in enumerate(ports):
            try:
                # Strangers also listen on these ports, and one that is silent must not use up the time of the others.
                found = self._discover(port, Deadline.after(by.remaining() / (len(ports) - at)))
            except ConnectionError:
                continue
            except DeviceFault as fault:
                trouble = fault
                continue
            if found:
                self._device = self._info(port, Deadline.after(ASK_SECONDS))
                self._at = port
                return
        raise trouble

    def close(self) -> None:
        """Forget the device; the service keeps no session."""
        self._device, self._at, self._last_hash = None, None, EMPTY_HASH
        glass, self._glass = self._glass, None
        if glass is not None:
            glass.close()

    def status(self) -> DeviceStatus:
        """What discovery says now."""
        try:
            if self._at is None and self._port is None:
                self.open()
            port = self._at or self._port
            assert port is not None
            found = self._discover(port, Deadline.after(2))
        except (ConnectionError, DeviceFault) as error:
            return DeviceStatus("down", (FaultCode.SCANNER_UNREACHABLE.value,), detail={"why": type(error).__name__})
        if not found:
            return DeviceStatus("down", (FaultCode.SCANNER_UNREACHABLE.value,), detail={"why": "no scanner"})
        device = facts_of(found, unsigned(found.get("digitalId")))
        state = device.status.strip().lower()
        detail = {"status": device.status, "port": str(port)}
        if state == "ready":
            return DeviceStatus("ok", (), device.model, device.serial, detail)
        busy = state in {"busy", "running"}
        reason = FaultCode.SCANNER_BUSY if busy else FaultCode.SCANNER_NOT_READY
        return DeviceStatus("limited" if busy else "down", (reason.value,), device.model, device.serial, detail)

    def self_test(self) -> DeviceStatus:
        """Fetch and verify the signed description again."""
        try:
            self.open()
        except DeviceFault as fault:
            return DeviceStatus("down", (fault.code.value,), detail={"why": fault.detail})
        return self.status()

    def capture(self, positions: Sequence[FingerPosition], min_quality: int, by: Deadline) -> tuple[FingerImage, ...]:
        """Capture these fingers of one slap, verified to the pinned vendor; raises `fingerprint_scanner.*`.

        ValueError if the fingers do not belong to one placement.
        """
        if len(positions) > MOST_FINGERS:
            raise DeviceFault(FaultCode.SCANNER_WRONG_COUNT, f"{len(positions)} fingers in one placement")
        self._surface = surface_of(positions)
        if (glass := self._glass) is not None:
            glass.turn_to(self._surface)
        if self._device is None or self._at is None:
            self.open()
        device, port = self._device, self._at
        assert device is not None and port is not None
        transaction = uuid.uuid4().hex
        timeout = max(500, int(by.remaining() * 1000) - 300)
        at = to_datetime(self._clock()).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        request = capture_request(device, positions, min_quality, transaction, at, timeout, self._last_hash)
        self._capturing = True
        try:
            answer = self._ask(port, "RCAPTURE", "/capture", request, by, FaultCode.SCANNER_TIMEOUT)
        finally:
            self._capturing = False
        blocks = listed(answer.get("biometrics") if isinstance(answer, dict) else None)
        for block in blocks:
            _raise(error_of(block))
        try:
            images = self._verified(blocks, transaction)
        except (Untrusted, fir.BadRecord) as error:
            self._last_hash = EMPTY_HASH
            raise DeviceFault(FaultCode.SCANNER_UNTRUSTED, str(error)) from error
        if not images:
            raise DeviceFault(FaultCode.SCANNER_NO_FINGER, "nothing captured")
        shown = [one for image in images for one in image.slap or (image.position,)]
        if sorted(shown) != sorted(positions):
            raise DeviceFault(FaultCode.SCANNER_WRONG_COUNT, f"{len(shown)} of {len(positions)} fingers")
        if any(image.slap for image in images):
            return tuple(images)
        by_position = {image.position: image for image in images}
        return tuple(by_position[position] for position in positions)

    def preview(self) -> Iterator[bytes]:
        """Live pictures of the surface used last, until closed; none while a capture is under way."""
        if self._device is None or self._at is None:
            self.open()
        assert self._device is not None and self._at is not None
        if self._glass is not None:
            self._glass.close()
        self._glass = GlassStream(
            self._host, self._at, self._device.device_id, self._surface, self._tap, lambda: self._capturing
        )
        return self._glass.pictures()

    def _candidates(self) -> list[int]:
        return [port for port in range(FIRST_PORT, LAST_PORT + 1) if listening(self._host, port)]

    def _verified(self, blocks: Sequence[Mapping[str, Any]], transaction: str) -> list[FingerImage]:
        images = []
        previous = self._last_hash
        for block in blocks:
            payload = self._trust.payload(block.get("data"))
            self._check_context(payload, transaction)
            try:
                record = decoded(payload.get("bioValue"))
            except ValueError as error:
                raise Untrusted("record is not base64url") from error
            digest = str(block.get("hash", "")).upper()
            if digest not in chained(previous, record):
                raise Untrusted("hash chain broken")
            previous = digest
            images.append(finger_image(payload, fir.read(record), self._device.serial if self._device else ""))
        self._last_hash = previous
        return images

    def _check_context(self, payload: Mapping[str, Any], transaction: str) -> None:
        if payload.get("transactionId") != transaction:
            raise Untrusted("answer to another transaction")
        if abs(moment(payload.get("timestamp")) - to_datetime(self._clock())) > CLOCK_WINDOW:
            raise Untrusted("time stamp outside the window")
        if str(payload.get("bioType", "")).lower() not in {"finger", "fir"}:
            raise Untrusted("not a finger")
        serial = self._trust.payload(payload.get("digitalId")).get("serialNo")
        if self._device is not None and serial != self._device.serial:
            raise Untrusted("answer of another scanner")

    def _discover(self, port: int, by: Deadline) -> dict[str, Any] | None:
        """The first finger scanner of the service; services of SBI 1.0 know the verb by its newer name."""
        for verb in ("MOSIPDISC", "SBIDISC"):
            try:
                answer = call(self._host, port, verb, "/device", {"type": "Finger"}, by, self._tap, NOTHING)
            except TimeoutError as error:
                raise DeviceFault(FaultCode.SCANNER_TIMEOUT, "discovery") from error
            except ConnectionError as error:
                if "HTTP" in str(error) and verb == "MOSIPDISC":
                    continue
                raise
            except ValueError as error:
                raise DeviceFault(FaultCode.SCANNER_UNTRUSTED, "discovery is not JSON") from error
            for entry in listed(answer):
                identity = unsigned(entry.get("digitalId"))
                if error_of(entry) is None and str(identity.get("type", "Finger")).lower() == "finger":
                    return entry
        return None

    def _info(self, port: int, by: Deadline) -> DeviceFacts:
        for entry in listed(self._ask(port, "MOSIPDINFO", "/info", {}, by, FaultCode.SCANNER_TIMEOUT)):
            _raise(error_of(entry))
            try:
                described = self._trust.payload(entry.get("deviceInfo"))
                identity = self._trust.payload(described.get("digitalId"))
            except Untrusted as error:
                raise DeviceFault(FaultCode.SCANNER_UNTRUSTED, str(error)) from error
            if str(identity.get("type", "")).lower() == "finger":
                return facts_of(described, identity)
        raise DeviceFault(FaultCode.SCANNER_UNREACHABLE, "service has no finger scanner")

    def _ask(self, port: int, verb: str, path: str, message: object, by: Deadline, late: FaultCode) -> object:
        try:
            hidden = ALL if path == "/capture" else NOTHING
            return call(self._host, port, verb, path, message, by, self._tap, hidden)
        except TimeoutError as error:
            raise DeviceFault(late, verb) from error
        except ConnectionError as error:
            raise DeviceFault(FaultCode.SCANNER_UNREACHABLE, str(error)) from error
        except ValueError as error:
            raise DeviceFault(FaultCode.SCANNER_UNTRUSTED, "answer is not JSON") from error


def _raise(code: str | None) -> None:
    if code is not None:
        raise DeviceFault(ERRORS.get(code, FaultCode.SCANNER_NOT_READY), f"error {code}")


def from_uri(uri: str, roots_pem: bytes = b"", clock: Clock = utc_millis, tap: Tap = no_tap) -> SbiScanner:
    """The scanner of `sbi://host[:port][?trust=file.pem]`; a PEM file named in the URI goes before `roots_pem`."""
    parts = urlsplit(uri)
    named = parse_qs(parts.query).get("trust")
    roots = Path(named[0]).read_bytes() if named else roots_pem
    return SbiScanner(parts.hostname or "127.0.0.1", parts.port, roots, clock, tap)
