"""A family card that somebody brings as a file: genuine? the newest? Looked at and not kept."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template, request

from appliance.casework.roles import Role
from appliance.kiosk_ui.services import Services
from appliance.kiosk_ui.shown import ActForbidden, Mistake
from appliance.kiosk_ui.signin import at_desk
from appliance.office.document_check import DocumentFacts

REASONS = {
    "not_a_pdf": "Berkas ini bukan PDF yang utuh.",
    "no_signature": "Dokumen ini tidak bertanda tangan elektronik.",
    "several_signatures": "Dokumen ini bertanda tangan lebih dari satu kali.",
    "bytes_not_covered": "Ada yang ditambahkan setelah dokumen ditandatangani.",
    "digest_mismatch": "Isi dokumen diubah setelah ditandatangani.",
    "signature_invalid": "Tanda tangannya rusak.",
    "digest_weak": "Tanda tangannya memakai cara lama yang tidak aman.",
    "chain_untrusted": "Tanda tangannya bukan dari penerbit yang dipercaya.",
    "time_not_sane": "Waktu tanda tangannya di masa depan.",
}
"""Why a document is not genuine; the other reasons of the gate need the document that was sent for signing."""


def why_not_genuine(found: DocumentFacts) -> str:
    """The sentence; empty for a genuine document."""
    return "" if found.genuine else REASONS.get(found.reason, "Dokumen ini tidak asli.")


def add_document_check(face: Blueprint, services: Services) -> None:
    """Add /petugas/periksa to the officer's face."""

    def page(found: DocumentFacts | None = None, mistakes: tuple[Mistake, ...] = (), code: int = 200) -> Response:
        actor = at_desk()
        if actor.role is Role.GUDANG:
            raise ActForbidden
        shown = render_template(
            "officer/document_check.html",
            found=found,
            why="" if found is None else why_not_genuine(found),
            mistakes=mistakes,
            actor=actor,
        )
        return make_response(shown, code)

    def check() -> Response:
        brought = request.files.get("berkas")
        document = brought.read() if brought is not None else b""
        if not document:
            return page(None, (Mistake("berkas", "Pilih berkas PDF."),), 422)
        return page(services.desk.books.check_document(document))

    face.add_url_rule("/periksa", "document_check", lambda: page())
    face.add_url_rule("/periksa", "check_document", check, methods=["POST"])
