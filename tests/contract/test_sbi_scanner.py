"""The scanner driver against a device service on the wire."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from socket import create_server
from threading import Thread
from typing import Any

import pytest
from every_device import refusal
from every_fingerprint_scanner import FingerprintScannerContract, Looker

from appliance.clock import Deadline, utc_millis
from appliance.devices import FingerPosition as Finger
from appliance.drivers import sbi
from appliance.drivers.sbi import SbiScanner
from appliance.faults import DeviceFault, FaultCode
from hw_sim.fingers import FingerCache
from hw_sim.people import Person
from hw_sim.sbi_capture import NAMES
from hw_sim.sbi_identity import make_identity, signed_by_a_device
from hw_sim.sbi_service import SERIAL, SbiService
from hw_sim.world import World

CACHE = FingerCache(Path(__file__).parents[2] / "build" / "fingers")
IDENTITY, ROOT = make_identity(SERIAL)
THUMBS = (Finger.RIGHT_THUMB, Finger.LEFT_THUMB)
PERSON = Person("Uji Coba", 9001)
NO_LEFT_THUMB = Person("Uji Coba", 9001, missing_fingers=frozenset({"left_thumb"}))


@pytest.fixture
def service() -> Iterator[SbiService]:
    service = SbiService(World(speed=0), CACHE, IDENTITY, ports=(0,))
    service.foreign = make_identity(SERIAL)[0] if service.levers.tampering else None
    service.world.people["at_scanner"] = PERSON
    service.start()
    yield service
    service.levers.silent = False
    service.stop()


@pytest.fixture
def scanner(service: SbiService) -> Iterator[SbiScanner]:
    scanner = sbi.from_uri(service.uri, ROOT)
    scanner.open()
    yield scanner
    scanner.close()


def refused(scanner: SbiScanner, *fingers: Finger, seconds: float = 5) -> FaultCode:
    with pytest.raises(DeviceFault) as fault:
        scanner.capture(fingers, 40, Deadline.after(seconds))
    return fault.value.code


def test_two_thumbs_in_one_placement(service: SbiService, scanner: SbiScanner) -> None:
    images = scanner.capture(THUMBS, 40, Deadline.after(20))
    assert [image.position for image in images] == list(THUMBS)
    for image in images:
        assert image.image.startswith(b"\x89PNG") and (image.width, image.height) == (400, 480)
        assert image.device_serial == SERIAL and image.device_quality == 62
    assert images[0].image != images[1].image
    assert service.world.count("capture") == 1
    assert scanner.status().level == "ok" and scanner.status().model == "Contoh Slap-442"


def test_the_hash_chain_runs_through_captures_and_each_picture_is_new(scanner: SbiScanner) -> None:
    first = scanner.capture(THUMBS[:1], 40, Deadline.after(20))
    again = scanner.capture(THUMBS[:1], 40, Deadline.after(20))
    assert first[0].image != again[0].image


def test_raw_pictures_become_png(service: SbiService, scanner: SbiScanner) -> None:
    import io

    from PIL import Image

    service.levers.pictures = "raw"
    (image,) = scanner.capture(THUMBS[:1], 40, Deadline.after(20))
    assert Image.open(io.BytesIO(image.image)).tobytes() == Image.open(io.BytesIO(_thumb())).tobytes()


def _thumb() -> bytes:
    return CACHE.impression(PERSON.finger_seed("right_thumb"), 0)


@pytest.mark.parametrize("tampering", ["payload", "hash", "transaction", "device"])
def test_falsified_answers_are_refused(service: SbiService, scanner: SbiScanner, tampering: str) -> None:
    service.foreign = make_identity(SERIAL)[0] if tampering == "device" else None
    service.levers.tampering = tampering  # type: ignore[assignment]
    assert refused(scanner, Finger.RIGHT_THUMB) is FaultCode.SCANNER_UNTRUSTED
    service.levers.tampering = None
    assert scanner.capture(THUMBS[:1], 40, Deadline.after(20))


def test_an_old_answer_is_refused(service: SbiService, scanner: SbiScanner) -> None:
    scanner.capture(THUMBS[:1], 40, Deadline.after(20))
    service.levers.tampering = "old"
    assert refused(scanner, Finger.RIGHT_THUMB) is FaultCode.SCANNER_UNTRUSTED


def test_a_clock_far_off_is_refused(service: SbiService) -> None:
    scanner = sbi.from_uri(service.uri, ROOT, clock=lambda: utc_millis() + 6 * 60_000)
    assert refused(scanner, Finger.RIGHT_THUMB) is FaultCode.SCANNER_UNTRUSTED


@pytest.mark.parametrize("roots", [b"", make_identity()[1]], ids=["none", "another vendor"])
def test_an_unknown_vendor_is_refused(service: SbiService, roots: bytes) -> None:
    with pytest.raises(DeviceFault) as fault:
        sbi.from_uri(service.uri, roots).open()
    assert fault.value.code is FaultCode.SCANNER_UNTRUSTED


def test_a_device_that_was_certified_by_a_device_is_refused() -> None:
    """Its chain is whole and ends at the pinned root; but a device may not issue (RFC 5280 §4.2.1.9)."""
    service = SbiService(World(speed=0), CACHE, signed_by_a_device(IDENTITY, SERIAL), ports=(0,))
    service.start()
    try:
        assert refusal(sbi.from_uri(service.uri, ROOT).open) is FaultCode.SCANNER_UNTRUSTED
    finally:
        service.stop()


def test_an_expired_device_is_refused(service: SbiService) -> None:
    scanner = sbi.from_uri(service.uri, ROOT, clock=lambda: utc_millis() + 800 * 86_400_000)
    with pytest.raises(DeviceFault) as fault:
        scanner.open()
    assert fault.value.code is FaultCode.SCANNER_UNTRUSTED


def test_a_missing_finger(service: SbiService, scanner: SbiScanner) -> None:
    service.world.people["at_scanner"] = NO_LEFT_THUMB
    assert refused(scanner, *THUMBS) is FaultCode.SCANNER_WRONG_COUNT
    assert refused(scanner, Finger.LEFT_THUMB, seconds=1) is FaultCode.SCANNER_NO_FINGER
    assert len(scanner.capture(THUMBS[:1], 40, Deadline.after(20))) == 1


def test_a_finger_that_is_not_there_is_named_as_an_exception_of_its_slap(
    service: SbiService, scanner: SbiScanner
) -> None:
    """A slap scanner that is told of three fingers only waits for the fourth, or refuses the count."""
    service.world.people["at_scanner"] = Person("Uji Coba", 9001, missing_fingers=frozenset({"right_little"}))
    three = (Finger.RIGHT_INDEX, Finger.RIGHT_MIDDLE, Finger.RIGHT_RING)
    images = scanner.capture(three, 40, Deadline.after(30))
    assert [image.position for image in images] == list(three)
    asked = {"count": 3, "deviceSubId": 2, "bioSubType": [NAMES[finger.value] for finger in three]}
    for exceptions, code in (
        ([], "109"),
        (["Right LittleFinger", "Right RingFinger"], "109"),
        (["Right LittleFinger"], "0"),
    ):
        bio = {**asked, "exception": exceptions}
        answer: Any = service.capture({"transactionId": "exception-1", "timeout": 5000, "bio": [bio]})
        assert answer["biometrics"][0]["error"]["errorCode"] == code, exceptions


def test_nobody_at_the_scanner(service: SbiService, scanner: SbiScanner) -> None:
    del service.world.people["at_scanner"]
    assert refused(scanner, Finger.RIGHT_THUMB, seconds=1) is FaultCode.SCANNER_NO_FINGER


@pytest.mark.parametrize(
    ("lever", "code", "level"),
    [
        ("busy", FaultCode.SCANNER_BUSY, "limited"),
        ("not_ready", FaultCode.SCANNER_NOT_READY, "down"),
        ("unplugged", FaultCode.SCANNER_UNREACHABLE, "down"),
        ("service_down", FaultCode.SCANNER_UNREACHABLE, "down"),
    ],
)
def test_the_scanner_says_why_it_cannot(
    service: SbiService, scanner: SbiScanner, lever: str, code: FaultCode, level: str
) -> None:
    setattr(service.levers, lever, True)
    assert refused(scanner, Finger.RIGHT_THUMB) is code
    assert scanner.status().level == level and scanner.status().reasons == (code.value,)
    setattr(service.levers, lever, False)
    assert scanner.self_test().level == "ok"


def test_a_silent_scanner_ends_at_the_deadline(service: SbiService, scanner: SbiScanner) -> None:
    service.levers.silent = True
    assert refused(scanner, Finger.RIGHT_THUMB, seconds=0.4) is FaultCode.SCANNER_TIMEOUT


def test_another_finger_for_the_one_asked_is_taken_but_is_another(service: SbiService, scanner: SbiScanner) -> None:
    service.levers.swapped = {"right_thumb": "left_thumb"}
    (image,) = scanner.capture(THUMBS[:1], 40, Deadline.after(20))
    assert image.position is Finger.RIGHT_THUMB
    assert image.image == CACHE.impression(PERSON.finger_seed("left_thumb"), 0)


def test_fingers_of_two_hands_are_a_programming_error(scanner: SbiScanner) -> None:
    with pytest.raises(ValueError, match="one placement"):
        scanner.capture((Finger.RIGHT_INDEX, Finger.LEFT_INDEX), 40, Deadline.after(1))


@pytest.mark.parametrize("body", [b"", b"{", b"[1, 2]", b'{"biometrics": 7}', b"\xff\xfe", b"null"])
def test_a_service_that_talks_nonsense(body: bytes) -> None:
    class Wire(BaseHTTPRequestHandler):
        def do_MOSIPDISC(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_SBIDISC = do_MOSIPDISC

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Wire)
    Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        with pytest.raises(DeviceFault) as fault:
            SbiScanner("127.0.0.1", server.server_address[1], ROOT).open()
        assert fault.value.code in {FaultCode.SCANNER_UNTRUSTED, FaultCode.SCANNER_UNREACHABLE}
    finally:
        server.shutdown()
        server.server_close()


def test_a_service_of_the_newer_name_is_found(service: SbiService) -> None:
    """SBI 1.0 renamed the discovery verb; an HTTP server answers 501 to the verb it does not know."""
    answers = json.dumps(service.discover({"type": "Finger"})).encode()

    class Wire(BaseHTTPRequestHandler):
        def do_SBIDISC(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(answers)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Wire)
    Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        assert SbiScanner("127.0.0.1", server.server_address[1], ROOT).status().serial == SERIAL
    finally:
        server.shutdown()
        server.server_close()


class ServiceHands:
    """Hands at the simulated slap scanner."""

    def __init__(self, service: SbiService) -> None:
        self._service = service

    def unplug(self) -> None:
        self._service.levers.unplugged = True

    def plug(self) -> None:
        self._service.levers.unplugged = False

    def lay_finger(self, position: Finger) -> None:
        self._service.world.people["at_scanner"] = PERSON

    def lift_finger(self) -> None:
        self._service.world.people.pop("at_scanner", None)

    def silence(self) -> None:
        self._service.levers.silent = True

    def speak(self) -> None:
        self._service.levers.silent = False
        with self._service._on_glass:
            """The capture that nobody waits for any more has ended."""


@pytest.fixture
def device(scanner: SbiScanner) -> SbiScanner:
    for take in range(2):
        CACHE.impression(PERSON.finger_seed("right_thumb"), take)
    return scanner


@pytest.fixture
def hands(service: SbiService) -> ServiceHands:
    return ServiceHands(service)


class TestEverySbiScanner(FingerprintScannerContract):
    finger = Finger.RIGHT_THUMB
    too_many = tuple(Finger)[:5]
    schemes = ("sbi",)
    has_stream = True


DIALECTS = ["hash_of_text", "listed_names", "number_scores", "padded", "no_error", "null_error", "no_zone", "fir"]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_dialect_of_the_field_is_understood(service: SbiService, scanner: SbiScanner, dialect: str) -> None:
    service.levers.dialect = dialect  # type: ignore[assignment]
    for _ in range(2):
        (image,) = scanner.capture(THUMBS[:1], 40, Deadline.after(20))
        assert image.device_quality == 62


@pytest.mark.parametrize(
    ("code", "fault"),
    [(str(code), FaultCode.SCANNER_NOT_READY) for code in (100, 103, 104, 107, 108, 110, 112)]
    + [(code, FaultCode.SCANNER_NO_FINGER) for code in ("101", "102", "105")]
    + [("106", FaultCode.SCANNER_UNREACHABLE), ("109", FaultCode.SCANNER_WRONG_COUNT)]
    + [("111", FaultCode.SCANNER_BUSY)],
)
def test_every_error_of_the_interface_has_a_fault(
    service: SbiService, scanner: SbiScanner, code: str, fault: FaultCode
) -> None:
    service.levers.error = code
    assert refused(scanner, Finger.RIGHT_THUMB) is fault


@pytest.mark.parametrize("uri", ["sbi://127.0.0.1", "sbi:discover"])
def test_it_is_found_behind_a_silent_stranger(uri: str) -> None:
    with create_server(("127.0.0.1", 4501)):
        service = SbiService(World(speed=0), CACHE, IDENTITY)
        service.start()
        try:
            scanner = sbi.from_uri(uri, ROOT)
            began = time.monotonic()
            scanner.open()
            assert time.monotonic() - began < 2.5
            assert service.port > 4501 and scanner.status().detail["port"] == str(service.port)
            scanner.close()
        finally:
            service.stop()


def test_no_service_on_any_port_is_known_in_time() -> None:
    began = time.monotonic()
    assert refusal(sbi.from_uri("sbi:discover", ROOT).open) is FaultCode.SCANNER_UNREACHABLE
    assert time.monotonic() - began < 2
    assert sbi.from_uri("sbi:discover", ROOT).status().level == "down"


@pytest.mark.parametrize("ends", [False, True], ids=["silent", "broken off"])
def test_a_stream_that_stops_for_a_capture_goes_on_after_it_at_the_same_surface(
    service: SbiService, scanner: SbiScanner, ends: bool
) -> None:
    """Longer than a stream may be silent otherwise; its thumbs are then seen, no hand any more."""
    service.levers.ends_stream = ends
    with Looker(scanner) as looker:
        looker.see(1)
        assert service.world.history("stream")[-1].facts == {"surface": 1}
        del service.world.people["at_scanner"]
        assert refused(scanner, Finger.RIGHT_THUMB, seconds=3) is FaultCode.SCANNER_NO_FINGER
        during = [at for at, _ in looker.pictures]
        looker.see(2)
        assert service.world.history("stream")[-1].facts == {"surface": 3}
    assert not looker.trouble
    assert looker.pictures[len(during)][0] - looker.pictures[len(during) - 1][0] > 1.5, "nothing during the capture"


def test_a_service_without_a_stream_is_no_trouble_for_a_capture(scanner: SbiScanner, service: SbiService) -> None:
    """It knows no STREAM: an HTTP server answers 501 to the verb that it does not know."""
    wire = service._server.RequestHandlerClass
    stream = wire.do_STREAM  # type: ignore[attr-defined]
    del wire.do_STREAM  # type: ignore[attr-defined]
    try:
        assert refusal(next, scanner.preview()) is FaultCode.SCANNER_UNREACHABLE
        assert len(scanner.capture(THUMBS[:1], 40, Deadline.after(20))) == 1
    finally:
        wire.do_STREAM = stream  # type: ignore[attr-defined]


def test_the_preview_of_an_unplugged_scanner_ends_in_a_fault(service: SbiService, scanner: SbiScanner) -> None:
    pictures = scanner.preview()
    assert next(iter(pictures)).startswith(b"\xff\xd8")
    service.levers.unplugged = True
    assert refusal(list, pictures) is FaultCode.SCANNER_UNREACHABLE
