"""Reading a card as a stranger does: no keys, nothing shared with the writer, trust only in the pinned roots.

A card is valid if its life cycle is ACTIVATED, its security object is signed under a pinned root, every data group
has the listed hash, and the chip proves that it holds the private key of DG15.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import load_der_public_key

from appliance.chip.fields import CardFields, decode_fields
from appliance.chip.security_object import SecurityObject, SecurityObjectError, authenticate, hash_of
from appliance.chip.tlv import TlvError, element, members, only
from appliance.clock import Deadline, to_datetime
from appliance.devices import ChipEncoder
from appliance.faults import DeviceFault, FaultCode

APPLICATION = bytes.fromhex("F04B545053494D01")
FILES = {
    "COM": 0x011E,
    "SOD": 0x011D,
    "DG1": 0x0101,
    "DG2": 0x0102,
    "DG7": 0x0107,
    "DG11": 0x010B,
    "DG12": 0x010C,
    "DG13": 0x010D,
    "DG15": 0x010F,
    "FP1": 0x0201,
    "FP2": 0x0202,
}
REQUIRED = ("DG1", "DG2", "DG11", "DG12", "DG13", "DG15")
_GROUP_TAGS = {0x61: 1, 0x75: 2, 0x67: 7, 0x6B: 11, 0x6C: 12, 0x6D: 13, 0x6F: 15}
READ_SECONDS = 10.0
_ACTIVE = 0x05
_TERMINATED = 0x0C


@dataclass(frozen=True, slots=True)
class CardContent:
    """What a stranger got out of a card: files by name, the status word of each that stayed closed.

    `challenge` and `response` are those of one active authentication; `response` is empty if the chip gave none.
    """

    uid: bytes
    atr: bytes
    life_cycle: int
    files: Mapping[str, bytes] = field(repr=False)
    closed: Mapping[str, int]
    challenge: bytes
    response: bytes

    def as_hex(self) -> dict[str, str]:
        """Every file that could be read, in hexadecimal."""
        return {name: data.hex().upper() for name, data in self.files.items()}


@dataclass(frozen=True, slots=True)
class Report:
    """The verdict. `reasons` are codes, empty if and only if the card is valid; a hash is True if it is as listed.

    Codes: `not-active`, `missing:<file>`, `malformed:<file>`, `unlisted:<file>`, `hash-wrong:<file>`,
    `security-object-unreadable`, `signature-wrong`, `signer-untrusted`, `signer-expired`, `clone`.
    """

    valid: bool
    reasons: tuple[str, ...]
    life_cycle: int
    fields: CardFields = field(repr=False)
    hashes: Mapping[str, bool]
    signer: str = ""
    signer_serial: str = ""


def read_card(encoder: ChipEncoder, by: Deadline, application: bytes = APPLICATION) -> CardContent:
    """Everything a stranger can read from the card on the encoder; raises `chip_encoder.*`."""
    try:
        presence = encoder.await_card(by)
        selected = encoder.transmit(b"\x00\xa4\x04\x00" + bytes([len(application)]) + application + b"\x00", by)
        if selected.sw not in (0x9000, 0x6283, 0x6285):
            raise DeviceFault(FaultCode.CARD_FOREIGN, f"SELECT {selected.sw:04X}")
        try:
            life_cycle = members(only(selected.data, 0x62))[0x8A][0]
        except (TlvError, KeyError, IndexError):
            raise DeviceFault(FaultCode.CARD_FOREIGN, "no life cycle in the application's FCP") from None
        challenge = os.urandom(8)
        files: dict[str, bytes] = {}
        closed: dict[str, int] = {}
        response = b""
        if life_cycle != _TERMINATED:
            for name, fid in FILES.items():
                data, sw = _read_file(encoder, fid, by)
                if sw == 0x9000:
                    files[name] = data
                else:
                    closed[name] = sw
            answer = encoder.transmit(b"\x00\x88\x00\x00\x08" + challenge + b"\x00", by)
            response = answer.data if answer.sw == 0x9000 else b""
        return CardContent(presence.uid, presence.atr, life_cycle, files, closed, challenge, response)
    finally:
        encoder.release()


def _read_file(encoder: ChipEncoder, fid: int, by: Deadline) -> tuple[bytes, int]:
    sw = encoder.transmit(b"\x00\xa4\x02\x0c\x02" + fid.to_bytes(2), by).sw
    if sw != 0x9000:
        return b"", sw
    data = b""
    while len(data) < 0x8000:
        answer = encoder.transmit(b"\x00\xb0" + len(data).to_bytes(2) + b"\x00", by)
        if answer.sw == 0x6B00 and data:
            break
        if answer.sw not in (0x9000, 0x6282):
            return b"", answer.sw
        data += answer.data
        if answer.sw == 0x6282 or len(answer.data) < 256:
            break
    return data, 0x9000


def judge(content: CardContent, roots_pem: bytes, now: int) -> Report:
    """The verdict on what was read, at `now` (UTC milliseconds). Pure."""
    reasons = [] if content.life_cycle == _ACTIVE else ["not-active"]
    security, wrong = check_files(content.files, roots_pem, to_datetime(now))
    reasons += wrong
    if not _proves_itself(content):
        reasons.append("clone")
    listed = security.hashes if security else {}
    matching = {
        f"DG{number}": f"DG{number}" in content.files
        and security is not None
        and hash_of(security.algorithm, content.files[f"DG{number}"]) == value
        for number, value in listed.items()
    }
    return Report(
        not reasons,
        tuple(reasons),
        content.life_cycle,
        _decode_what_can_be(content.files),
        matching,
        security.signer if security else "",
        security.signer_serial if security else "",
    )


def verify_card(encoder: ChipEncoder, roots_pem: bytes, now: int, by: Deadline | None = None) -> Report:
    """Read the card on the encoder as a stranger and judge it at `now` (UTC milliseconds); waits 10 s by itself."""
    return judge(read_card(encoder, by or Deadline.after(READ_SECONDS)), roots_pem, now)


def check_files(
    files: Mapping[str, bytes], roots_pem: bytes, now: datetime
) -> tuple[SecurityObject | None, tuple[str, ...]]:
    """Passive authentication of files by name; also for a packet before it is written. Reasons as in `Report`.

    Finger files, which only a packet or an opened card has, are checked against DG13.
    """
    reasons = [f"missing:{name}" for name in ("COM", "SOD", *REQUIRED) if name not in files]
    for name in files:
        try:
            element(files[name])
            decode_fields({name: files[name]})
        except TlvError:
            reasons.append(f"malformed:{name}")
    security = None
    try:
        if "SOD" in files:
            security = authenticate(files["SOD"], roots_pem, now)
    except SecurityObjectError as error:
        reasons.append(error.reason)
    if security is None:
        return None, tuple(reasons)
    for number, value in sorted(security.hashes.items()):
        name = f"DG{number}"
        if name not in files:
            reasons.extend([] if name in REQUIRED else [f"missing:{name}"])
        elif hash_of(security.algorithm, files[name]) != value:
            reasons.append(f"hash-wrong:{name}")
    present = {int(name[2:]) for name in files if name.startswith("DG")} | _indexed(files, reasons)
    fields = _decode_what_can_be(files)
    reasons += [
        f"hash-wrong:{name}"
        for name in ("FP1", "FP2")
        if name in files and fields.finger_hashes.get(name) != hashlib.sha256(files[name]).digest()
    ]
    reasons += [f"unlisted:DG{number}" for number in sorted(present - security.hashes.keys())]
    return security, tuple(reasons)


def name_files(files: Mapping[int, bytes]) -> dict[str, bytes]:
    """A packet's files, given by file identifier, under their names; raises KeyError for an unknown one."""
    names = {fid: name for name, fid in FILES.items()}
    return {names[fid]: data for fid, data in files.items()}


