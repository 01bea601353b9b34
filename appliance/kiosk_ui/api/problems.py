"""Refusals as RFC 9457 problems: one entry for each mistake, in the officer's language."""

from __future__ import annotations

import json
from collections.abc import Mapping

from flask import Response

from appliance.kiosk_ui.shown import Mistake

MEDIA_TYPE = "application/problem+json"
PREFIX = "/api/"
TITLES: Mapping[int, str] = {
    400: "Permintaan tidak dapat dibaca.",
    401: "Belum masuk, atau terlalu lama tidak dipakai. Masuk lagi.",
    403: "Peran Anda tidak boleh melakukan ini. Minta petugas yang berwenang.",
    404: "Yang diminta tidak ada.",
    405: "Cara ini tidak ada pada alamat ini.",
    409: "Kunci permintaan ini sudah dipakai dan belum ada jawabannya.",
    410: "Sudah dihapus sesuai jadwal retensi.",
    413: "Berkas lebih besar dari 4 MB. Pilih berkas yang lebih kecil.",
    415: "Isi permintaan harus application/json.",
    422: "Belum dilakukan: ada yang harus diperbaiki.",
    429: "Terlalu banyak percobaan. Tunggu sebentar, lalu coba lagi.",
    500: "Mesin tidak dapat menyelesaikan ini. Yang sudah disimpan tetap aman.",
    503: "Mesin sedang tidak bisa. Yang sudah disimpan tetap aman.",
}


def problem(status: int, detail: str = "", mistakes: tuple[Mistake, ...] = (), **more: object) -> Response:
    """The answer; `type` leads to where the API's description says what this status means."""
    body: dict[str, object] = {
        "type": f"/api/openapi.json#/components/responses/{status}",
        "title": TITLES.get(status, TITLES[500]),
        "status": status,
        **({"detail": detail} if detail else {}),
        **({"errors": [{"field": one.field, "detail": one.sentence} for one in mistakes]} if mistakes else {}),
        **more,
    }
    answer = Response(json.dumps(body), status=status, mimetype=MEDIA_TYPE)
    if status == 401:
        answer.headers["WWW-Authenticate"] = "Bearer"
    return answer
