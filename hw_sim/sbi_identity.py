"""The device's own identity: an RSA key, its certificate chain, and what it signs (JWS RS256 with x5c, RFC 7515)."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID


@dataclass(frozen=True, slots=True)
class DeviceIdentity:
    """A signing key and its certificates, the device's own first, the root last or left out."""

    key: RSAPrivateKey
    chain: tuple[x509.Certificate, ...]

    def sign(self, payload: Mapping[str, object]) -> str:
        """The payload as a compact JWS whose header carries the chain."""
        if not isinstance(self.key, RSAPrivateKey):
            raise TypeError("the interface signs with RS256: the scanner's key must be RSA of 2048 bits or more")
        x5c = [base64.b64encode(one.public_bytes(Encoding.DER)).decode() for one in self.chain]
        return jwt.encode(dict(payload), self.key, algorithm="RS256", headers={"x5c": x5c, "typ": "JWT"})


def _certificate(
    subject: str,
    key: RSAPrivateKey,
    issuer: tuple[x509.Certificate, RSAPrivateKey] | None,
    authority: bool,
    not_before: datetime,
    days: int,
) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer[0].subject if issuer else name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(not_before)
        .not_valid_after(not_before + timedelta(days=days))
        .add_extension(x509.BasicConstraints(authority, None), critical=True)
        .sign(issuer[1] if issuer else key, hashes.SHA256())
    )


def signed_by_a_device(device: DeviceIdentity, serial: str = "SIAGA-FP-0001") -> DeviceIdentity:
    """A device that a device certified, as who has taken one scanner's key could make; every signature is right."""
    key, device_certificate = generate_private_key(65537, 2048), device.chain[0]
    start = device_certificate.not_valid_before_utc
    leaf = _certificate(serial, key, (device_certificate, device.key), False, start, 365)
    return DeviceIdentity(key, (leaf, *device.chain))


def make_identity(
    serial: str = "SIAGA-FP-0001", days: int = 730, not_before: datetime | None = None
) -> tuple[DeviceIdentity, bytes]:
    """A device of an invented vendor, and the vendor's root as PEM to be pinned; three new RSA-2048 keys (~0.3 s)."""
    start = not_before or datetime.now(UTC) - timedelta(days=1)
    keys = [generate_private_key(65537, 2048) for _ in range(3)]
    root = _certificate("Vendor Root (test)", keys[0], None, True, start, 3650)
    middle = _certificate("Vendor Device Issuer (test)", keys[1], (root, keys[0]), True, start, 1825)
    leaf = _certificate(serial, keys[2], (middle, keys[1]), False, start, days)
    return DeviceIdentity(keys[2], (leaf, middle)), root.public_bytes(Encoding.PEM)
