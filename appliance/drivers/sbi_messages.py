"""The messages of the MOSIP Secure Biometric Interface (MDS 0.9.5, SBI 1.0) as values; all its dialects, no I/O."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from appliance.devices import FingerPosition
from appliance.faults import FaultCode

NAMES: dict[FingerPosition, str] = {
    FingerPosition(f"{hand}_{finger}"): f"{hand.title()} {finger.title() + ('' if finger == 'thumb' else 'Finger')}"
    for hand in ("right", "left")
    for finger in ("thumb", "index", "middle", "ring", "little")
}
"""Finger names of the interface: "Left IndexFinger" … "Right Thumb"."""

EMPTY_HASH = hashlib.sha256(b"").hexdigest().upper()

ERRORS = {
    "101": FaultCode.SCANNER_NO_FINGER,
    "102": FaultCode.SCANNER_NO_FINGER,
    "105": FaultCode.SCANNER_NO_FINGER,
    "106": FaultCode.SCANNER_UNREACHABLE,
    "109": FaultCode.SCANNER_WRONG_COUNT,
    "111": FaultCode.SCANNER_BUSY,
}
"""Error codes with a meaning for people; every other one is `fingerprint_scanner.not_ready`."""

SLAPS = {
    1: ("left_index", "left_middle", "left_ring", "left_little"),
    2: ("right_index", "right_middle", "right_ring", "right_little"),
    3: ("left_thumb", "right_thumb"),
}


def surface_of(positions: Sequence[FingerPosition]) -> int:
    """The deviceSubId that takes these fingers in one placement: 1 left, 2 right, 3 thumbs; ValueError if none."""
    for surface, fingers in SLAPS.items():
        if positions and len(set(positions)) == len(positions) and set(positions) <= set(fingers):
            return surface
    raise ValueError("these fingers cannot be captured in one placement")


@dataclass(frozen=True, slots=True)
class DeviceFacts:
    """What a service says of a device in discovery or, signed, in info."""

    device_id: str
    status: str
    spec: str
    env: str
    code: str
    serial: str
    model: str


def facts_of(described: Mapping[str, Any], digital_id: Mapping[str, Any]) -> DeviceFacts:
    """The facts, whether lists or single values, numbers or texts were sent."""
    spec = described.get("specVersion")
    return DeviceFacts(
        device_id=str(described.get("deviceId", "")),
        status=str(described.get("deviceStatus", "")),
        spec=str((spec[0] if spec else "0.9.5") if isinstance(spec, list) else spec or "0.9.5"),
        env=str(described.get("env") or "Developer"),
        code=str(described.get("deviceCode", "")),
        serial=str(digital_id.get("serialNo", "")),
        model=" ".join(str(digital_id[key]) for key in ("make", "model") if digital_id.get(key)),
    )


def listed(answer: object) -> list[dict[str, Any]]:
    """The objects of an answer that is a list of objects, or one object."""
    entries = answer if isinstance(answer, list) else [answer]
    return [entry for entry in entries if isinstance(entry, dict)]


def error_of(entry: Mapping[str, Any]) -> str | None:
    """The entry's error code, None where there was no error ("0", 0, empty or no error object at all)."""
    error = entry.get("error")
    code = str(error.get("errorCode", "")) if isinstance(error, dict) else ""
    return code if code not in {"", "0", "00", "None"} else None


def unsigned(text: object) -> dict[str, Any]:
    """A digital id as discovery has it: base64url JSON, or the object itself; empty if it is neither."""
    if isinstance(text, dict):
        return text
    try:
        decoded = json_bytes(str(text).split(".")[1] if str(text).count(".") == 2 else str(text))
    except ValueError:
        return {}
    return decoded if isinstance(decoded, dict) else {}


def json_bytes(text: str) -> object:
    """JSON inside base64url; ValueError if it is not."""
    try:
        return json.loads(decoded(text))
    except RecursionError as error:
        raise ValueError("not JSON") from error


def decoded(text: object) -> bytes:
    """base64url with or without padding; ValueError if it is not."""
    if not isinstance(text, str):
        raise ValueError("not base64url")
    try:
        return base64.b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError("not base64url") from error


def capture_request(
    device: DeviceFacts,
    positions: Sequence[FingerPosition],
    min_quality: int,
    transaction: str,
    at: str,
    timeout_ms: int,
    previous_hash: str,
) -> dict[str, object]:
    """RCAPTURE: exactly these fingers; the rest of the slap is named as exceptions unless a single one is asked."""
    surface = surface_of(positions)
    rest = [FingerPosition(one) for one in SLAPS[surface] if one not in positions] if len(positions) > 1 else []
    return {
        "env": device.env,
        "purpose": "Registration",
        "specVersion": device.spec,
        "timeout": timeout_ms,
        "captureTime": at,
        "transactionId": transaction,
        "bio": [
            {
                "type": "Finger",
                "count": len(positions),
                "bioSubType": [NAMES[position] for position in positions],
                "exception": [NAMES[position] for position in rest],
                "requestedScore": min_quality,
                "deviceId": device.device_id,
                "deviceSubId": surface,
                "previousHash": previous_hash,
            }
        ],
        "customOpts": None,
    }


def chained(previous: str, record: bytes) -> tuple[str, str]:
    """The hash that must follow `previous`: over bytes, and (older services) over their hex text."""
    digest = hashlib.sha256(record)
    by_bytes = hashlib.sha256(bytes.fromhex(previous) + digest.digest()).hexdigest()
    by_text = hashlib.sha256((previous + digest.hexdigest().upper()).encode()).hexdigest()
    return by_bytes.upper(), by_text.upper()
