"""Passive authentication (ICAO 9303-11 §5.1): the security object's signature, its signer's chain, its hashes.

Pure; the roots are pinned PEM certificates, the time is given. Revocation is not asked: it needs a network.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from asn1crypto import algos, cms, core
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.utils import CryptographyDeprecationWarning

from appliance.chip.tlv import TlvError, only

LDS_SECURITY_OBJECT = "2.23.136.1.1.1"
_HASHES: dict[str, hashes.HashAlgorithm] = {
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
_MAX_DEPTH = 3
# asn1crypto parses lazily and reports malformed input as the first four, cryptography as any of them; the last one
# only where warnings are errors.
_MALFORMED = (
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
    CryptographyDeprecationWarning,
)


class SecurityObjectError(ValueError):
    """The security object cannot be trusted; `reason` is one of the codes of `Report.reasons`."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason


class _DataGroupHash(core.Sequence):  # type: ignore[misc]
    _fields = [("number", core.Integer), ("value", core.OctetString)]  # noqa: RUF012


class _DataGroupHashes(core.SequenceOf):  # type: ignore[misc]
    _child_spec = _DataGroupHash


class _VersionInfo(core.Sequence):  # type: ignore[misc]
    _fields = [("lds", core.PrintableString), ("unicode", core.PrintableString)]  # noqa: RUF012


class _LdsSecurityObject(core.Sequence):  # type: ignore[misc]
    _fields = [  # noqa: RUF012
        ("version", core.Integer),
        ("algorithm", algos.DigestAlgorithm),
        ("hashes", _DataGroupHashes),
        ("info", _VersionInfo, {"optional": True}),
    ]


@dataclass(frozen=True, slots=True)
class SecurityObject:
    """What a trusted security object says: hash algorithm, hash by data-group number, and who signed."""

    algorithm: str
    hashes: Mapping[int, bytes]
    signer: str
    signer_serial: str
    not_after: datetime


def authenticate(ef_sod: bytes, roots_pem: bytes, now: datetime) -> SecurityObject:
    """The content of EF.SOD if its signature and its signer's chain to a pinned root hold at `now`.

    Raises SecurityObjectError with reason `security-object-unreadable`, `signature-wrong`, `signer-untrusted`
    or `signer-expired`.
    """
    try:
        roots = x509.load_pem_x509_certificates(roots_pem)
        signed = _signed_data(ef_sod)
        certificates = [x509.load_der_x509_certificate(item.chosen.dump()) for item in signed["certificates"]]
        content = bytes(signed["encap_content_info"]["content"])
        leaf = _check_signature(signed, certificates, content)
        _check_chain(leaf, certificates, roots, now)
        lds = _LdsSecurityObject.load(content, strict=True)
        algorithm = lds["algorithm"]["algorithm"].native
        listed = {int(item["number"].native): bytes(item["value"].native) for item in lds["hashes"]}
    except SecurityObjectError:
        raise
    except _MALFORMED as error:
        raise SecurityObjectError("security-object-unreadable", type(error).__name__) from error
    if algorithm not in _HASHES or len(listed) != len(lds["hashes"]):
        raise SecurityObjectError("security-object-unreadable", "hash algorithm or a data group twice")
    name = leaf.subject.rfc4514_string()
    return SecurityObject(algorithm, listed, name, f"{leaf.serial_number:X}", leaf.not_valid_after_utc)


def hash_of(algorithm: str, data: bytes) -> bytes:
    """The hash that a security object would list for these bytes."""
    return hashlib.new(algorithm, data).digest()


def _signed_data(ef_sod: bytes) -> cms.SignedData:
    try:
        info = cms.ContentInfo.load(only(ef_sod, 0x77), strict=True)
    except TlvError as error:
        raise SecurityObjectError("security-object-unreadable", str(error)) from error
    if info["content_type"].native != "signed_data":
        raise SecurityObjectError("security-object-unreadable", "not SignedData")
    signed = info["content"]
    if signed["encap_content_info"]["content_type"].dotted != LDS_SECURITY_OBJECT or len(signed["signer_infos"]) != 1:
        raise SecurityObjectError("security-object-unreadable", "not one signature over an LDS security object")
    return signed


