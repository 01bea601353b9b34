"""What every answer carries and what every request must: headers, CSRF, hosts, and error pages of our own."""

from __future__ import annotations

import functools
import secrets

from flask import Flask, Response, current_app, redirect, render_template, request
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.exceptions import HTTPException, MethodNotAllowed, SecurityError

from appliance.faults import DeviceFault
from appliance.kiosk_ui import language
from appliance.kiosk_ui.api.problems import PREFIX, problem
from appliance.kiosk_ui.notices import notice
from appliance.kiosk_ui.shown import ActForbidden, NoSuchCase, Wiped
from appliance.kiosk_ui.words import wiped_on
from appliance.records.store import Torn

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; font-src 'self'; "
    "media-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
KIOSK_POLICY = f"{CONTENT_SECURITY_POLICY}; sandbox allow-forms allow-same-origin allow-scripts"
"""On the kiosk's own screen: no window, no dialog, no download, whatever a page is made to do (HTML Living Standard
§7.1.5, sandboxing flags)."""
DOCUMENT_POLICY = (
    "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; img-src 'self'; frame-ancestors 'none'"
)
"""For a document itself: Chromium's own viewer shows a PDF as an object with a style of its own; no script runs."""

PERMISSIONS = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer",
        "camera",
        "display-capture",
        "geolocation",
        "hid",
        "microphone",
        "midi",
        "payment",
        "serial",
        "usb",
    )
)
LARGEST_REQUEST = 4 * 1024 * 1024
"""Bytes; a case file of forty residents is 40 kB, a scanned letter up to 3 MB."""

SENTENCES: dict[int, tuple[str, str]] = {
    400: ("Halaman ini sudah lama", "Halaman ini sudah terlalu lama terbuka. Buka lagi dari awal, lalu ulangi."),
    403: ("Bukan bagian Anda", "Peran Anda tidak boleh melakukan ini. Minta petugas yang berwenang."),
    404: ("Halaman tidak ada", "Halaman ini tidak ada. Kembali ke halaman awal."),
    405: ("Halaman tidak ada", "Halaman ini tidak ada. Kembali ke halaman awal."),
    413: ("Berkas terlalu besar", "Berkas lebih besar dari 4 MB. Pilih berkas yang lebih kecil."),
    429: ("Terlalu sering", "Terlalu banyak percobaan. Tunggu sebentar, lalu coba lagi."),
    500: ("Ada gangguan", "Mesin tidak dapat menyelesaikan ini. Yang sudah disimpan tetap aman. Panggil petugas."),
}

WIPED_TITLE = "Dokumen sudah dihapus"
Answer = tuple[str, int] | tuple[str, int, dict[str, str]]


HEADERS = (
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", PERMISSIONS),
)
"""Of every answer; nothing else here sets them."""


def _headers(policy: str, response: Response) -> Response:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", policy)
    headers.extend(HEADERS)
    headers["Cache-Control"] = "max-age=3600" if request.endpoint == "static" else "no-store"
    return response


STAFF = ("/petugas/", "/teknisi/")


def _said(title: str, sentence: str, code: int) -> Answer:
    """The page of an error; at the kiosk one that is left like any other page: wiped when nobody touches it.

    Nothing of it asks the books. What a kiosk's page fetches for itself, a sound or its live line, gets a line of
    text: a page would begin a visit, whose cookie may come after that of the next one.
    """
    if "resident" not in current_app.blueprints or request.path.startswith(STAFF):
        return render_template("error.html", title=title, sentence=sentence), code
    if request.headers.get("Sec-Fetch-Dest", "document") != "document":
        return f"{title}\n", code, {"Content-Type": "text/plain; charset=utf-8"}
    return render_template("resident/error.html", title=title, sentence=sentence), code


def _page(code: int) -> Answer:
    title, sentence = SENTENCES.get(code, SENTENCES[500])
    return _said(title, sentence, code)


def protect(app: Flask, hosts: tuple[str, ...], secure: bool, kiosk: bool) -> None:
    """Give the app its headers, its CSRF check, its trusted hosts and its error pages; a `kiosk`'s in a sandbox."""
    app.config.update(
        SECRET_KEY=secrets.token_bytes(32),
        TRUSTED_HOSTS=[*hosts],
        MAX_CONTENT_LENGTH=LARGEST_REQUEST,
        MAX_FORM_MEMORY_SIZE=LARGEST_REQUEST,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=secure,
    )
    CSRFProtect(app)
    app.after_request(functools.partial(_headers, KIOSK_POLICY if kiosk else CONTENT_SECURITY_POLICY))

    def refused_host(error: SecurityError) -> tuple[str, int]:
        return "Alamat ini tidak dikenal mesin ini.\n", 400

    def stale(error: CSRFError) -> Answer:
        return _page(400)

    def failed(error: HTTPException) -> Answer | Response:
        if request.path.startswith(PREFIX):
            answer = problem(error.code or 500)
            if isinstance(error, MethodNotAllowed):
                answer.headers["Allow"] = ", ".join(sorted(error.valid_methods or ()))
            return answer
        return _page(error.code or 500)

    def forbidden(error: ActForbidden) -> Answer:
        return _page(403)

    def disk(error: DeviceFault | Torn) -> Answer:
        found = notice(str(error.code), language.current())
        if found is None:
            return _page(500)
        said = found.resident if "resident" in app.blueprints else f"{found.officer} {found.remedy}"
        return _said("Ada gangguan", said, 503)

    def missing(error: NoSuchCase) -> Answer:
        return _page(404)

    def wiped(error: Wiped) -> Answer:
        return _said(WIPED_TITLE, wiped_on(error.at), 410)

    app.register_error_handler(SecurityError, refused_host)
    app.register_error_handler(CSRFError, stale)
    app.register_error_handler(HTTPException, failed)
    app.register_error_handler(ActForbidden, forbidden)
    app.register_error_handler(NoSuchCase, missing)
    app.register_error_handler(Wiped, wiped)
    app.register_error_handler(DeviceFault, disk)
    app.register_error_handler(Torn, disk)


def within(address: str) -> str:
    """An address of this kiosk as it is, or its first page for any other."""
    return address if address.startswith("/") and not address.startswith("//") and "\\" not in address else "/"


def see_other(address: str) -> Response:
    """The answer to a POST that was done: look there (RFC 9110 §15.4.4)."""
    answer = redirect(address, code=303)
    assert isinstance(answer, Response)
    return answer
