"""Finding one's case: by the slip held to the code reader, or by its code on the keyboard."""

from __future__ import annotations

import time

from flask import Blueprint, make_response, render_template, request, session
from werkzeug.exceptions import TooManyRequests
from werkzeug.wrappers import Response as AnyResponse

from appliance.kiosk_ui import status
from appliance.kiosk_ui.forms import Field, read_form
from appliance.kiosk_ui.protection import see_other
from appliance.kiosk_ui.resident.to_desk import to_desk
from appliance.kiosk_ui.services import Services
from appliance.kiosk_ui.shown import Mistake
from appliance.office.slips import SlipRead

CODE = (
    Field(
        "code", "Kode berkas", longest=40, hint="Tertera di bukti laporan.", pattern="[A-Za-z0-9 -]{4,40}",
        fix="Isi kode berkas, hanya huruf dan angka.",
    ),
)  # fmt: skip
UNKNOWN_CODE = "Kode ini tidak ada. Lihat bukti, lalu ketik lagi."
LOOK_UPS_A_MINUTE = 10
"""Tries of case codes per visit; guessing codes must not pay."""
NOT_READ = "Bukti belum terbaca. Coba sekali lagi."
NOT_OURS = "Ini bukan bukti dari kantor ini."
NO_READER = "Pembaca sedang tidak bisa. Ketik kodenya."


def one_more_try() -> None:
    """Count a look-up of this visit; raises 429 beyond `LOOK_UPS_A_MINUTE`."""
    tries = [at for at in session.get("tries", []) if time.monotonic() - at < 60]
    if len(tries) >= LOOK_UPS_A_MINUTE:
        raise TooManyRequests
    session["tries"] = [*tries, time.monotonic()]


def add_slip(face: Blueprint, services: Services) -> None:
    """Give `face` the pages that find a case: /status, /status/kode, /status/bukti."""
    desk = services.desk

    def reader_is_well() -> bool:
        return "code_reader" in status.ready_lanes(services.snapshot(), services.clock())

    def find() -> AnyResponse:
        if not reader_is_well():
            return code_page(before="/")
        return make_response(render_template("resident/find.html", before="/"))

    def code_page(mistakes: tuple[Mistake, ...] = (), answer: int = 200, before: str = "/status") -> AnyResponse:
        given = request.form if mistakes else {}
        page = render_template("resident/code.html", field=CODE[0], mistakes=mistakes, given=given, before=before)
        return make_response(page, answer)

    def ask_code() -> AnyResponse:
        return code_page()

    def look_up() -> AnyResponse:
        values, mistakes = read_form(CODE, request.form, {})
        if mistakes:
            return code_page(mistakes, 422)
        one_more_try()
        code = str(values["code"]).upper().replace(" ", "")
        if desk.status(code) is None:
            return code_page((Mistake("code", UNKNOWN_CODE),), 422)
        session["code"] = code
        return see_other("/status/berkas")

    def hold() -> AnyResponse:
        one_more_try()
        session["slip"] = desk.read_slip()
        return see_other("/status/bukti")

    def held() -> AnyResponse:
        if "slip" not in session:
            return see_other("/status")
        found = desk.slip(session["slip"])
        if found.state == "read" and desk.status(found.code) is not None:
            session["code"] = found.code
            return see_other("/status/berkas")
        sentence = "" if found.state == "reading" else _why_not(found)
        return make_response(render_template("resident/slip.html", sentence=sentence, before="/status"))

    face.add_url_rule("/status/tanpa-kode", "no_code", lambda: to_desk("kode", before="/status"))
    face.add_url_rule("/status", "ask", find)
    face.add_url_rule("/status/kode", "ask_code", ask_code)
    face.add_url_rule("/status/kode", "look_up", look_up, methods=["POST"])
    face.add_url_rule("/status/bukti", "held_slip", held)
    face.add_url_rule("/status/bukti", "hold_slip", hold, methods=["POST"])


def _why_not(found: SlipRead) -> str:
    if found.why.startswith("barcode_reader.") and found.why != "barcode_reader.unreadable":
        return NO_READER
    return NOT_OURS if found.code or found.why == "foreign" else NOT_READ
