"""E-sign providers: whole PDF in, signed PDF out. Whatever comes back goes through `signature_gate` before use."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from appliance.central.accounts import Account
from appliance.central.http import OfficeClient, OfficeFaults, OfficeRefusal
from appliance.faults import DeviceFault, FaultCode

FAULTS = OfficeFaults(FaultCode.ESIGN_UNREACHABLE, FaultCode.ESIGN_REJECTED, FaultCode.ESIGN_UNKNOWN)
MAY_SIGN = "ISSUE"
"""The only user status that may sign (BSrE manual v2.0)."""
_USER_NOT_REGISTERED, _WRONG_PASSPHRASE = 2011, 2031


@dataclass(frozen=True, slots=True)
class SignRequest:
    """A document to be signed by one official, invisibly; reason and location stand in the signature."""

    document: bytes = field(repr=False)
    official_nik: str = field(repr=False)
    reason: str
    location: str


@dataclass(frozen=True, slots=True)
class SignedDocument:
    """What a provider sent back, unchecked, with its SHA-256 (hex)."""

    document: bytes = field(repr=False)
    sha256: str
    provider: str


class Signer(Protocol):
    """A service that signs for officials."""

    def status(self, official_nik: str) -> str:
        """What the service says of the user; only `ISSUE` may sign. Raises `esign.unreachable`, `esign.not_ready`."""

    def sign(self, request: SignRequest, passphrase: str) -> SignedDocument:
        """Sign once. Never repeats by itself; after `esign.no_answer` nobody can tell whether it was signed.

        Raises `esign.wrong_passphrase`, `.not_ready`, `.rejected`, `.unreachable` (nothing was sent), `.no_answer`.
        """


class BsreV2:
    """BSrE Esign Client Service v2, installed on the agency's network."""

    def __init__(
        self, url: str, account: Account | None, *, connect_seconds: float = 5.0, answer_seconds: float = 60.0
    ) -> None:
        self._office = OfficeClient(
            url, account, FAULTS, connect_seconds=connect_seconds, answer_seconds=answer_seconds
        )

    def status(self, official_nik: str) -> str:
        """See `Signer.status`."""
        try:
            return status_in(self._office.ask("/api/v2/user/check/status", {"nik": official_nik}))
        except OfficeRefusal as refusal:
            raise meaning(refusal) from refusal

    def sign(self, request: SignRequest, passphrase: str) -> SignedDocument:
        """See `Signer.sign`."""
        wish = {"tampilan": "INVISIBLE", "reason": request.reason, "location": request.location}
        try:
            answer = self._office.tell(
                "/api/v2/sign/pdf",
                {
                    "nik": request.official_nik,
                    "passphrase": passphrase,
                    "signatureProperties": [wish],
                    "file": [base64.b64encode(request.document).decode("ascii")],
                },
            )
        except OfficeRefusal as refusal:
            raise meaning(refusal) from refusal
        document = _only_file(answer)
        return SignedDocument(document, hashlib.sha256(document).hexdigest(), "bsre_v2")


class SiakImport:
    """The document as an official signed it elsewhere (in SIAK, at a signing portal), brought back as a file."""

    def __init__(self, document: bytes) -> None:
        self._document = document

    def status(self, official_nik: str) -> str:
        """Whether the official might sign is seen from the signature."""
        return MAY_SIGN

    def sign(self, request: SignRequest, passphrase: str) -> SignedDocument:
        """What was brought; neither the request nor a passphrase is used."""
        return SignedDocument(self._document, hashlib.sha256(self._document).hexdigest(), "siak_import")


def _only_file(answer: Mapping[str, object]) -> bytes:
    files = answer.get("file")
    if not isinstance(files, list) or len(files) != 1 or not isinstance(files[0], str):
        raise DeviceFault(FaultCode.ESIGN_UNKNOWN, "the answer does not hold one file")
    try:
        return base64.b64decode(files[0], validate=True)
    except binascii.Error as error:
        raise DeviceFault(FaultCode.ESIGN_UNKNOWN, "the file in the answer is not base64") from error


def status_in(answer: Mapping[str, object] | None) -> str:
    """The user's status in an answer of either version."""
    status = answer.get("status") if answer else None
    if not isinstance(status, str):
        raise DeviceFault(FaultCode.ESIGN_UNREACHABLE, "the answer holds no status")
    return status


def meaning(refusal: OfficeRefusal) -> DeviceFault:
    """What a refusal means; both versions use the same numbers."""
    number = refusal.body.get("status_code")
    code = number if isinstance(number, int) else None
    detail = f"HTTP {refusal.status}, status_code {code}"
    if refusal.status in {401, 403}:
        return DeviceFault(FaultCode.ESIGN_NOT_READY, f"HTTP {refusal.status}: the application account is refused")
    if code == _WRONG_PASSPHRASE:
        return DeviceFault(FaultCode.ESIGN_AUTH_FAILED, detail)
    if code == _USER_NOT_REGISTERED:
        return DeviceFault(FaultCode.ESIGN_NOT_READY, detail)
    return DeviceFault(FaultCode.ESIGN_REJECTED, detail)
