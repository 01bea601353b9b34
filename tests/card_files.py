"""Small card files and a security object of an invented resident, made without any code of the appliance."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from asn1crypto import algos, cms, core
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from hw_sim.central import data_groups

FIDS = {
    "COM": 0x011E,
    "DG1": 0x0101,
    "DG2": 0x0102,
    "DG7": 0x0107,
    "DG11": 0x010B,
    "DG12": 0x010C,
    "DG13": 0x010D,
    "DG15": 0x010F,
    "FP1": 0x0201,
    "FP2": 0x0202,
    "SOD": 0x011D,
}
SFIS = {"COM": 0x1E, "SOD": 0x1D, "FP1": 0x11, "FP2": 0x12}
TAGS = {"DG1": 0x61, "DG2": 0x75, "DG7": 0x67, "DG11": 0x6B, "DG12": 0x6C, "DG13": 0x6D, "DG15": 0x6F}
LDS_OID = "2.23.136.1.1.1"


def tlv(tag: int, value: bytes) -> bytes:
    head = tag.to_bytes((tag.bit_length() + 7) // 8)
    size = len(value)
    if size < 0x80:
        return head + bytes([size]) + value
    body = size.to_bytes((size.bit_length() + 7) // 8)
    return head + bytes([0x80 | len(body)]) + body + value


def sfi(name: str) -> int:
    return SFIS.get(name) or int(name[2:])


@dataclass(frozen=True)
class Issuer:
    """A test country signer and one document signer under it."""

    root: x509.Certificate
    leaf: x509.Certificate
    key: ec.EllipticCurvePrivateKey = field(repr=False)

    @property
    def root_pem(self) -> bytes:
        return self.root.public_bytes(serialization.Encoding.PEM)


def issuer(
    start: datetime = datetime(2026, 1, 1, tzinfo=UTC), days: int = 4000, name: str = "Uji Country Signer"
) -> Issuer:
    root_key, leaf_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())

    def subject(common: str) -> x509.Name:
        return x509.Name(
            [x509.NameAttribute(NameOID.COUNTRY_NAME, "ID"), x509.NameAttribute(NameOID.COMMON_NAME, common)]
        )

    def certificate(common: str, key: ec.EllipticCurvePrivateKey, is_root: bool) -> x509.Certificate:
        usage = dict.fromkeys(
            (
                "digital_signature",
                "content_commitment",
                "key_encipherment",
                "data_encipherment",
                "key_agreement",
                "key_cert_sign",
                "crl_sign",
                "encipher_only",
                "decipher_only",
            ),
            False,
        )
        usage["key_cert_sign" if is_root else "digital_signature"] = True
        return (
            x509.CertificateBuilder()
            .subject_name(subject(common))
            .issuer_name(subject(name))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(start + timedelta(days=days))
            .add_extension(x509.BasicConstraints(is_root, 0 if is_root else None), True)
            .add_extension(x509.KeyUsage(**usage), True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()), False)
            .sign(root_key, hashes.SHA256())
        )

    return Issuer(certificate(name, root_key, True), certificate("Uji Document Signer", leaf_key, False), leaf_key)


class _Hash(core.Sequence):
    _fields = [("number", core.Integer), ("value", core.OctetString)]  # noqa: RUF012


class _Hashes(core.SequenceOf):
    _child_spec = _Hash


class _Lds(core.Sequence):
    _fields = [("version", core.Integer), ("algorithm", algos.DigestAlgorithm), ("hashes", _Hashes)]  # noqa: RUF012


def lds(groups: dict[str, bytes]) -> bytes:
    """The LDS security object over the data groups, DER."""
    rows = sorted((int(name[2:]), hashlib.sha256(data).digest()) for name, data in groups.items())
    return _Lds(
        {
            "version": 0,
            "algorithm": {"algorithm": "sha256"},
            "hashes": [{"number": number, "value": value} for number, value in rows],
        }
    ).dump()


def security_object(groups: dict[str, bytes], who: Issuer) -> bytes:
    """EF.SOD: CMS SignedData over the hashes, signed by the document signer."""
    content = lds(groups)
    attributes = cms.CMSAttributes(
        [
            cms.CMSAttribute({"type": "content_type", "values": [LDS_OID]}),
            cms.CMSAttribute({"type": "message_digest", "values": [hashlib.sha256(content).digest()]}),
        ]
    )
    certificate = asn1_x509.Certificate.load(who.leaf.public_bytes(serialization.Encoding.DER))
    signer = cms.SignerInfo(
        {
            "version": "v1",
            "sid": cms.SignerIdentifier(
                {
                    "issuer_and_serial_number": {
                        "issuer": certificate.issuer,
                        "serial_number": certificate.serial_number,
                    }
                }
            ),
            "digest_algorithm": {"algorithm": "sha256"},
            "signed_attrs": attributes,
            "signature_algorithm": {"algorithm": "sha256_ecdsa"},
            "signature": who.key.sign(attributes.dump(), ec.ECDSA(hashes.SHA256())),
        }
    )
    signed = cms.SignedData(
        {
            "version": "v3",
            "digest_algorithms": [{"algorithm": "sha256"}],
            "encap_content_info": {"content_type": LDS_OID, "content": core.ParsableOctetString(content)},
            "certificates": [certificate],
            "signer_infos": [signer],
        }
    )
    return tlv(0x77, cms.ContentInfo({"content_type": "signed_data", "content": signed}).dump())


def finger(subtype: int, minutiae: int = 45) -> bytes:
    header = tlv(
        0xA1,
        tlv(0x80, b"\x01\x01") + tlv(0x81, b"\x08") + tlv(0x82, bytes([subtype])) + tlv(0x87, b"\x01\x01")
        + tlv(0x88, b"\x00\x05"),
    )  # fmt: skip
    points = b"".join(bytes([index * 5 % 251, index * 7 % 251, index % 64]) for index in range(minutiae))
    return tlv(0x7F61, tlv(0x02, b"\x01") + tlv(0x7F60, header + tlv(0x5F2E, points)))


def groups(aa_public_key: bytes, portrait_bytes: int = 3800, name: str = "SITI AMINAH") -> dict[str, bytes]:
    """All files but the security object; `aa_public_key` is the chip's SubjectPublicKeyInfo."""
    fingers = {"FP1": finger(9), "FP2": finger(10)}
    lines = (
        "I<IDN990000001<<<<<<<<<<<<<<<<"
        + "8501014F4912317IDN<<<<<<<<<<<8"
        + name.replace(" ", "<<", 1).ljust(30, "<")
    )
    image = b"\x00\x00\x00\x0cjP  \r\n\x87\n" + bytes(index * 37 % 256 for index in range(portrait_bytes))
    face = b"FAC\x00010\x00" + (14 + 32 + len(image)).to_bytes(4) + b"\x00\x01"
    face += (32 + len(image)).to_bytes(4) + bytes(28) + image
    header = tlv(0xA1, tlv(0x81, b"\x02") + tlv(0x87, b"\x01\x01") + tlv(0x88, b"\x00\x08"))
    portrait = tlv(0x7F61, tlv(0x02, b"\x01") + tlv(0x7F60, header + tlv(0x5F2E, face)))
    ink = b"\x89PNG\r\n\x1a\n" + bytes(600)
    details = tlv(0x5C, bytes.fromhex("5F0E5F105F2B5F42")) + tlv(0x5F0E, name.encode())
    details += tlv(0x5F10, b"9901014101850001") + tlv(0x5F2B, b"19850101") + tlv(0x5F42, b"JL. UJI NO. 1")
    issue = tlv(0x5C, bytes.fromhex("5F195F26")) + tlv(0x5F19, b"DISDUKCAPIL UJI") + tlv(0x5F26, b"20261124")
    national = {
        0xDF21: b"ISLAM", 0xDF22: b"BELUM KAWIN", 0xDF23: b"PELAJAR/MAHASISWA", 0xDF24: b"WNI", 0xDF25: b"O",
        0xDF26: b"001/002", 0xDF27: b"UJI", 0xDF28: b"UJI", 0xDF29: b"KOTA UJI", 0xDF2A: b"PROVINSI UJI",
        0xDF2B: b"SEUMUR HIDUP", 0xDF2C: b"9901010101260001", 0xDF2D: b"1", 0xDF2E: b"PEREMPUAN", 0xDF2F: b"UJI",
        0xDF30: b"1985-01-01", 0xDF31: hashlib.sha256(fingers["FP1"]).digest(),
        0xDF32: hashlib.sha256(fingers["FP2"]).digest(), 0xDF33: b"JL. UJI NO. 1",
    }  # fmt: skip
    values = {
        "DG1": tlv(0x5F1F, lines.encode()),
        "DG2": portrait,
        "DG7": tlv(0x02, b"\x01") + tlv(0x5F43, ink),
        "DG11": details,
        "DG12": issue,
        "DG13": b"".join(tlv(tag, value) for tag, value in national.items()),
        "DG15": aa_public_key,
    }
    made = {key: tlv(TAGS[key], value) for key, value in values.items()}
    index = tlv(0x5F01, b"0107") + tlv(0x5F36, b"040000") + tlv(0x5C, bytes(TAGS.values()))
    return {"COM": tlv(0x60, index), **made, **fingers}


def card_files(
    aa_public_key: bytes, who: Issuer, portrait_bytes: int = 3800, name: str = "SITI AMINAH"
) -> dict[str, bytes]:
    """A complete set of files by name, the security object last."""
    made = groups(aa_public_key, portrait_bytes, name)
    signed = {key: data for key, data in made.items() if key.startswith("DG")}
    return {**made, "SOD": security_object(signed, who)}


def files_of(
    file: Mapping[str, Any], nik: str, kk_number: str, aa_public_key: bytes, who: Issuer, portrait_bytes: int = 3800
) -> dict[str, bytes]:
    """The same of the first resident of a case file: the chip says what the file says."""
    said = {**file["household"], **file["residents"][0]}
    made = groups(aa_public_key, portrait_bytes)
    digests = [hashlib.sha256(made[name]).digest() for name in ("FP1", "FP2")]
    made |= {"DG11": data_groups.dg11(said, nik), "DG13": data_groups.dg13(said, kk_number, digests)}
    signed = {key: data for key, data in made.items() if key.startswith("DG")}
    return {**made, "SOD": security_object(signed, who)}
