"""The page on which the kiosk's screen is measured: millimetres by a bank card, touch by five places."""

from __future__ import annotations

from flask import Blueprint, make_response, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from appliance.kiosk_ui.protection import see_other
from appliance.kiosk_ui.services import Services
from appliance.kiosk_ui.shown import ActRefused, Mistake
from appliance.kiosk_ui.signin import at_desk
from appliance.kiosk_ui.technician import pages
from appliance.records.panel import CARD_MM, INCHES_LEAST, TOUCH_MM, TOUCH_PLACES

HERE = "/teknisi/layar"


def add_panel(face: Blueprint, services: Services) -> None:
    """Give the face its screen page."""
    bench = services.desk.bench

    def page(mistakes: tuple[Mistake, ...] = ()) -> str:
        found = bench.panel()
        return render_template(
            "technician/panel.html",
            **pages.shared(HERE),
            panel=found,
            touched=tuple(zip(TOUCH_PLACES, found.touch, strict=False)),
            card_mm=CARD_MM,
            touch_mm=TOUCH_MM,
            inches_least=INCHES_LEAST,
            mistakes=mistakes,
        )

    def act(name: str) -> AnyResponse:
        try:
            bench.act(at_desk(), name, request.form.to_dict())
        except ActRefused as refused:
            return make_response(page(refused.mistakes), 422)
        return see_other(HERE)

    face.add_url_rule("/layar", "panel", page)
    face.add_url_rule("/layar/ukuran", "calibrate_panel", act, methods=["POST"], defaults={"name": "calibrate_panel"})
    face.add_url_rule("/layar/sentuh", "touch_panel", act, methods=["POST"], defaults={"name": "touch_panel"})
