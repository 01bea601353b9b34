"""Offices that seal family cards, each with a key and a certificate of its own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from appliance.central.paper_seal import KnownOffices, PaperKey

OFFICE = "Disdukcapil Kota Metro"


@dataclass(frozen=True, slots=True)
class Sealer:
    """An office: its paper key and its certificate (PEM)."""

    key: PaperKey
    certificate: bytes

    @property
    def known(self) -> KnownOffices:
        return KnownOffices.from_pem(self.certificate)

    def certified(self, name: str, first: date, last: date) -> bytes:
        """Another certificate of the same key, good from noon of the first day to noon of the last (UTC)."""
        return _certificate(self.key._key, name, first, last)


def sealer(
    name: str,
    first: date = date(2020, 1, 1),
    last: date = date(2046, 1, 1),
    curve: ec.EllipticCurve | None = None,
) -> Sealer:
    key = ec.generate_private_key(curve or ec.SECP256R1())
    return Sealer(PaperKey(key), _certificate(key, name, first, last))


def _certificate(key: ec.EllipticCurvePrivateKey, name: str, first: date, last: date) -> bytes:
    naming = [x509.NameAttribute(NameOID.COMMON_NAME, name)] if name else []
    subject = x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "ID"), *naming])
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
    days = [datetime.combine(one, time(12), UTC) for one in (first, last)]
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(days[0]).not_valid_after(days[1])
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)
