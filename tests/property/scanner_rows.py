"""Parsers of what scanner services and USB scanners send: one row each."""

from __future__ import annotations

import base64
import contextlib
import json
from datetime import UTC, datetime
from functools import cache
from itertools import islice

from property.answering import Replies, answered, http, nested_answers, spoken, web
from property.hostile import Row
from property.samples import MOTION, grey_png, jpeg, parts

from appliance.clock import Deadline, utc_millis
from appliance.devices import FingerPosition
from appliance.drivers import fir, sbi_messages, sbi_picture, sbi_trust
from appliance.drivers.sbi import SbiScanner
from appliance.drivers.sbi_preview import GlassStream
from appliance.drivers.transport_http import call
from appliance.drivers.transport_usb import UsbAddress, UsbGone, UsbStalled, UsbTransport
from hw_sim.sbi_capture import finger_record
from hw_sim.sbi_identity import DeviceIdentity, make_identity


@cache
def vendor() -> tuple[DeviceIdentity, sbi_trust.DeviceTrust, bytes]:
    identity, roots = make_identity()
    return identity, sbi_trust.DeviceTrust(roots, utc_millis), roots


def _usb(data: bytes) -> None:
    device = UsbTransport(UsbAddress(1, 2), child=Replies(data))
    by = Deadline.after(1)
    device.open()
    device.write(2, b"x", by)
    device.read(0x83, 16, by)
    assert device.drain(0x83) >= 0


def _payload() -> dict[str, object]:
    stamp = datetime.now(UTC).isoformat()
    record = base64.urlsafe_b64encode(finger_record("right_index", grey_png(), 60)).decode().rstrip("=")
    return {"bioSubType": "Right IndexFinger", "bioValue": record, "qualityScore": "61.5", "timestamp": stamp}


def _service() -> bytes:
    """One object that answers every question to the service."""
    identity = {"serialNo": "1", "make": "Contoh", "model": "Slap", "type": "Finger"}
    facts = {
        "deviceId": "1",
        "deviceStatus": "Ready",
        "specVersion": ["0.9.5"],
        "deviceCode": "1",
        "env": "Developer",
    }
    signed = vendor()[0].sign({**facts, "digitalId": vendor()[0].sign(identity)})
    open_id = base64.urlsafe_b64encode(json.dumps(identity).encode()).decode()
    block = {"data": vendor()[0].sign(_payload()), "hash": "AB", "error": {"errorCode": "0"}}
    return json.dumps({**facts, "digitalId": open_id, "deviceInfo": signed, "biometrics": [block]}).encode()


def _scanner(_: object) -> None:
    scanner = SbiScanner("127.0.0.1", web().port, vendor()[2])
    scanner.status()
    scanner.open()
    scanner.capture((FingerPosition.RIGHT_INDEX,), 40, Deadline.after(2))


def _token_of(data: bytes) -> None:
    vendor()[1].payload(data.decode("latin-1"))


def _signed_payload(data: bytes) -> None:
    """The scanner's payload, rightly signed whatever it says."""
    identity, trust, _ = vendor()
    try:
        said = json.loads(data)
    except (ValueError, RecursionError):
        said = None
    payload = trust.payload(identity.sign(said)) if isinstance(said, dict) else {"bioSubType": data.decode("latin-1")}
    sbi_trust.moment(payload.get("timestamp"))
    with contextlib.suppress(ValueError):
        record = fir.read(sbi_messages.decoded(payload.get("bioValue")))
        image = sbi_picture.finger_image(payload, record, "1")
        assert 0 <= image.device_quality <= 100


def _messages(data: bytes) -> None:
    try:
        answer = json.loads(data)
    except (ValueError, RecursionError):
        answer = data.decode("latin-1")
    for entry in sbi_messages.listed(answer):
        sbi_messages.error_of(entry)
        sbi_messages.facts_of(entry, sbi_messages.unsigned(entry.get("digitalId")))
    sbi_messages.unsigned(data.decode("latin-1"))
    sbi_messages.chained(sbi_messages.EMPTY_HASH, data)


def _glass(_: object) -> None:
    stream = GlassStream("127.0.0.1", web().port, "1", 1)
    for _picture in islice(stream.pictures(), 6):
        pass


ROWS = (
    Row(
        "USB device's child",
        _usb,
        (UsbTransport.open, UsbTransport.write, UsbTransport.read, UsbTransport.drain),
        lambda: (spoken(b"\0maker\0product\0001", b"\0", b"\0" + bytes(16), b"\0" + bytes(4)),),
        (UsbGone, UsbStalled, TimeoutError, ConnectionError),
    ),
    Row(
        "scanner service",
        answered(web(), _scanner),
        (call, SbiScanner.open, SbiScanner.status, SbiScanner.capture, sbi_trust.DeviceTrust.payload),
        lambda: (http(_service()), http(b"[" + _service() + b"]")),
        swollen=nested_answers,
        holds=60,
        beside=4 << 20,
        seconds=1.0,
    ),
    Row(
        "scanner service, messages",
        _messages,
        (
            sbi_messages.listed,
            sbi_messages.error_of,
            sbi_messages.facts_of,
            sbi_messages.unsigned,
            sbi_messages.decoded,
            sbi_messages.json_bytes,
            sbi_messages.chained,
        ),
        lambda: (_service(),),
        (),
        lambda: (base64.b64encode(b"[" * 60_000),),
    ),
    Row(
        "scanner service, tokens",
        _token_of,
        (sbi_trust.DeviceTrust.payload,),
        lambda: (vendor()[0].sign(_payload()).encode(),),
        (sbi_trust.Untrusted,),
        lambda: (base64.urlsafe_b64encode(b"[" * 60_000).rstrip(b"=") + b".e30.e30",),
        beside=2 << 20,
    ),
    Row(
        "scanner service, signed content",
        _signed_payload,
        (sbi_trust.moment, sbi_messages.decoded, sbi_picture.finger_image),
        lambda: (json.dumps(_payload()).encode(),),
        (sbi_trust.Untrusted,),
        lambda: (json.dumps({**_payload(), "qualityScore": "1e999"}).encode(),),
        holds=60,
        examples=60,
    ),
    Row(
        "scanner service, preview",
        answered(web(), _glass),
        (GlassStream.pictures,),
        lambda: (http(parts(jpeg(16, 16), jpeg(16, 16)), MOTION),),
        seconds=1.0,
    ),
)
