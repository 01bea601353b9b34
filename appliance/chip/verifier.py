"""Reading a card as a stranger does: no keys, nothing shared with the writer, trust only in the pinned roots.

A card is valid if its life cycle is ACTIVATED, its security object is signed under a pinned root, every data group
has the listed hash, and the chip proves that it holds the private key of DG15.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import load_der_public_key

from appliance.chip.fields import CardFields, decode_fields
from appliance.chip.reading import KTPSIM, CardContent, Reading, read_card
from appliance.chip.security_object import SecurityObject, SecurityObjectError, authenticate, hash_of
from appliance.chip.tlv import TlvError, element, members, only
from appliance.clock import Deadline, to_datetime
from appliance.devices import ChipEncoder

__all__ = [
    "CardContent",
    "Report",
    "check_files",
    "fingers_match",
    "judge",
    "name_files",
    "read_card",
    "verify_card",
]

REQUIRED = ("DG1", "DG2", "DG11", "DG12", "DG13", "DG15")
_GROUP_TAGS = {0x61: 1, 0x75: 2, 0x67: 7, 0x6B: 11, 0x6C: 12, 0x6D: 13, 0x6F: 15}
READ_SECONDS = 10.0
_ACTIVE = 0x05


@dataclass(frozen=True, slots=True)
class Report:
    """The verdict. `reasons` are codes, empty if and only if the card is valid; a hash is True if it is as listed.

    Codes: `not-active`, `not-locked:<file>`, `missing:<file>`, `malformed:<file>`, `unlisted:<file>`,
    `hash-wrong:<file>`, `security-object-unreadable`, `signature-wrong`, `signer-untrusted`,
    `signer-expired`, `clone`.
    """

    valid: bool
    reasons: tuple[str, ...]
    life_cycle: int
    fields: CardFields = field(repr=False)
    hashes: Mapping[str, bool]
    signer: str = ""
    signer_serial: str = ""


def judge(content: CardContent, roots_pem: bytes, now: int) -> Report:
    """The verdict on what was read, at `now` (UTC milliseconds). Pure."""
    reasons = [] if content.life_cycle == _ACTIVE else ["not-active"]
    reasons += [f"not-locked:{name}" for name in content.writable]
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


def verify_card(
    encoder: ChipEncoder,
    roots_pem: bytes,
    now: int,
    by: Deadline | None = None,
    reading: Reading = KTPSIM,
    *,
    try_to_write: bool = False,
) -> Report:
    """Read the card on the encoder as a stranger and judge it at `now` (UTC milliseconds); waits 10 s by itself."""
    content = read_card(encoder, by or Deadline.after(READ_SECONDS), reading, try_to_write=try_to_write)
    return judge(content, roots_pem, now)


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


def name_files(files: Mapping[int, bytes], reading: Reading = KTPSIM) -> dict[str, bytes]:
    """A packet's files, given by file identifier, under their names; raises KeyError for an unknown one."""
    return reading.name_files(files)


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
