"""A MOSIP device service's capture against a bare HTTP client: the same question, whose answer nobody checks."""

from __future__ import annotations

import base64
import http.client
import json
from collections.abc import Iterator
from pathlib import Path

from needs import signed_record
from rows import Row, WireBytes, in_turn, seconds

from appliance.clock import Deadline
from appliance.devices import FingerPosition
from appliance.drivers.sbi import SbiScanner, from_uri
from appliance.drivers.wire_log import Tap, no_tap
from hw_sim.fingers import FingerCache
from hw_sim.people import Person
from hw_sim.sbi_identity import make_identity
from hw_sim.sbi_service import SERIAL, SbiService
from hw_sim.world import World

FINGERS = Path(__file__).parents[2] / "build" / "fingers"
ROUNDS = 5
THUMBS = (FingerPosition.RIGHT_THUMB, FingerPosition.LEFT_THUMB)


class _Heard(WireBytes):
    """The last question of a capture and its answer, as they were sent."""

    def __init__(self) -> None:
        super().__init__()
        self.question = self.answer = b""

    def __call__(self, direction: str, data: bytes, hidden: slice = slice(None)) -> None:
        super().__call__(direction, data)
        if direction == "in":
            self.answer = data
        elif data.startswith(b"{"):
            self.question = data


def rows() -> Iterator[Row]:
    """Two thumbs in one placement: 1.5 s of the device, then signatures, hash chain and records looked at."""
    identity, root = make_identity(SERIAL)
    service = SbiService(World(speed=1.0), FingerCache(FINGERS), identity, ports=(0,))
    service.world.people["at_scanner"] = Person("Uji Coba", 9001)
    service.start()
    try:
        heard = _Heard()
        _ours(service, root, heard)
        ours, floor = in_turn(lambda: _ours(service, root), lambda: _bare(service, heard.question), ROUNDS)
        scanner = _opened(service, root, heard)
        sent = heard.of(lambda: scanner.capture(THUMBS, 40, Deadline.after(20)))
        scanner.close()
    finally:
        service.stop()
    yield Row("device service: two thumbs captured and proven", ours * 1000, floor * 1000, "ms")
    needed = sum(signed_record(len(one)) for one in _records(heard.answer))
    yield Row("device service: bytes against two records in their JWS", sent, needed, "B")


def _opened(service: SbiService, root: bytes, tap: Tap) -> SbiScanner:
    scanner = from_uri(service.uri, root, tap=tap)
    scanner.open()
    return scanner


def _ours(service: SbiService, root: bytes, tap: Tap = no_tap) -> float:
    scanner = _opened(service, root, tap)
    try:
        return seconds(lambda: scanner.capture(THUMBS, 40, Deadline.after(20)))
    finally:
        scanner.close()


def _bare(service: SbiService, question: bytes) -> float:
    def ask() -> None:
        link = http.client.HTTPConnection("127.0.0.1", service.port, timeout=20)
        link.request("RCAPTURE", "/capture", question, {"Content-Type": "application/json"})
        assert len(_records(link.getresponse().read())) == len(THUMBS)
        link.close()

    return seconds(ask)


def _records(answer: bytes) -> list[bytes]:
    payloads = [json.loads(_decoded(block["data"].split(".")[1])) for block in json.loads(answer)["biometrics"]]
    return [_decoded(payload["bioValue"]) for payload in payloads]


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
