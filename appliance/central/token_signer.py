"""Signing here, by a token (HSM, TPM, SoftHSM) that the office owns, instead of by a service elsewhere.

pyHanko builds the signature (PAdES B-B, SHA-256, invisible) and asks the token for the one thing that only it can do.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass, field
from typing import Any, Protocol

from asn1crypto import algos
from asn1crypto import x509 as asn1
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from appliance.central.esign import MAY_SIGN, SignedDocument, SignRequest
from appliance.clock import Clock, to_datetime
from appliance.faults import DeviceFault, FaultCode

FIELD = "TTE_KepalaDinas"
NOT_REGISTERED, EXPIRED, NOT_YET = "NOT_REGISTERED", "EXPIRED", "NEW"


class Token(Protocol):
    """A token with keys and certificates; `appliance.drivers.pkcs11_signing_token`."""

    def certificates(self) -> tuple[tuple[bytes, bytes], ...]:
        """Id and DER of each certificate."""

    def sign(self, key_id: bytes, rsa: bool, data: bytes, pin: str) -> bytes:
        """PKCS#1 v1.5 over a DigestInfo (`rsa`), or r and s, each half of it, over a digest."""


@dataclass(frozen=True, slots=True)
class _Holder:
    """The official's certificate, the id of his key, and all certificates on the token."""

    key_id: bytes = field(repr=False)
    certificate: asn1.Certificate = field(repr=False)
    all: tuple[asn1.Certificate, ...] = field(repr=False)


class TokenSigner:
    """`appliance.central.esign.Signer` over a token; the passphrase is its PIN.

    The official is known by the NIK in the serialNumber of the certificate's subject (2.5.4.5).
    """

    def __init__(self, token: Token, clock: Clock) -> None:
        self._token = token
        self._clock = clock

    def status(self, official_nik: str) -> str:
        """See `Signer.status`: by the days of the official's certificate, in BSrE's words."""
        holder = self._holder(official_nik)
        if holder is None:
            return NOT_REGISTERED
        now, days = to_datetime(self._clock()), holder.certificate["tbs_certificate"]["validity"].native
        if now > days["not_after"]:
            return EXPIRED
        return MAY_SIGN if now >= days["not_before"] else NOT_YET

    def sign(self, request: SignRequest, passphrase: str) -> SignedDocument:
        """See `Signer.sign`."""
        from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
        from pyhanko.pdf_utils.misc import PdfError
        from pyhanko.sign.fields import SigSeedSubFilter
        from pyhanko.sign.general import SigningError
        from pyhanko.sign.signers import PdfSignatureMetadata, sign_pdf

        holder = self._holder(request.official_nik)
        if holder is None:
            raise DeviceFault(FaultCode.ESIGN_NOT_READY, NOT_REGISTERED)
        wish = PdfSignatureMetadata(
            field_name=FIELD,
            md_algorithm="sha256",
            subfilter=SigSeedSubFilter.PADES,
            reason=request.reason,
            location=request.location,
        )
        try:
            writer = IncrementalPdfFileWriter(io.BytesIO(request.document))
            out = sign_pdf(writer, wish, signer=_asking(self._token, holder, passphrase))
        except (PdfError, SigningError) as error:
            raise DeviceFault(FaultCode.ESIGN_REJECTED, type(error).__name__) from error
        document = bytes(out.getvalue())
        return SignedDocument(document, hashlib.sha256(document).hexdigest(), "pkcs11")

    def _holder(self, official_nik: str) -> _Holder | None:
        try:
            found = [(key_id, asn1.Certificate.load(der, strict=True)) for key_id, der in self._token.certificates()]
            named = [(key_id, one) for key_id, one in found if _nik_in(one) == official_nik]
        except ValueError as error:
            raise DeviceFault(FaultCode.ESIGN_UNREACHABLE, "the token holds what is no certificate") from error
        if not named:
            return None
        # After a renewal the old certificate may still lie there.
        key_id, newest = max(named, key=lambda one: one[1]["tbs_certificate"]["validity"]["not_after"].native)
        return _Holder(key_id, newest, tuple(one for _, one in found))


def _nik_in(certificate: asn1.Certificate) -> str:
    return str(certificate.subject.native.get("serial_number", ""))


def _asking(token: Token, holder: _Holder, pin: str) -> Any:
    """pyHanko's view of the token."""
    from pyhanko.sign.signers import Signer
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    rsa = holder.certificate.public_key.algorithm == "rsa"
    size = (holder.certificate.public_key.bit_size + 7) // 8

    class Asking(Signer):  # type: ignore[misc]
        async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
            if dry_run:
                return bytes(size if rsa else 2 * size + 9)
            digest = hashlib.new(digest_algorithm, data).digest()
            if not rsa:
                raw = token.sign(holder.key_id, False, digest, pin)
                half = len(raw) // 2
                return encode_dss_signature(int.from_bytes(raw[:half], "big"), int.from_bytes(raw[half:], "big"))
            algorithm = algos.DigestAlgorithm({"algorithm": digest_algorithm})
            info = algos.DigestInfo({"digest_algorithm": algorithm, "digest": digest})
            return token.sign(holder.key_id, True, info.dump(), pin)

    return Asking(
        signing_cert=holder.certificate,
        cert_registry=SimpleCertificateStore.from_certs(holder.all),
        embed_roots=False,
    )
