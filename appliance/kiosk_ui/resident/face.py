"""The resident's pages; every visit can be ended from every page and leaves nothing behind."""

from __future__ import annotations

import time

from flask import Blueprint, Response, make_response, render_template, request, session
from markupsafe import Markup
from werkzeug.exceptions import TooManyRequests
from werkzeug.wrappers import Response as AnyResponse

from appliance.casework.clocks import STEPS
from appliance.documents.qr import qr_svg
from appliance.kiosk_ui import language, status
from appliance.kiosk_ui.forms import Field, read_form
from appliance.kiosk_ui.live import Streams
from appliance.kiosk_ui.protection import see_other
from appliance.kiosk_ui.resident.comfort import add_comfort
from appliance.kiosk_ui.resident.letter import add_letter
from appliance.kiosk_ui.resident.report import add_report
from appliance.kiosk_ui.services import Services
from appliance.kiosk_ui.shown import Mistake
from appliance.kiosk_ui.visits import Visit, VisitStore

CODE = (
    Field(
        "code", "Kode berkas", longest=40, hint="Tertera di bukti laporan.", pattern="[A-Za-z0-9 -]{4,40}",
        fix="Isi kode berkas, hanya huruf dan angka.",
    ),
)  # fmt: skip
UNKNOWN_CODE = "Kode ini tidak ada. Lihat bukti, lalu ketik lagi."
LOOK_UPS_A_MINUTE = 10
"""Tries of case codes per visit; guessing codes must not pay."""


def resident_face(services: Services, visits: VisitStore, streams: Streams) -> Blueprint:
    """The blueprint at /."""
    face = Blueprint("resident", __name__)
    desk = services.desk
    add_report(face, services)
    add_letter(face, services)
    add_comfort(face, services.voice)

    def lines() -> tuple[status.ServiceLine, ...]:
        return status.service_lines(services.snapshot(), services.clock(), language.current())

    def home() -> str:
        unstored = status.nothing_stored(services.snapshot(), language.current())
        return render_template("resident/home.html", services=lines(), unstored=unstored)

    def receipt() -> AnyResponse:
        code = session.get("receipt")
        if not code:
            return see_other("/")
        picture = Markup(qr_svg(code, 40, "code"))
        return make_response(render_template("resident/receipt.html", code=code, picture=picture))

    def ask_code(mistakes: tuple[Mistake, ...] = (), answer: int = 200) -> Response:
        page = render_template("resident/code.html", field=CODE[0], mistakes=mistakes, given=request.form, before="/")
        return make_response(page, answer)

    def ask() -> Response:
        return ask_code()

    def look_up() -> AnyResponse:
        values, mistakes = read_form(CODE, request.form, {})
        if mistakes:
            return ask_code(mistakes, 422)
        tries = [at for at in session.get("tries", []) if time.monotonic() - at < 60]
        if len(tries) >= LOOK_UPS_A_MINUTE:
            raise TooManyRequests
        session["tries"] = [*tries, time.monotonic()]
        code = str(values["code"]).upper().replace(" ", "")
        if desk.status(code) is None:
            return ask_code((Mistake("code", UNKNOWN_CODE),), 422)
        session["code"] = code
        return see_other("/status/berkas")

    def show_status() -> AnyResponse:
        found = desk.status(session.get("code", ""))
        if found is None:
            return see_other("/status")
        return make_response(render_template("resident/status.html", found=found, steps=STEPS, before="/status"))

    def call_help() -> AnyResponse:
        session["helped"] = services.bell.ring("kios", services.clock())
        return see_other("/bantuan")

    def helped() -> str:
        return render_template("resident/help.html", since=session.get("helped"))

    def choose_language() -> AnyResponse:
        language.choose(request.form.get("language", ""))
        back = request.form.get("back", "/")
        return see_other(back if back.startswith("/") and not back.startswith("//") and "\\" not in back else "/")

    def finish() -> AnyResponse:
        visit = session._get_current_object()  # type: ignore[attr-defined]
        assert isinstance(visit, Visit)
        visit.end()
        answer = see_other("/")
        answer.headers["Clear-Site-Data"] = '"cache", "storage"'
        return answer

    def live() -> Response:
        visit = session._get_current_object()  # type: ignore[attr-defined]
        assert isinstance(visit, Visit)
        chosen = language.current()

        def state() -> dict[str, object]:
            found = status.service_lines(services.snapshot(), services.clock(), chosen)
            unstored = status.nothing_stored(services.snapshot(), chosen)
            version = repr([unstored, *(line.level for line in found)])
            return {"services": {line.key: line.level for line in found}, "version": version}

        return streams.stream(visit.key, request.args.get("tab", ""), state)

    face.add_url_rule("/", "home", home)
    face.add_url_rule("/lapor/bukti", "receipt", receipt)
    face.add_url_rule("/status", "ask", ask)
    face.add_url_rule("/status", "look_up", look_up, methods=["POST"])
    face.add_url_rule("/status/berkas", "show_status", show_status)
    face.add_url_rule("/bantuan", "call_help", call_help, methods=["POST"])
    face.add_url_rule("/bantuan", "helped", helped)
    face.add_url_rule("/bahasa", "choose_language", choose_language, methods=["POST"])
    face.add_url_rule("/selesai", "finish", finish, methods=["POST"])
    face.add_url_rule("/langsung", "live", live)
    return face
