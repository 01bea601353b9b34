"""What waits to be sent to the offices outside, on one page: which case, since when, why, when it is tried next; and
whether an office that is worked by hand can be reached."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, make_response, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from appliance.casework.roles import Actor
from appliance.kiosk_ui.protection import see_other
from appliance.kiosk_ui.services import Services
from appliance.kiosk_ui.shown import ActRefused, Mistake

HOME = "/petugas/kiriman"


def add_outbox(face: Blueprint, services: Services, reader: Callable[[], Actor]) -> None:
    """Add /petugas/kiriman to the officer's face; `reader` gives the person at the desk, who may see cases."""
    desk = services.desk

    def show(mistakes: tuple[Mistake, ...] = (), code: int = 200) -> Response:
        actor = reader()
        view = desk.outbox.view(actor, signs=desk.signing.may(actor))
        return make_response(render_template("officer/outbox.html", view=view, mistakes=mistakes, actor=actor), code)

    def done(act: Callable[[Actor, str], None]) -> AnyResponse:
        try:
            act(reader(), request.form.get("kantor", "")[:20])
        except ActRefused as refused:
            return show(refused.mistakes, 422)
        return see_other(HOME)

    def knock() -> AnyResponse:
        return done(desk.outbox.knock)

    def say_away() -> AnyResponse:
        return done(desk.outbox.say_away)

    def say_back() -> AnyResponse:
        return done(desk.outbox.say_back)

    face.add_url_rule("/kiriman", "outbox", show)
    face.add_url_rule("/kiriman/coba", "knock", knock, methods=["POST"])
    face.add_url_rule("/kiriman/terputus", "say_away", say_away, methods=["POST"])
    face.add_url_rule("/kiriman/kembali", "say_back", say_back, methods=["POST"])
