"""A MOSIP Secure Biometric Interface device service: a slap scanner of an invented vendor on the loopback.

Own HTTP verbs on the first free port from 4501 (SBI 1.0 / MDS 0.9.5): MOSIPDISC or SBIDISC `/device`,
MOSIPDINFO `/info`, RCAPTURE `/capture`, STREAM `/stream`.
"""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from hw_sim.fingers import FingerCache
from hw_sim.sbi_capture import NAMES, Captured, ScannerLevers, Surface, subtype_of
from hw_sim.sbi_glass import Preview
from hw_sim.sbi_identity import DeviceIdentity, make_identity
from hw_sim.sbi_wire import listen
from hw_sim.world import World

SPEC = "0.9.5"
SERIAL = "SIAGA-FP-0001"
CAPTURE_SECONDS = 1.5
PREVIEWS_PER_SECOND = 3
"""The fewest that the interface allows."""
ERRORS = {
    "101": "Unable to detect a biometric object",
    "106": "Device not found",
    "109": "Requested number of fingers not supported",
    "110": "Device is not ready",
    "111": "Device is busy",
    "112": "Invalid transaction id",
}


def _error(code: str) -> dict[str, str]:
    return {"errorCode": code, "errorInfo": ERRORS.get(code, "Success")}


def _b64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class SbiService:
    """The service. `identity` is what signs; without one a new vendor is invented, its root is `root_pem`."""

    def __init__(
        self,
        world: World,
        cache: FingerCache,
        identity: DeviceIdentity | None = None,
        ports: Iterable[int] = range(4501, 4601),
    ) -> None:
        self.world = world
        self.levers = ScannerLevers()
        self.root_pem = b""
        if identity is None:
            identity, self.root_pem = make_identity(SERIAL)
        self.identity = identity
        self.foreign: DeviceIdentity | None = None
        self._surface = Surface(world, cache, self.levers)
        self._preview = Preview(world, cache, self.levers)
        self._server = listen(ports, self)
        self._on_glass = threading.Lock()
        self._last_answer: dict[str, object] | None = None

    @property
    def port(self) -> int:
        """The port the service found."""
        return int(self._server.server_address[1])

    @property
    def uri(self) -> str:
        """What stands in the appliance's configuration."""
        return f"sbi://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Serve in a thread of its own."""
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True, name="sbi").start()

    def stop(self) -> None:
        """Stop serving and free the port."""
        self._server.shutdown()
        self._server.server_close()

    def _digital_id(self) -> dict[str, object]:
        return {
            "serialNo": SERIAL,
            "make": "Contoh",
            "model": "Slap-442",
            "type": "Finger",
            "deviceSubType": "Slap",
            "deviceProvider": "Contoh Biometrik",
            "deviceProviderId": "CONTOH",
            "dateTime": _now(),
        }

    def _status(self) -> str:
        if self.levers.not_ready:
            return "Not Ready"
        return "Busy" if self.levers.busy or self._on_glass.locked() else "Ready"

    def _facts(self) -> dict[str, object]:
        return {
            "deviceId": SERIAL,
            "deviceStatus": self._status(),
            "certification": "L0",
            "serviceVersion": "1.0.0",
            "deviceSubId": ["1", "2", "3"],
            "callbackId": f"http://127.0.0.1:{self.port}/",
            "deviceCode": SERIAL,
            "specVersion": [SPEC],
            "purpose": "Registration",
        }

    def discover(self, request: Mapping[str, Any]) -> list[dict[str, object]]:
        """The devices of the type asked for."""
        if self.levers.unplugged or request.get("type") not in {"Finger", "Biometric Device"}:
            return []
        identity = _b64url(json.dumps(self._digital_id()).encode())
        return [{**self._facts(), "digitalId": identity, "error": _error("0")}]

    def info(self) -> list[dict[str, object]]:
        """The signed description of the device."""
        if self.levers.unplugged:
            return [{"deviceInfo": "", "error": _error("106")}]
        identity = self.identity.sign(self._digital_id())
        facts = {**self._facts(), "digitalId": identity, "env": "Developer", "firmware": "4.4.2"}
        return [{"deviceInfo": self.identity.sign(facts), "error": _error("0")}]

    def capture(self, request: Mapping[str, Any]) -> dict[str, object]:
        """Capture for registration; blocks as long as the finger takes, at most the timeout asked for."""
        transaction = str(request.get("transactionId", ""))
        bio = (request.get("bio") or [{}])[0]
        wanted = [position for position, name in NAMES.items() if name in bio.get("bioSubType", ())]
        if self.levers.tampering == "old" and self._last_answer is not None:
            return self._last_answer
        code = self._refusal(transaction, bio, wanted)
        code = self.levers.error or code
        if code is None and not self._on_glass.acquire(blocking=False):
            code = "111"
        if code is not None:
            return {"biometrics": [{"specVersion": SPEC, "data": "", "hash": "", "error": _error(code)}]}
        try:
            found = self._placed(wanted, float(request.get("timeout", 10_000)) / 1000)
        finally:
            self._on_glass.release()
        if self.levers.unplugged:
            return {"biometrics": [{"specVersion": SPEC, "data": "", "hash": "", "error": _error("106")}]}
        shown = tuple(name for one in found for name in (one.position, *one.others))
        self.world.happened("capture", positions=shown, count_wanted=len(wanted))
        if not found:
            code = "106" if self.levers.unplugged else "101"
            return {"biometrics": [{"specVersion": SPEC, "data": "", "hash": "", "error": _error(code)}]}
        answer: dict[str, object] = {"biometrics": self._signed(found, request, bio)}
        self._last_answer = answer
        return answer

    def _refusal(self, transaction: str, bio: Mapping[str, Any], wanted: list[str]) -> str | None:
        if self.levers.unplugged:
            return "106"
        if self.levers.not_ready:
            return "110"
        if self.levers.busy:
            return "111"
        if not 4 <= len(transaction) <= 50 or not all(one.isalnum() or one == "-" for one in transaction):
            return "112"
        surfaces = {subtype_of(position) for position in wanted}
        if not wanted or int(bio.get("count", 0)) != len(wanted) or surfaces != {int(bio.get("deviceSubId", 0))}:
            return "109"
        excepted = [position for position, name in NAMES.items() if name in bio.get("exception", ())]
        whole = [position for position in NAMES if subtype_of(position) in surfaces]
        # Of a slap each finger must be asked for or named as missing; one finger alone is no slap.
        if set(wanted) & set(excepted) or (len(wanted) > 1 and {*wanted, *excepted} != set(whole)):
            return "109"
        return None

    def _placed(self, wanted: list[str], seconds: float) -> list[Captured]:
        """Wait for somebody's fingers, then for the time the picture takes."""
        until = time.monotonic() + seconds
        while True:
            found = [] if self.levers.silent else self._surface.fingers(wanted)
            if found or self.levers.unplugged or (time.monotonic() >= until and not self.levers.silent):
                break
            time.sleep(0.05)
        if found:
            self.world.takes(CAPTURE_SECONDS)
        return found

    def _signed(self, found: list[Captured], request: Mapping[str, Any], bio: Mapping[str, Any]) -> list[object]:
        previous = str(bio.get("previousHash") or hashlib.sha256(b"").hexdigest().upper())
        tampering = self.levers.tampering
        signer = self.foreign or make_identity()[0] if tampering == "device" else self.identity
        blocks: list[object] = []
        for one in found:
            digest = hashlib.sha256(one.record).digest()
            chained = hashlib.sha256(bytes.fromhex(previous) + digest).hexdigest().upper()
            dialect = self.levers.dialect
            if dialect == "hash_of_text":
                chained = hashlib.sha256((previous + digest.hex().upper()).encode()).hexdigest().upper()
            value = _b64url(one.record)
            token = signer.sign(
                {
                    "digitalId": signer.sign(self._digital_id()),
                    "deviceCode": SERIAL,
                    "deviceServiceVersion": "1.0.0",
                    "bioType": "FIR" if dialect == "fir" else "Finger",
                    "bioSubType": _names(one, listed=dialect in {"listed_names", "slap"}),
                    "purpose": request.get("purpose"),
                    "env": request.get("env"),
                    "bioValue": value + "=" * (-len(value) % 4) if dialect == "padded" else value,
                    "transactionId": "forged-transaction" if tampering == "transaction" else request["transactionId"],
                    "timestamp": _now().removesuffix("Z") if dialect == "no_zone" else _now(),
                    "requestedScore": str(bio.get("requestedScore", "40")),
                    "qualityScore": float(one.quality) if dialect == "number_scores" else str(one.quality),
                }
            )
            if tampering == "payload":
                head, body, tail = token.split(".")
                token = f"{head}.{_forged(body)}.{tail}"
            if tampering == "hash":
                chained = hashlib.sha256(digest).hexdigest().upper()
            block: dict[str, object] = {"specVersion": SPEC, "data": token, "hash": chained, "error": _error("0")}
            if dialect == "no_error":
                del block["error"]
            elif dialect == "null_error":
                block["error"] = None
            blocks.append(block)
            previous = chained
        return blocks

    def preview(self, surface: int, seconds: float) -> Iterable[bytes]:
        """Small pictures of what lies on the glass; none while fingers are captured ("Registration Capture")."""
        until = time.monotonic() + seconds
        self.world.happened("stream", surface=surface)
        while time.monotonic() < until and not self.levers.unplugged:
            if self._on_glass.locked() and self.levers.ends_stream:
                break
            if not self._on_glass.locked():
                yield self._preview.picture(surface)
            time.sleep(1 / PREVIEWS_PER_SECOND)


def _names(one: Captured, listed: bool) -> str | list[str]:
    return [NAMES[name] for name in (one.position, *one.others)] if listed else NAMES[one.position]


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _forged(body: str) -> str:
    payload = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return _b64url(json.dumps({**payload, "qualityScore": "99"}).encode())