def _check_signature(
    signed: cms.SignedData, certificates: Sequence[x509.Certificate], content: bytes
) -> x509.Certificate:
    signer = signed["signer_infos"][0]
    leaf = next((item for item in certificates if _identifies(signer["sid"], item)), None)
    if leaf is None:
        raise SecurityObjectError("signer-untrusted", "the signer's certificate is not enclosed")
    algorithm = signer["digest_algorithm"]["algorithm"].native
    signature_hash = signer["signature_algorithm"]["algorithm"].native.removesuffix("_ecdsa")
    key = leaf.public_key()
    if algorithm not in _HASHES or signature_hash != algorithm or not isinstance(key, ec.EllipticCurvePublicKey):
        raise SecurityObjectError("signature-wrong", "neither ECDSA with SHA-256, SHA-384 nor SHA-512")
    attributes = {item["type"].native: item["values"] for item in signer["signed_attrs"]}
    digests, types = attributes.get("message_digest", ()), attributes.get("content_type", ())
    if [item.native for item in digests] != [hash_of(algorithm, content)]:
        raise SecurityObjectError("signature-wrong", "the signed hash is another")
    if [item.dotted for item in types] != [LDS_SECURITY_OBJECT]:
        raise SecurityObjectError("signature-wrong", "the signed content type is another")
    # The signature covers the attributes as SET OF, not under their implicit tag (RFC 5652 §5.4).
    covered = b"\x31" + signer["signed_attrs"].dump()[1:]
    try:
        key.verify(signer["signature"].native, covered, ec.ECDSA(_HASHES[algorithm]))
    except InvalidSignature:
        raise SecurityObjectError("signature-wrong") from None
    return leaf


def _identifies(identifier: cms.SignerIdentifier, certificate: x509.Certificate) -> bool:
    if identifier.name == "issuer_and_serial_number":
        named = identifier.chosen
        same_issuer = named["issuer"].dump() == certificate.issuer.public_bytes()
        return bool(same_issuer and named["serial_number"].native == certificate.serial_number)
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    except x509.ExtensionNotFound:
        return False
    return bool(identifier.chosen.native == extension.value.digest)


def _check_chain(
    leaf: x509.Certificate, enclosed: Sequence[x509.Certificate], roots: Sequence[x509.Certificate], now: datetime
) -> None:
    if _usage(leaf, "digital_signature") is False:
        raise SecurityObjectError("signer-untrusted", "the signer's certificate is for another use")
    current = leaf
    for _ in range(_MAX_DEPTH):
        if not current.not_valid_before_utc <= now <= current.not_valid_after_utc:
            raise SecurityObjectError("signer-expired", current.subject.rfc4514_string())
        root = next((item for item in roots if _issued(item, current)), None)
        if root is not None:
            if not root.not_valid_before_utc <= now <= root.not_valid_after_utc:
                raise SecurityObjectError("signer-expired", root.subject.rfc4514_string())
            return
        above = next((item for item in enclosed if item != current and _issued(item, current)), None)
        if above is None:
            break
        current = above
    raise SecurityObjectError("signer-untrusted", "no chain to a pinned root")


def _issued(issuer: x509.Certificate, subject: x509.Certificate) -> bool:
    try:
        constraints = issuer.extensions.get_extension_for_class(x509.BasicConstraints).value
        subject.verify_directly_issued_by(issuer)
    except (x509.ExtensionNotFound, InvalidSignature, *_MALFORMED):
        return False
    return constraints.ca and _usage(issuer, "key_cert_sign") is not False


def _usage(certificate: x509.Certificate, use: str) -> bool | None:
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return None
    return bool(getattr(usage, use))
