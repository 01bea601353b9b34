"""The seal in a family card's code: made with this office's paper key, checked with the keys of offices we know.

A known office is a certificate (X.509, P-256) pinned in a file: it says whose key it is and on which days the office
sealed with it. Nobody has to have signed it; that it stands in the file is the trust.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from cryptography.x509.oid import NameOID

from appliance.casework.family_card_code import KEY_ID_BYTES, FamilyCardCode
from appliance.clock import to_local

_NUMBER_BYTES = 32


class SealState(StrEnum):
    """What is known of a code's seal."""

    NONE = "none"
    GOOD = "good"
    BROKEN = "broken"
    UNKNOWN_KEY = "unknown_key"


@dataclass(frozen=True, slots=True)
class Judged:
    """A seal's state; `office` is who made a good one."""

    state: SealState
    office: str = ""


class PaperKey:
    """This office's private key for family cards (P-256)."""

    def __init__(self, key: ec.EllipticCurvePrivateKey) -> None:
        self._key = key
        self.key_id = key_id(key.public_key())

    @classmethod
    def from_pem(cls, pem: bytes) -> PaperKey:
        """The key of a PEM file without a passphrase (RFC 5958, RFC 5915); raises ValueError, in words."""
        try:
            key = load_pem_private_key(pem, None)
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise ValueError("no private key in PEM, or one under a passphrase") from error
        if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
            raise ValueError("not a key of the curve P-256")
        return cls(key)

    def sign(self, message: bytes) -> bytes:
        """r and s of ECDSA with SHA-256, the same for the same message at all times (RFC 6979)."""
        made = self._key.sign(message, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
        return b"".join(number.to_bytes(_NUMBER_BYTES, "big") for number in decode_dss_signature(made))


@dataclass(frozen=True, slots=True)
class KnownOffice:
    """One pinned certificate: the office's name, its key, and the first and last day (WIB) on which it seals."""

    name: str
    key: ec.EllipticCurvePublicKey = field(repr=False)
    first: date
    last: date


class KnownOffices:
    """The offices whose seals are believed; an office may stand there with several keys."""

    def __init__(self, offices: Iterable[KnownOffice] = ()) -> None:
        self._by_key: dict[bytes, list[KnownOffice]] = {}
        for office in offices:
            self._by_key.setdefault(key_id(office.key), []).append(office)

    @classmethod
    def from_pem(cls, pem: bytes) -> KnownOffices:
        """The certificates of a PEM file, none for an empty one; raises ValueError naming the one that is wrong."""
        try:
            found = x509.load_pem_x509_certificates(pem) if pem.strip() else []
        except ValueError as error:
            raise ValueError("no certificates in PEM") from error
        return cls(_known(number, one) for number, one in enumerate(found, 1))

    def names(self, key: bytes) -> tuple[str, ...]:
        """The offices that stand there with the key of this id."""
        return tuple(office.name for office in self._by_key.get(key, ()))

    def judge(self, code: FamilyCardCode) -> Judged:
        """Whether the seal of a code holds, and whose it is.

        A seal over another number than the code's is broken, whoever made it. A key that is not pinned, or was not
        for the day that the card bears, is unknown.
        """
        seal = code.seal
        if seal is None:
            return Judged(SealState.NONE)
        if seal.body.kk_number != code.kk_number:
            return Judged(SealState.BROKEN)
        known = self._by_key.get(seal.body.key_id, [])
        if not known:
            return Judged(SealState.UNKNOWN_KEY)
        holds = [office for office in known if _holds(office.key, seal.signed, seal.signature)]
        if not holds:
            return Judged(SealState.BROKEN)
        then = [office for office in holds if office.first <= seal.body.issued_on <= office.last]
        return Judged(SealState.GOOD, then[-1].name) if then else Judged(SealState.UNKNOWN_KEY)


def key_id(key: ec.EllipticCurvePublicKey) -> bytes:
    """The first 8 bytes of the SHA-256 of the key's SubjectPublicKeyInfo (RFC 5280 §4.1)."""
    spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(spki).digest()[:KEY_ID_BYTES]


def _known(number: int, certificate: x509.Certificate) -> KnownOffice:
    try:
        key, subject = certificate.public_key(), certificate.subject
        named = [
            *subject.get_attributes_for_oid(NameOID.COMMON_NAME),
            *subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME),
        ]
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ValueError(f"certificate {number}: cannot be read") from error
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise ValueError(f"certificate {number}: not a key of the curve P-256")
    if not named or not str(named[0].value).strip():
        raise ValueError(f"certificate {number}: its subject names no office (CN or O)")
    first, last = (
        to_local(round(moment.timestamp() * 1000)).date()
        for moment in (certificate.not_valid_before_utc, certificate.not_valid_after_utc)
    )
    return KnownOffice(str(named[0].value).strip(), key, first, last)


def _holds(key: ec.EllipticCurvePublicKey, signed: bytes, signature: bytes) -> bool:
    r, s = (int.from_bytes(half, "big") for half in (signature[:_NUMBER_BYTES], signature[_NUMBER_BYTES:]))
    try:
        key.verify(encode_dss_signature(r, s), signed, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True
