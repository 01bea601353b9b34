"""BSrE's older Esign Client Service (v1), which offices still run and which BSrE has announced to end.

A form goes in, a PDF comes back with its number in the header `id_dokumen`; by it the PDF may be fetched once more.
"""

from __future__ import annotations

import hashlib
from urllib.parse import quote

from appliance.central.accounts import Account
from appliance.central.esign import FAULTS, SignedDocument, SignRequest, meaning, status_in
from appliance.central.http import Answer, OfficeClient, OfficeRefusal
from appliance.faults import DeviceFault, FaultCode

DOCUMENT_NUMBER = "id_dokumen"
_LONGEST_NUMBER = 100


class BsreV1:
    """BSrE Esign Client Service v1, installed on the agency's network."""

    def __init__(
        self, url: str, account: Account | None, *, connect_seconds: float = 5.0, answer_seconds: float = 60.0
    ) -> None:
        self._office = OfficeClient(
            url, account, FAULTS, connect_seconds=connect_seconds, answer_seconds=answer_seconds
        )

    def status(self, official_nik: str) -> str:
        """See `Signer.status`."""
        try:
            return status_in(self._office.ask(f"/api/user/status/{quote(official_nik, safe='')}"))
        except OfficeRefusal as refusal:
            raise meaning(refusal) from refusal

    def sign(self, request: SignRequest, passphrase: str) -> SignedDocument:
        """See `Signer.sign`. A document whose answer broke off after its number is fetched by that number, once."""
        fields = {
            "nik": request.official_nik,
            "passphrase": passphrase,
            "tampilan": "invisible",
            "reason": request.reason,
            "location": request.location,
        }
        try:
            answer = self._office.send_form("/api/sign/pdf", fields, "file", request.document)
        except OfficeRefusal as refusal:
            raise meaning(refusal) from refusal
        document = self._document(answer)
        return SignedDocument(document, hashlib.sha256(document).hexdigest(), "bsre_v1")

    def _document(self, answer: Answer) -> bytes:
        if not answer.broken and answer.content.startswith(b"%PDF-"):
            return answer.content
        number = answer.headers.get(DOCUMENT_NUMBER, "")
        if not 0 < len(number) <= _LONGEST_NUMBER:
            raise DeviceFault(FaultCode.ESIGN_UNKNOWN, "the answer is no document and names none")
        try:
            found = self._office.fetch(f"/api/sign/download/{quote(number, safe='')}")
        except (OfficeRefusal, DeviceFault) as fault:
            raise DeviceFault(FaultCode.ESIGN_UNKNOWN, f"signed, not received: {fault.detail}") from fault
        if found is None or not found.startswith(b"%PDF-"):
            raise DeviceFault(FaultCode.ESIGN_UNKNOWN, "signed, and its number gives no document")
        return found
