"""The certificate authorities of the simulated state: chip, packets, e-sign and a scanner vendor.

All keys are made at start and die with the process; only roots and revocation lists are written, as PEM.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
Validity = tuple[datetime.datetime, datetime.datetime]
"""Not before, not after."""
DAY = datetime.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Holder:
    """A private key with its certificate and the authorities above it, nearest first, root last."""

    key: PrivateKey = field(repr=False)
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...] = ()

    def pem(self) -> bytes:
        """The certificate."""
        return self.certificate.public_bytes(Encoding.PEM)

    def der(self) -> bytes:
        """The certificate."""
        return self.certificate.public_bytes(Encoding.DER)


@dataclass(frozen=True, slots=True)
class Official:
    """A person who may sign at the e-sign service.

    `status` is what the service says of the user (only ISSUE may sign); `certificate` what becomes of the paper.
    """

    nik: str
    name: str
    passphrase: str = field(repr=False)
    status: str = "ISSUE"
    certificate: Literal["valid", "expired", "revoked"] = "valid"
    key: Literal["rsa2048", "p256"] = "p256"


@dataclass(frozen=True, slots=True)
class Authorities:
    """All of them. The PEM paths are what the appliance pins."""

    csca: Holder
    document_signer: Holder
    packet_root: Holder
    packet_signer: Holder
    esign_root: Holder
    officials: dict[str, Holder]
    scanner_root: Holder
    scanner_device: Holder
    chip_roots: Path
    packet_roots: Path
    esign_roots: Path
    scanner_roots: Path
    esign_crl: bytes
    chip_crl: bytes

    def scanner_chain(self) -> Holder:
        """The device key of a fingerprint scanner; `chain` holds the vendor root."""
        return self.scanner_device


def make_key(kind: str = "p256") -> PrivateKey:
    """A new private key: p256, rsa2048 or rsa3072."""
    if kind == "p256":
        return ec.generate_private_key(ec.SECP256R1())
    return rsa.generate_private_key(65537, int(kind.removeprefix("rsa")))


def issue(
    name: str,
    key: PrivateKey,
    issuer: Holder | None,
    *,
    authority: bool = False,
    path_length: int | None = None,
    signs_documents: bool = False,
    serial_number: str | None = None,
    validity: Validity,
) -> Holder:
    """A certificate; without an issuer a self-signed root. `serial_number` stands in the subject (2.5.4.5)."""
    parts = [
        x509.NameAttribute(NameOID.COUNTRY_NAME, "ID"),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, "SIMULASI"),
        x509.NameAttribute(NameOID.COMMON_NAME, name),
    ]
    if serial_number:
        parts.append(x509.NameAttribute(NameOID.SERIAL_NUMBER, serial_number))
    subject = x509.Name(parts)
    issuing_key = issuer.key if issuer else key
    issuing_name = issuer.certificate.subject if issuer else subject
    usage = x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=signs_documents,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuing_name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(validity[0])
        .not_valid_after(validity[1])
        .add_extension(x509.BasicConstraints(ca=authority, path_length=path_length), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuing_key.public_key()), critical=False)
    )
    chain = (issuer.certificate, *issuer.chain) if issuer else ()
    return Holder(key, builder.sign(issuing_key, hashes.SHA256()), chain)


def _revocation_list(issuer: Holder, revoked: Sequence[Holder], now: datetime.datetime) -> bytes:
    builder = x509.CertificateRevocationListBuilder().issuer_name(issuer.certificate.subject)
    builder = builder.last_update(now - DAY).next_update(now + 30 * DAY)
    builder = builder.add_extension(x509.CRLNumber(1), critical=False)
    for holder in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(holder.certificate.serial_number)
        builder = builder.add_revoked_certificate(entry.revocation_date(now - DAY).build())
    return builder.sign(issuer.key, hashes.SHA256()).public_bytes(Encoding.DER)


def make_authorities(directory: Path, officials: Sequence[Official] = ()) -> Authorities:
    """Make every authority and write `{chip,packet,esign,scanner}-roots.pem` and the CRLs into the directory."""
    now = datetime.datetime.now(datetime.UTC)
    long = (now - 30 * DAY, now + 3650 * DAY)
    short = (now - 2 * DAY, now + 365 * DAY)
    with ThreadPoolExecutor(2) as makers:
        coming_root = makers.submit(make_key, "rsa3072")
        coming = {official.nik: makers.submit(make_key, official.key) for official in officials}
        csca = issue("CSCA KTPSIM", make_key(), None, authority=True, path_length=0, validity=long)
        signer = issue("DS KTPSIM 1", make_key(), csca, validity=long)
        packet_root = issue("Akar Paket", make_key(), None, authority=True, path_length=1, validity=long)
        packet_issuing = issue(
            "Penerbit Paket", make_key(), packet_root, authority=True, path_length=0, validity=long
        )
        packet_signer = issue("Penanda Paket", make_key(), packet_issuing, validity=short)
        vendor = issue("Pemindai Jari", make_key(), None, authority=True, path_length=0, validity=long)
        device = issue("Pemindai Jari 1", make_key("rsa2048"), vendor, validity=short)
        root = issue("Akar TTE", coming_root.result(), None, authority=True, path_length=1, validity=long)
        issuing = issue("Penerbit TTE", make_key(), root, authority=True, path_length=0, validity=long)
        expired = (now - 800 * DAY, now - 5 * DAY)
        holders = {
            official.nik: issue(
                official.name,
                coming[official.nik].result(),
                issuing,
                signs_documents=True,
                serial_number=official.nik,
                validity=expired if official.certificate == "expired" else short,
            )
            for official in officials
        }
    revoked = [holders[official.nik] for official in officials if official.certificate == "revoked"]
    directory.mkdir(parents=True, exist_ok=True)
    roots = {"chip": csca, "packet": packet_root, "esign": root, "scanner": vendor}
    paths = {name: directory / f"{name}-roots.pem" for name in roots}
    for name, holder in roots.items():
        paths[name].write_bytes(holder.pem())
    esign_crl, chip_crl = _revocation_list(issuing, revoked, now), _revocation_list(csca, (), now)
    (directory / "esign.crl").write_bytes(esign_crl)
    (directory / "chip.crl").write_bytes(chip_crl)
    return Authorities(
        csca=csca,
        document_signer=signer,
        packet_root=packet_root,
        packet_signer=packet_signer,
        esign_root=root,
        officials=holders,
        scanner_root=vendor,
        scanner_device=device,
        chip_roots=paths["chip"],
        packet_roots=paths["packet"],
        esign_roots=paths["esign"],
        scanner_roots=paths["scanner"],
        esign_crl=esign_crl,
        chip_crl=chip_crl,
    )
