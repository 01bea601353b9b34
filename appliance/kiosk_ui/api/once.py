"""The header `Idempotency-Key`: a request that bears one is done once, and answered alike each time that it is sent.

draft-ietf-httpapi-idempotency-key-header-07. A key is taken when the act itself begins: what is refused for its form
(400, 401, 415, and 422 for its fields) takes none.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from flask import Response, request
from werkzeug.wrappers import Response as AnyResponse

from appliance.kiosk_ui.api.bodies import Schema
from appliance.kiosk_ui.api.problems import MEDIA_TYPE, problem
from appliance.kiosk_ui.api.routes import Asked
from appliance.kiosk_ui.shown import Mistake
from appliance.records.api_answers import Answer, AnswerLost, AnswerStruck, Once, OtherRequest, StillRunning

KEY = "Idempotency-Key"
PATTERN = r'^"[!#-\[\]-~]{8,200}"$'
"""A String of RFC 8941 §3.3.3 without spaces and escapes, quotes included; a UUID is best."""
KEY_PARAMETER: Schema = {
    "name": KEY,
    "in": "header",
    "required": False,
    "description": "Kunci permintaan, sebaiknya UUID dalam tanda kutip. Permintaan yang sama dengan kunci yang sama "
    "dikerjakan sekali dan dijawab sama, selama 24 jam; kunci berlaku untuk satu akun.",
    "schema": {"type": "string", "pattern": PATTERN},
}
_OTHER = "Kunci ini sudah dipakai untuk permintaan lain. Pakai kunci baru."
_RUNNING = "Permintaan pertama dengan kunci ini masih dikerjakan. Coba lagi sebentar lagi."
_LOST = "Sudah disimpan, semua atau sebagian, tetapi jawabannya hilang. Lihat dulu, jangan dikirim lagi."
_STRUCK = "Permintaan ini sudah dikerjakan; jawabannya sudah dihapus sesuai jadwal retensi."


def key_of(header: str) -> str | None:
    """The key that a header names, or None if it is none."""
    return header[1:-1] if re.fullmatch(PATTERN, header) else None


def once(kept: Once, key: str, asked: Asked, do: Callable[[], AnyResponse]) -> AnyResponse:
    """What `do` answers to the request at hand, or what it answered when it was sent before."""

    def answer() -> Answer:
        done = do()
        return done.status_code, done.get_data()

    said = {"address": request.full_path, "method": request.method, "body": request.get_json(silent=True)}
    try:
        status, body = kept.answer(asked.actor.id, key, json.dumps(said, sort_keys=True).encode(), answer)
    except OtherRequest:
        return problem(422, mistakes=(Mistake(KEY, _OTHER),))
    except StillRunning:
        early = problem(409, _RUNNING, stored=False)
        early.headers["Retry-After"] = "1"
        return early
    except AnswerLost as lost:
        return problem(409, _LOST, stored=True, code=lost.code)
    except AnswerStruck:
        return problem(410, _STRUCK)
    return Response(body, status=status, mimetype=MEDIA_TYPE if status >= 400 else "application/json")
