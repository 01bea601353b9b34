"""The personalisation packet: files for one chip, composed and signed at the centre.

The appliance reads the header and moves the files; it knows nothing of their meaning. The packet is a compact JWS
(RFC 7515), checked here against pinned roots; nothing of it is used before every check has passed.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.utils import CryptographyDeprecationWarning

from appliance.clock import to_datetime
from appliance.devices import FingerPosition
from appliance.faults import DeviceFault, FaultCode

TYPE = "siaga-personalisation+jws"
VERSION = 1
MAXIMUM_JWS = 256 * 1024
_POSITIONS = [position.value for position in FingerPosition]

MALFORMED = (
    ValueError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.ExtensionNotFound,
    x509.InvalidVersion,
    CryptographyDeprecationWarning,
)
"""What a certificate that is none makes the library raise; what it only warns of today is malformed as well."""


@dataclass(frozen=True, slots=True)
class PacketFile:
    """One elementary file: identifier, short identifier (ISO/IEC 7816-4 §7.4.1), content."""

    fid: int
    sfi: int
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class PacketHeader:
    """For whom and what the packet was made.

    `job` is the order's token; `uid` the chip's 7 bytes; `fingers` names what FP1 and FP2 hold; times are UTC
    milliseconds; `digest` is SHA-256 over the canonical JSON of the files.
    """

    profile: str
    job: str
    nik: str = field(repr=False)
    uid: bytes
    blank_serial: str
    fingers: tuple[str, ...]
    not_before: int
    not_after: int
    digest: bytes


@dataclass(frozen=True, slots=True)
class Packet:
    """A packet that has passed every check; files in the order in which they are to be written."""

    header: PacketHeader
    files: tuple[PacketFile, ...]


def open_packet(jws: str, roots_pem: bytes, *, nik: str, uid: bytes, job: str, now: int) -> Packet:
    """Check and open a packet for this resident, chip and job at this time (UTC ms).

    Raises `centre.untrusted_packet`; the detail names what failed: `jws_malformed`, `chain_malformed`,
    `chain_untrusted`, `certificate_expired`, `signature_wrong`, `payload_malformed`, `version_unknown`,
    `digest_wrong`, `wrong_job`, `wrong_nik`, `wrong_uid`, `not_yet_valid`, `expired`.
    """
    head, body, signature = _split(jws)
    leaf = _trusted_leaf(head, roots_pem, now)
    _check_signature(leaf, jws.rpartition(".")[0].encode("ascii"), signature)
    payload = _object(body, "payload_malformed")
    header, files = payload.get("header"), payload.get("files")
    if not isinstance(header, dict) or not isinstance(files, list):
        raise _untrusted("payload_malformed")
    if header.get("version") != VERSION:
        raise _untrusted("version_unknown")
    canonical = json.dumps(files, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    if header.get("digest") != hashlib.sha256(canonical).hexdigest():
        raise _untrusted("digest_wrong")
    opened = Packet(_header(header), tuple(_file(row) for row in files))
    if len({one.fid for one in opened.files}) != len(opened.files) or not opened.files:
        raise _untrusted("payload_malformed")
    _check_purpose(opened.header, nik, uid, job, now)
    return opened


def _untrusted(reason: str) -> DeviceFault:
    return DeviceFault(FaultCode.CENTRE_UNTRUSTED, reason)


def _check_purpose(header: PacketHeader, nik: str, uid: bytes, job: str, now: int) -> None:
    if header.job != job:
        raise _untrusted("wrong_job")
    if header.nik != nik:
        raise _untrusted("wrong_nik")
    if header.uid != uid:
        raise _untrusted("wrong_uid")
    if now < header.not_before:
        raise _untrusted("not_yet_valid")
    if now > header.not_after:
        raise _untrusted("expired")


def _split(jws: str) -> tuple[Mapping[str, object], bytes, bytes]:
    parts = jws.split(".")
    if len(jws) > MAXIMUM_JWS or len(parts) != 3:
        raise _untrusted("jws_malformed")
    head, body, signature = (_unpadded(part) for part in parts)
    header = _object(head, "jws_malformed")
    # Only this one algorithm and no critical extensions: nothing in the packet may choose how it is checked.
    if header.get("alg") != "ES256" or header.get("typ") != TYPE or "crit" in header or len(signature) != 64:
        raise _untrusted("jws_malformed")
    return header, body, signature


def _unpadded(part: str) -> bytes:
    if not re.fullmatch(r"[A-Za-z0-9_-]+", part):
        raise _untrusted("jws_malformed")
    try:
        return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except binascii.Error as error:
        raise _untrusted("jws_malformed") from error


def _object(content: bytes, reason: str) -> Mapping[str, object]:
    try:
        value = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise _untrusted(reason) from error
    if not isinstance(value, dict):
        raise _untrusted(reason)
    return value


def _trusted_leaf(header: Mapping[str, object], roots_pem: bytes, now: int) -> x509.Certificate:
    papers = header.get("x5c")
    if not isinstance(papers, list) or not 1 <= len(papers) <= 4:
        raise _untrusted("chain_malformed")
    try:
        chain = [x509.load_der_x509_certificate(base64.b64decode(str(paper), validate=True)) for paper in papers]
        if not all(_has_issued(issuer, paper) for paper, issuer in pairwise(chain)):
            raise _untrusted("chain_untrusted")
        root = _root_of(chain[-1], x509.load_pem_x509_certificates(roots_pem))
        if _is_authority(chain[0]):
            raise _untrusted("chain_untrusted")
    except MALFORMED as error:
        raise _untrusted("chain_malformed") from error
    moment = to_datetime(now)
    if not all(one.not_valid_before_utc <= moment <= one.not_valid_after_utc for one in (*chain, root)):
        raise _untrusted("certificate_expired")
    return chain[0]


def _root_of(last: x509.Certificate, roots: list[x509.Certificate]) -> x509.Certificate:
    for root in roots:
        if root.subject == last.issuer and _has_issued(root, last):
            return root
    raise _untrusted("chain_untrusted")


def _has_issued(issuer: x509.Certificate, paper: x509.Certificate) -> bool:
    try:
        paper.verify_directly_issued_by(issuer)
    except (InvalidSignature, UnsupportedAlgorithm, TypeError, ValueError):
        return False
    return _is_authority(issuer)


def _is_authority(paper: x509.Certificate) -> bool:
    constraints = paper.extensions.get_extension_for_class(x509.BasicConstraints).value
    return constraints.ca and paper.extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign


def _check_signature(leaf: x509.Certificate, signed: bytes, signature: bytes) -> None:
    key = leaf.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name != "secp256r1":
        raise _untrusted("signature_wrong")
    first, second = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    try:
        key.verify(encode_dss_signature(first, second), signed, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature as error:
        raise _untrusted("signature_wrong") from error


def _header(row: Mapping[str, object]) -> PacketHeader:
    def text(key: str, pattern: str) -> str:
        value = row.get(key)
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            raise _untrusted("payload_malformed")
        return value

    def moment(key: str) -> int:
        value = row.get(key)
        if not isinstance(value, int) or isinstance(value, bool):
            raise _untrusted("payload_malformed")
        return value

    fingers = row.get("fingers")
    if not isinstance(fingers, list) or len(fingers) > 2 or not all(one in _POSITIONS for one in fingers):
        raise _untrusted("payload_malformed")
    if len(set(fingers)) != len(fingers):
        raise _untrusted("payload_malformed")
    return PacketHeader(
        profile=text("profile", r"[a-z0-9-]{1,40}"),
        job=text("job", r".{1,80}"),
        nik=text("nik", r"\d{16}"),
        uid=bytes.fromhex(text("uid", r"([0-9A-Fa-f]{2}){4,10}")),
        blank_serial=text("blank_serial", r".{1,40}"),
        fingers=tuple(fingers),
        not_before=moment("not_before"),
        not_after=moment("not_after"),
        digest=bytes.fromhex(text("digest", r"[0-9a-f]{64}")),
    )


def _file(row: object) -> PacketFile:
    fid, sfi, data = (row.get("fid"), row.get("sfi"), row.get("data")) if isinstance(row, dict) else (None,) * 3
    if not (isinstance(fid, str) and isinstance(sfi, str) and isinstance(data, str)):
        raise _untrusted("payload_malformed")
    if not re.fullmatch(r"[0-9A-F]{4}", fid) or not re.fullmatch(r"[01][0-9A-F]", sfi):
        raise _untrusted("payload_malformed")
    try:
        return PacketFile(int(fid, 16), int(sfi, 16), base64.b64decode(data, validate=True))
    except binascii.Error as error:
        raise _untrusted("payload_malformed") from error
