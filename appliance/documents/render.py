"""Papers from values: each is typeset in a process of its own that ends with it, so the caller holds no memory."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
from dataclasses import dataclass

from appliance.documents import sheets
from appliance.documents.forms import Form, form_data
from appliance.documents.trial_pages import TrialPage, trial_page_data
from appliance.documents.values import (
    CardFace,
    DestructionMinutes,
    DocumentFailed,
    DocumentRefused,
    FaceMinutes,
    FamilyCard,
    Receipt,
    ReportSlip,
    ReturnSlip,
    SopMonthPaper,
    TextDoesNotFit,
)


def _typeset(template: str, form: str, timestamp: int, data: sheets.Data, seconds: float) -> bytes:
    request = json.dumps(
        {"template": template, "format": form, "timestamp": timestamp, "data": data}, ensure_ascii=False
    ).encode()
    try:
        finished = subprocess.run(
            [sys.executable, "-m", "appliance.documents.worker"],
            input=struct.pack(">I", len(request)) + request,
            capture_output=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        # `from None`: the exception being handled carries the paper's values.
        raise DocumentFailed(f"{template}: not typeset within {seconds:g} s") from None
    answer = finished.stdout
    if finished.returncode != 0 or len(answer) < 5:
        raise DocumentFailed(f"{template}: the typesetting process ended with {finished.returncode}")
    status, length = struct.unpack(">BI", answer[:5])
    body = answer[5:]
    if len(body) != length:
        raise DocumentFailed(f"{template}: the typesetting process broke off")
    if status == 0:
        return body
    refusal = json.loads(body)
    if "field" in refusal:
        raise TextDoesNotFit(refusal["field"])
    raise DocumentRefused(template, refusal["why"])


@dataclass(frozen=True, slots=True)
class Renderer:
    """Makes papers; equal values give equal bytes.

    PDFs are PDF/A-2a and PDF/UA-1 and end with a newline, so that they stay PDF/A when signed. Every call ends within
    `seconds`. All raise `TextDoesNotFit` or `DocumentRefused` naming the field, and `DocumentFailed` if the
    typesetting process breaks or is late.
    """

    seconds: float = 20.0

    def render_family_card(self, card: FamilyCard) -> bytes:
        """Kartu Keluarga, PDF, A4 landscape, one sheet for each ten members."""
        return _typeset("family_card", "pdf", card.issued_at // 1000, sheets.family_card_data(card), self.seconds)

    def render_card_face(self, face: CardFace) -> bytes:
        """The front of a KTP-el, PNG of 1012 x 638 pixels at 300 dpi."""
        return _typeset("card_face", "png", 0, sheets.card_face_data(face), self.seconds)

    def render_trial_sheet(self, page: TrialPage) -> bytes:
        """A test page, PDF, of the page's own size."""
        return _typeset("trial_page", "pdf", page.issued_at // 1000, trial_page_data(page), self.seconds)

    def render_trial_card(self, page: TrialPage) -> bytes:
        """The same as PNG at 300 dpi."""
        return _typeset("trial_page", "png", 0, trial_page_data(page), self.seconds)

    def render_receipt(self, receipt: Receipt) -> bytes:
        """Tanda terima, PDF, A4 portrait."""
        return _typeset("receipt", "pdf", receipt.issued_at // 1000, sheets.receipt_data(receipt), self.seconds)

    def render_return_slip(self, slip: ReturnSlip) -> bytes:
        """Tanda pengembalian berkas, PDF, A4 portrait."""
        return _typeset("return_slip", "pdf", slip.issued_at // 1000, sheets.return_slip_data(slip), self.seconds)

    def render_report_slip(self, slip: ReportSlip) -> bytes:
        """The reporter's slip with case code and QR code, PDF, A5 portrait."""
        return _typeset("report_slip", "pdf", slip.issued_at // 1000, sheets.report_slip_data(slip), self.seconds)

    def render_face_minutes(self, minutes: FaceMinutes) -> bytes:
        """Berita acara of a handover by face, PDF, A4 portrait."""
        data = sheets.face_minutes_data(minutes)
        return _typeset("face_minutes", "pdf", minutes.issued_at // 1000, data, self.seconds)

    def render_destruction_minutes(self, minutes: DestructionMinutes) -> bytes:
        """Berita acara pemusnahan, PDF, A4 portrait, as many pages as the cards need."""
        data = sheets.destruction_minutes_data(minutes)
        return _typeset("destruction_minutes", "pdf", minutes.issued_at // 1000, data, self.seconds)

    def render_form(self, form: Form) -> bytes:
        """A paper of sections, PDF, A4, as many pages as it needs."""
        return _typeset("form", "pdf", form.issued_at // 1000, form_data(form), self.seconds)

    def render_sop_month(self, paper: SopMonthPaper) -> bytes:
        """Laporan bulanan SOP, PDF, A4 landscape."""
        return _typeset("sop_month", "pdf", paper.issued_at // 1000, sheets.sop_month_data(paper), self.seconds)