def fingers_match(fields: CardFields, fingers: Mapping[str, bytes]) -> bool:
    """Whether the finger files are exactly those whose hashes the signed DG13 names."""
    return {name: hashlib.sha256(data).digest() for name, data in fingers.items()} == dict(fields.finger_hashes)


def _indexed(files: Mapping[str, bytes], reasons: list[str]) -> set[int]:
    if "COM" not in files:
        return set()
    try:
        tags = members(only(files["COM"], 0x60))[0x5C]
        return {_GROUP_TAGS[tag] for tag in tags}
    except (TlvError, KeyError):
        reasons.append("malformed:COM")
        return set()


def _proves_itself(content: CardContent) -> bool:
    try:
        key = load_der_public_key(only(content.files.get("DG15", b""), 0x6F))
        if not isinstance(key, ec.EllipticCurvePublicKey) or len(content.response) != 64:
            return False
        r, s = int.from_bytes(content.response[:32]), int.from_bytes(content.response[32:])
        key.verify(encode_dss_signature(r, s), content.challenge, ec.ECDSA(hashes.SHA256()))
    except (TlvError, ValueError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _decode_what_can_be(files: Mapping[str, bytes]) -> CardFields:
    whole = {}
    for name, data in files.items():
        try:
            decode_fields({name: data})
        except TlvError:
            continue
        whole[name] = data
    return decode_fields(whole)
