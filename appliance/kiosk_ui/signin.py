"""Signing in with user and PIN, the lock after idle minutes, and who is at the desk: for both staff faces."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, make_response, render_template, request, session
from werkzeug.wrappers import Response as AnyResponse

from appliance.casework.roles import Actor, Role
from appliance.kiosk_ui.forms import Field, read_form
from appliance.kiosk_ui.protection import see_other
from appliance.kiosk_ui.services import Services
from appliance.kiosk_ui.shown import ActForbidden, Mistake
from appliance.kiosk_ui.visits import Visit, VisitStore
from appliance.kiosk_ui.words import duration
from appliance.records.accounts import SLEW_MS, SignInFailed

FIELDS = (
    Field("user", "Nama pengguna", longest=40, hint="Seperti pada kartu petugas Anda."),
    Field("pin", "PIN", "secret", longest=12, hint="6 angka.", pattern="[0-9]{4,12}", fix="Isi PIN, 6 angka."),
)


def at_desk() -> Actor:
    """The person signed in on this visit; only called behind `guard`."""
    actor = session["actor"]
    assert isinstance(actor, Actor)
    return actor


def add_sign_in(
    face: Blueprint, services: Services, visits: VisitStore, allowed: Callable[[Role], bool], title: str, quiet: str
) -> None:
    """Give `face` its sign-in and sign-out pages, and let nobody else further.

    `allowed` says which roles this face is for; `quiet` is the endpoint of the stream, which keeps no one signed in.
    """

    def show(mistakes: tuple[Mistake, ...] = (), code: int = 200) -> Response:
        page = render_template("sign_in.html", title=title, face=face.name, fields=FIELDS, mistakes=mistakes)
        return make_response(page, code)

    def form() -> Response:
        locked = (
            (Mistake("", "Layar terkunci karena lama tidak dipakai. Masuk lagi."),)
            if "terkunci" in request.args
            else ()
        )
        return show(locked)

    def sign_in() -> AnyResponse:
        values, mistakes = read_form(FIELDS, request.form, {})
        if mistakes:
            return show(mistakes, 422)
        try:
            actor, token = services.desk.sign_in(str(values["user"]), str(values["pin"]), face.name)
        except SignInFailed as refused:
            if refused.wait_s:
                sentence = f"Terlalu banyak PIN salah. Coba lagi setelah {duration(refused.wait_s)}."
                return show((Mistake("pin", sentence),), 429)
            return show((Mistake("pin", "Nama pengguna dan PIN tidak cocok. Periksa, lalu ketik lagi."),), 422)
        if not allowed(actor.role):
            services.desk.sign_out(token)
            raise ActForbidden
        visit = session._get_current_object()  # type: ignore[attr-defined]
        assert isinstance(visit, Visit)
        visit.clear()
        visits.renew(visit)
        visit["actor"] = actor
        visit["token"] = token
        visit["seen"] = services.clock()
        return see_other(f"{face.url_prefix}/")

    def sign_out() -> AnyResponse:
        visit = session._get_current_object()  # type: ignore[attr-defined]
        assert isinstance(visit, Visit)
        if "token" in visit:
            services.desk.bench.leave(visit["actor"])
            services.desk.sign_out(visit["token"])
        visit.end()
        answer = see_other(f"{face.url_prefix}/masuk")
        answer.headers["Clear-Site-Data"] = '"cache", "storage"'
        return answer

    def guard() -> AnyResponse | None:
        if request.endpoint in {f"{face.name}.form", f"{face.name}.sign_in"}:
            return None
        now = services.clock()
        actor = services.desk.who(session["token"]) if "token" in session else None
        locked = actor is not None and not -SLEW_MS <= now - session["seen"] <= services.lock_after * 1000
        if actor is None or locked:
            if locked:
                services.desk.sign_out(session["token"])  # what was in his hand is free; signing in begins anew
                session.clear()
            if request.path.endswith(".json") or request.endpoint == f"{face.name}.{quiet}":
                return make_response({"signed_in": False}, 401)
            return see_other(f"{face.url_prefix}/masuk" + ("?terkunci" if locked else ""))
        if not allowed(actor.role):
            raise ActForbidden
        if actor != session["actor"]:  # an office that he stands in for was taken up, laid down, or has run out
            session["actor"] = actor
        if request.endpoint != f"{face.name}.{quiet}" and "X-Live" not in request.headers:
            session["seen"] = now
        return None

    face.before_request(guard)
    face.add_url_rule("/masuk", "form", form)
    face.add_url_rule("/masuk", "sign_in", sign_in, methods=["POST"])
    face.add_url_rule("/keluar", "sign_out", sign_out, methods=["POST"])
