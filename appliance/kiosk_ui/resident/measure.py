"""The page on which the kiosk's screen is measured, at the kiosk: millimetres by a bank card, touch by five places.

It is a technician's, and stands on the resident's listener because the kiosk's browser opens no other.
"""

from __future__ import annotations

from flask import Blueprint, make_response, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from appliance.kiosk_ui.protection import see_other
from appliance.kiosk_ui.services import Services
from appliance.kiosk_ui.shown import ActRefused, Mistake
from appliance.records.panel import CARD_MM, TOUCH_MM

MEASURED = "/ukuran"
PAGES = frozenset({"measure", "calibrate_panel", "touch_panel"})


def add_measure(face: Blueprint, services: Services) -> None:
    """Give the resident's face the page of its screen."""
    bench, measuring = services.desk.bench, services.measuring

    def page(mistakes: tuple[Mistake, ...] = ()) -> str:
        return render_template(
            "technician/measure.html", panel=bench.panel(), card_mm=CARD_MM, touch_mm=TOUCH_MM, mistakes=mistakes
        )

    def measure() -> AnyResponse:
        return see_other("/") if measuring.technician() is None else make_response(page())

    def act(name: str) -> AnyResponse:
        technician = measuring.technician()
        if technician is None:
            return see_other("/")
        try:
            bench.act(technician, name, request.form.to_dict())
        except ActRefused as refused:
            return make_response(page(refused.mistakes), 422)
        measuring.measured()
        services.pulse.beat()
        return see_other(MEASURED)

    face.add_url_rule(MEASURED, "measure", measure)
    for what, name in (("kartu", "calibrate_panel"), ("sentuh", "touch_panel")):
        face.add_url_rule(f"{MEASURED}/{what}", name, act, methods=["POST"], defaults={"name": name})
