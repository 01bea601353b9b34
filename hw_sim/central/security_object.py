"""EF.SOD: CMS SignedData over the hashes of the data groups (ICAO Doc 9303-10 §4.6.2, 9303-12)."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Mapping

from asn1crypto import algos, cms, core
from asn1crypto import x509 as asn1
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from hw_sim.central.pki import Holder
from hw_sim.central.tlv import tlv

LDS_SECURITY_OBJECT = "2.23.136.1.1.1"
SHA256_ALGORITHM = bytes.fromhex("300d06096086480165030402010500")


def lds_security_object(groups: Mapping[int, bytes]) -> bytes:
    """Version 0, SHA-256, and number and hash of each data group in order."""
    hashed = (tlv(0x30, tlv(0x02, bytes([n])), tlv(0x04, hashlib.sha256(groups[n]).digest())) for n in sorted(groups))
    return tlv(0x30, tlv(0x02, b"\x00"), SHA256_ALGORITHM, tlv(0x30, *hashed))


def make(groups: Mapping[int, bytes], signer: Holder) -> bytes:
    """EF.SOD, tag 77, signed by the document signer, whose certificate is inside; P-256 with SHA-256."""
    content = lds_security_object(groups)
    paper = asn1.Certificate.load(signer.der())
    now = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
    attributes = cms.CMSAttributes(
        [
            {"type": "content_type", "values": [LDS_SECURITY_OBJECT]},
            {"type": "signing_time", "values": [cms.Time({"utc_time": core.UTCTime(now)})]},
            {"type": "message_digest", "values": [hashlib.sha256(content).digest()]},
        ]
    )
    if not isinstance(signer.key, ec.EllipticCurvePrivateKey):
        raise TypeError("the document signer has a P-256 key")
    signature = signer.key.sign(attributes.dump(), ec.ECDSA(hashes.SHA256()))
    digest = algos.DigestAlgorithm({"algorithm": "sha256"})
    signed = cms.SignedData(
        {
            "version": "v3",
            "digest_algorithms": [digest],
            "encap_content_info": {
                "content_type": LDS_SECURITY_OBJECT,
                "content": core.ParsableOctetString(content),
            },
            "certificates": [paper],
            "signer_infos": [
                {
                    "version": "v1",
                    "sid": {
                        "issuer_and_serial_number": {"issuer": paper.issuer, "serial_number": paper.serial_number}
                    },
                    "digest_algorithm": digest,
                    "signed_attrs": attributes,
                    "signature_algorithm": {"algorithm": "sha256_ecdsa"},
                    "signature": signature,
                }
            ],
        }
    )
    return tlv(0x77, cms.ContentInfo({"content_type": "signed_data", "content": signed}).dump())
