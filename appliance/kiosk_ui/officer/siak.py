"""By hand: what is typed into SIAK and its numbers, typed twice; the order of a card, carried to the centre."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict

from flask import Blueprint, Response, jsonify, make_response, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from appliance.casework.roles import Actor
from appliance.kiosk_ui.forms import read_form
from appliance.kiosk_ui.officer.acts import ACTS, fields_of, may_ever
from appliance.kiosk_ui.protection import see_other
from appliance.kiosk_ui.services import Services
from appliance.kiosk_ui.shown import ActForbidden, ActRefused, Mistake

FIRST, AGAIN = "type_numbers", "confirm_numbers"


def add_siak_pages(face: Blueprint, services: Services, reader: Callable[[], Actor]) -> None:
    """Add /petugas/kasus/…/siak to the officer's face."""
    desk = services.desk

    def operator() -> Actor:
        if not may_ever(reader().role, FIRST):
            raise ActForbidden
        return reader()

    def show(case_id: str, mistakes: tuple[Mistake, ...] = (), code: int = 200) -> Response:
        view = desk.siak(operator(), case_id)
        again = view.again and "awal" not in request.args
        page = render_template(
            "officer/siak.html",
            view=view,
            act=ACTS[AGAIN if again else FIRST],
            again=again,
            # What was typed the second time is never shown again: only the first is worth keeping.
            sent={} if again else request.form,
            typed=() if again else tuple(request.form.getlist("niks")),
            mistakes=mistakes,
            actor=operator(),
        )
        return make_response(page, code)

    def typed(case_id: str, act_name: str) -> AnyResponse:
        actor = operator()
        fields = fields_of(act_name) or ()
        values, mistakes = read_form(fields, request.form, request.files)
        opened = str(values.get("opened_at") or "")
        values["opened_at"] = int(opened) if opened.isdecimal() else None
        if not mistakes:
            try:
                desk.act(actor, case_id, act_name, values)
            except ActRefused as refused:
                mistakes = refused.mistakes
        if mistakes:
            return show(case_id, mistakes, 422)
        return see_other(f"/petugas/kasus/{case_id}{'/siak' if act_name == FIRST else ''}")

    def order(case_id: str, resident: int) -> Response:
        """The order of a card as a file, to be carried to the centre."""
        answer = make_response(jsonify(asdict(desk.card_order(operator(), case_id, resident))))
        answer.headers["Content-Disposition"] = 'attachment; filename="permintaan-paket.json"'
        return answer

    face.add_url_rule("/kasus/<case_id>/siak", "siak", show)
    face.add_url_rule("/kasus/<case_id>/paket/<int:resident>", "card_order", order)
    for name in (FIRST, AGAIN):
        face.add_url_rule(f"/kasus/<case_id>/{name}", name, typed, defaults={"act_name": name}, methods=["POST"])
