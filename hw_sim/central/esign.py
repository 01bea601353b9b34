"""The e-sign service of the simulated state: the calls of BSrE's Esign Client Service, v1 and v2, that are used.

It signs for real (PAdES B-B, SHA-256), and like the real one it forgets: there is no way to ask what was signed. v1
gives a document once more by its number, then no more (404).
pyHanko teaches asn1crypto its CMS attributes when imported, and asn1crypto fixes its list of names at first use: the
import must come before the first security object of a card is made, so it stands here, not in a function.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import io
import threading
import time
import uuid
from collections.abc import Mapping, Sequence

from asn1crypto import keys
from asn1crypto import x509 as asn1
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers import PdfSignatureMetadata, SimpleSigner
from pyhanko.sign.signers import sign_pdf as sign_incrementally
from pyhanko_certvalidator.registry import SimpleCertificateStore

from hw_sim.central.pki import Holder, Official
from hw_sim.central.wire import Reading, Refusal, Reply, Route, Sheet, route

FIELD = "TTE_KepalaDinas"


class EsignService:
    """Signs with the key of whoever gives NIK and passphrase."""

    def __init__(self, officials: Sequence[Official], holders: Mapping[str, Holder]) -> None:
        self._officials = {official.nik: official for official in officials}
        self._holders = holders
        self._status = {official.nik: official.status for official in officials}
        self._passphrases = {official.nik: official.passphrase for official in officials}
        self._lock = threading.Lock()
        self._kept: dict[str, bytes] = {}
        self.signed: list[tuple[str, str]] = []
        """Every signature ever made here: NIK of the official and SHA-256 of the document before it."""

    def routes(self) -> tuple[Route, ...]:
        """The calls of docs/guides/central-offices.md."""
        return (
            route("POST", "/api/v2/user/check/status", "status", lambda _, body: self._check(body)),
            route("POST", "/api/v2/sign/pdf", "sign", lambda _, body: self._sign(body)),
            route("GET", "/api/user/status/{nik}", "status", lambda found, _: self._check(found)),
            route("POST", "/api/sign/pdf", "sign", lambda _, body: self._sign_form(body)),
            route("GET", "/api/sign/download/{number}", "download", lambda found, _: self._download(found["number"])),
        )

    def set_status(self, nik: str, status: str) -> None:
        """Let the service say this of the user: ISSUE, EXPIRED, SUSPEND, …"""
        self._status[nik] = status

    def set_passphrase(self, nik: str, passphrase: str) -> None:
        """Let the official have chosen this passphrase."""
        self._passphrases[nik] = passphrase

    def _check(self, body: Mapping[str, object]) -> Reply:
        status = self._status.get(str(body.get("nik")))
        if status is None:
            return 200, {"status_code": 1110, "message": "User belum terdaftar", "status": "NOT_REGISTERED"}
        code = 1111 if status == "ISSUE" else 1112
        return 200, {"status_code": code, "message": f"User {status}", "status": status}

    def _sign(self, body: Mapping[str, object]) -> Reply:
        began = time.monotonic()
        nik = str(body.get("nik"))
        if (refused := self._refusal(nik, str(body.get("passphrase")))) is not None:
            return refused
        files, wishes = body.get("file"), Reading(body).rows("signatureProperties")
        if not isinstance(files, list) or not files or len(wishes) != len(files):
            return _error("Parameter tidak lengkap", 2001)
        signed = []
        for content, wish in zip(files, wishes, strict=True):
            document = Reading({"file": content}).binary("file")
            if wish.text("tampilan") != "INVISIBLE" or not document.startswith(b"%PDF-"):
                return _error("Proses signing gagal: InvalidPdfException", 2001)
            reason, location = wish.optional("reason") or "", wish.optional("location") or ""
            signed.append(self._signed(nik, document, reason, location))
        answer = [base64.b64encode(document).decode() for document in signed]
        return 200, {"time": round((time.monotonic() - began) * 1000), "file": answer}

    def _sign_form(self, body: Mapping[str, object]) -> Reply:
        nik, document = str(body.get("nik")), body.get("file")
        if (refused := self._refusal(nik, str(body.get("passphrase")))) is not None:
            return refused
        if (
            body.get("tampilan") != "invisible"
            or not isinstance(document, bytes)
            or not document.startswith(b"%PDF-")
        ):
            return _error("Proses signing gagal: InvalidPdfException", 2001)
        signed = self._signed(nik, document, str(body.get("reason", "")), str(body.get("location", "")))
        number = uuid.uuid4().hex
        with self._lock:
            self._kept[number] = signed
        return 200, Sheet(signed, {"id_dokumen": number})

    def _download(self, number: str) -> Reply:
        with self._lock:
            signed = self._kept.pop(number, None)
        return (404, {"error": "Dokumen tidak ditemukan"}) if signed is None else (200, Sheet(signed, {}))

    def _refusal(self, nik: str, passphrase: str) -> Reply | None:
        if nik not in self._officials:
            return _error("User belum terdaftar", 2011)
        if not hmac.compare_digest(passphrase.encode(), self._passphrases[nik].encode()):
            return _error("Passphrase anda salah", 2031)
        if self._status[nik] != "ISSUE":
            return _error("Sertifikat pengguna tidak dapat digunakan", 2021)
        return None

    def _signed(self, nik: str, document: bytes, reason: str, location: str) -> bytes:
        signed = sign_pdf(document, self._holders[nik], reason, location)
        with self._lock:
            self.signed.append((nik, hashlib.sha256(document).hexdigest()))
        return signed


def _error(text: str, code: int) -> Reply:
    return 400, {"error": text, "status_code": code}


def sign_pdf(document: bytes, holder: Holder, reason: str, location: str, field: str = FIELD) -> bytes:
    """The document with one invisible signature appended as an incremental update; its own bytes stay in front."""
    private = holder.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    chain = [asn1.Certificate.load(paper.public_bytes(Encoding.DER)) for paper in holder.chain]
    signer = SimpleSigner(
        signing_cert=asn1.Certificate.load(holder.der()),
        signing_key=keys.PrivateKeyInfo.load(private),
        cert_registry=SimpleCertificateStore.from_certs(chain),
    )
    wish = PdfSignatureMetadata(
        field_name=field,
        md_algorithm="sha256",
        subfilter=SigSeedSubFilter.PADES,
        reason=reason or None,
        location=location or None,
    )
    try:
        writer = IncrementalPdfFileWriter(io.BytesIO(document))
        return bytes(sign_incrementally(writer, wish, signer=signer).getvalue())
    except (PdfError, SigningError) as error:
        detail = "Proses signing gagal: InvalidPdfException"
        raise Refusal(400, detail, type(error).__name__, status_code=2001) from error
