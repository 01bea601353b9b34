"""Simulated devices before programs of others: what speaks a standard is understood by whoever reads it."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import cv2
import pytest

from hw_sim.camera import BOUNDARY, MjpegCamera
from hw_sim.fingers import FingerCache
from hw_sim.people import Person
from hw_sim.printer import Printer
from hw_sim.sbi_identity import make_identity
from hw_sim.sbi_service import SERIAL, SbiService
from hw_sim.world import World

PERSON = Person("Uji Coba", 9001)


def said(*line: str, ends_in: int = 0) -> bytes:
    done = subprocess.run(line, capture_output=True, timeout=60, check=False)
    assert done.returncode == ends_in, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def camera() -> Iterator[MjpegCamera]:
    camera = MjpegCamera(World(speed=0))
    camera.world.people["at_camera"] = PERSON
    camera.picture()
    camera.start()
    yield camera
    camera.stop()


def test_curl_fetches_whole_pictures_from_the_camera(camera: MjpegCamera) -> None:
    url = camera.uri.removeprefix("mjpeg+")
    stream = said("curl", "--silent", "--max-time", "1", url, ends_in=28)  # 28: it was still coming
    parts = stream.split(f"--{BOUNDARY}\r\n".encode())[1:-1]
    assert len(parts) >= 2
    for part in parts:
        head, _, body = part.partition(b"\r\n\r\n")
        assert b"Content-Type: image/jpeg" in head
        assert body.startswith(b"\xff\xd8") and body.endswith(b"\xff\xd9\r\n")


def test_ffmpeg_sees_the_cameras_pictures(camera: MjpegCamera) -> None:
    seen = cv2.VideoCapture(camera.uri.removeprefix("mjpeg+"), cv2.CAP_FFMPEG)
    try:
        assert seen.isOpened()
        for _ in range(3):
            good, picture = seen.read()
            assert good and picture.shape == (1280, 960, 3)
    finally:
        seen.release()


@pytest.mark.parametrize("kind", ["sheet", "card"])
def test_ipptool_understands_the_printer_itself(kind: str) -> None:
    printer = Printer(World(speed=0), kind)  # type: ignore[arg-type]
    printer.start()
    printer.open_cover()
    try:
        told = said("ipptool", "-tv", printer.uri, "get-printer-attributes.test").decode()
    finally:
        printer.stop()
    assert "[PASS]" in told and "cover-open" in told


@pytest.fixture
def service() -> Iterator[SbiService]:
    identity, _ = make_identity(SERIAL)
    cache = FingerCache(Path(__file__).parents[2] / "build" / "fingers")
    service = SbiService(World(speed=0), cache, identity, ports=(0,))
    service.world.people["at_scanner"] = PERSON
    service.start()
    yield service
    service.stop()


def test_curl_finds_the_scanner_and_reads_its_signed_description(service: SbiService) -> None:
    base = service.uri.replace("sbi://", "http://")
    (found,) = json.loads(said("curl", "-sf", "-X", "MOSIPDISC", "-d", '{"type":"Finger"}', f"{base}/device"))
    assert found["error"]["errorCode"] == "0"
    (told,) = json.loads(said("curl", "-sf", "-X", "MOSIPDINFO", f"{base}/info"))
    head, body, signature = told["deviceInfo"].split(".")
    padded = [part + "=" * (-len(part) % 4) for part in (head, body)]
    assert json.loads(base64.urlsafe_b64decode(padded[0]))["alg"] == "RS256"
    assert json.loads(base64.urlsafe_b64decode(padded[1]))["deviceStatus"] == "Ready"
    assert len(base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4))) == 256
