"""The one gate after any e-sign provider: is this our document, signed once, wholly, now, by the right official?

pyHanko is imported on first use: about 0.25 s and 29 MB, which stay well under what a child process would cost.
"""

from __future__ import annotations

import hashlib
import io
import logging
import re
from dataclasses import dataclass, field
from typing import Any

from appliance.central.signed_update import only_signed
from appliance.clock import to_datetime
from appliance.faults import DeviceFault, FaultCode

TOLERANCE_MS = 10 * 60 * 1000
"""How far the signer's clock may be off; a PAdES B-B time is only the signer's own word."""


@dataclass(frozen=True, slots=True)
class SignatureFacts:
    """What the gate found: signer as in the certificate, time (UTC ms, the signer's word), field, SHA-256 (hex).

    `pdfa` is the level that the document claims for itself (`2A`), empty if none.
    """

    official_nik: str = field(repr=False)
    official_name: str
    signed_at: int
    field_name: str
    sha256: str
    pdfa: str = ""


def check_signature(
    signed: bytes, *, original: bytes | None, official_nik: str, roots_pem: bytes, asked_at: int, now: int
) -> SignatureFacts:
    """Let a signed PDF pass, or raise `esign.untrusted_document` naming the reason.

    `original` is what was sent for signing at `asked_at` (UTC ms); None for what SIAK typeset itself, whose text is
    to be held against the approved draft (`printed_card`, decision 28). The official is known by the NIK in the
    serialNumber of the certificate's subject (2.5.4.5). Reasons: `original_changed`, `not_a_pdf`, `no_signature`,
    `several_signatures`, `content_changed`, `bytes_not_covered`, `digest_mismatch`, `signature_invalid`,
    `digest_weak`, `chain_untrusted`, `wrong_official`, `time_not_sane`.
    """
    if original is not None and (not signed.startswith(original) or len(signed) == len(original)):
        raise _untrusted("original_changed")
    signature, status = _validate(signed, original, roots_pem, now)
    _refuse_unless_sound(status)
    facts = _facts(signed, signature, status)
    if facts.official_nik != official_nik:
        raise _untrusted("wrong_official")
    if not asked_at - TOLERANCE_MS <= facts.signed_at <= now + TOLERANCE_MS:
        raise _untrusted("time_not_sane")
    return facts


def examine(document: bytes, *, roots_pem: bytes, now: int) -> SignatureFacts:
    """Who signed a PDF that somebody brings, all of it and with a trusted certificate; raises as `check_signature`.

    The certificate must have been good when the document was signed, by the signer's own word: a family card stays
    genuine after its signer's certificate has run out, and a PAdES B-B signature carries no other time.
    """
    signature, status = _validate(document, None, roots_pem, now, when_signed=True)
    _refuse_unless_sound(status)
    facts = _facts(document, signature, status)
    if facts.signed_at > now + TOLERANCE_MS:
        raise _untrusted("time_not_sane")
    return facts


def _refuse_unless_sound(status: Any) -> None:
    if status.coverage.name != "ENTIRE_FILE":
        raise _untrusted("bytes_not_covered")
    if not status.intact:
        raise _untrusted("digest_mismatch")
    if not status.valid or not status.docmdp_ok:
        raise _untrusted("signature_invalid")
    if status.md_algorithm.lower() not in {"sha256", "sha384", "sha512"}:
        raise _untrusted("digest_weak")
    if not status.trusted:
        raise _untrusted("chain_untrusted")


def _facts(signed: bytes, signature: Any, status: Any) -> SignatureFacts:
    subject = status.signing_cert.subject.native
    reported = status.signer_reported_dt
    signed_at = round(reported.timestamp() * 1000) if reported is not None else 0
    nik, name = str(subject.get("serial_number", "")), str(subject.get("common_name", ""))
    digest = hashlib.sha256(signed).hexdigest()
    return SignatureFacts(nik, name, signed_at, str(signature.field_name), digest, _pdfa(signature.reader))


def _pdfa(reader: Any) -> str:
    """The PDF/A level in the document's description (ISO 19005-1 §6.7.11), as claimed, not proven."""
    try:
        described = reader.root["/Metadata"].data[:200_000]
    except Exception:  # noqa: BLE001 - the library's errors over a description that is torn are many, and it is a claim only
        return ""
    found = [
        re.search(rb"pdfaid:" + key + rb"\s*(?:>|=\s*[\"'])\s*(\w)", described) for key in (b"part", b"conformance")
    ]
    return "".join(one.group(1).decode() for one in found if one)


def _untrusted(reason: str) -> DeviceFault:
    return DeviceFault(FaultCode.ESIGN_UNTRUSTED, reason)


def _validate(
    signed: bytes, original: bytes | None, roots_pem: bytes, now: int, *, when_signed: bool = False
) -> tuple[Any, Any]:
    """The signature and its status now, or at the time that the signature itself gives."""
    from pyhanko.keys import load_certs_from_pemder_data
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko.sign.validation.errors import SignatureValidationError
    from pyhanko_certvalidator import ValidationContext

    # It logs certificates with names in them; what went wrong is said by our fault.
    for library in ("pyhanko", "pyhanko_certvalidator"):
        logging.getLogger(library).setLevel(logging.CRITICAL + 1)
    roots = list(load_certs_from_pemder_data(roots_pem)) if roots_pem else []
    try:
        reader = PdfFileReader(io.BytesIO(signed))
        signatures = reader.embedded_signatures
        if len(signatures) != 1:
            raise _untrusted("several_signatures" if signatures else "no_signature")
        if original is not None and not only_signed(reader, PdfFileReader(io.BytesIO(original)), signatures[0]):
            raise _untrusted("content_changed")
        said = signatures[0].self_reported_timestamp if when_signed else None
        context = ValidationContext(
            trust_roots=roots,
            allow_fetching=False,
            revocation_mode="soft-fail",
            moment=min(said or to_datetime(now), to_datetime(now)),
        )
        return signatures[0], validate_pdf_signature(signatures[0], context)
    except SignatureValidationError as error:
        raise _untrusted("signature_invalid") from error
    except DeviceFault:
        raise
    except Exception as error:
        # A PDF torn in the right place lets the library stumble in ways that it does not name: its own errors, those
        # of Python on values of another kind than expected, and its assertions.
        raise _untrusted("not_a_pdf") from error
