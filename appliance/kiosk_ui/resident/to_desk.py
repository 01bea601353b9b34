"""Where the kiosk cannot go on with somebody, a desk can: what to say there, and a number for the queue."""

from __future__ import annotations

from flask import Response, make_response, render_template

REASONS = {
    "lapor": ("Tanpa setuju, laporan tidak dibuat di sini", "Tidak ada yang disimpan. Tanya petugas di meja."),
    "kode": ("Petugas mencarikan berkas Anda", "Sebut nama pelapor dan penduduk di meja petugas."),
    "surat": ("Petugas membacakan surat itu", "Bawa surat itu ke meja petugas."),
}
"""By what stops him: the heading, and what to do now."""


def to_desk(reason: str, before: str) -> Response:
    """The page for this reason; `before` is the page that it was left from."""
    heading, sentence = REASONS[reason]
    shown = render_template("resident/to_desk.html", heading=heading, sentence=sentence, before=before)
    return make_response(shown)
