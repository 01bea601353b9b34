"""The page of the kiosk's screen: how it was measured, and the way to measure it where it stands."""

from __future__ import annotations

from flask import Blueprint, render_template
from werkzeug.wrappers import Response as AnyResponse

from appliance.kiosk_ui.protection import see_other
from appliance.kiosk_ui.services import Services
from appliance.kiosk_ui.signin import at_desk
from appliance.kiosk_ui.technician import pages
from appliance.records.panel import INCHES_LEAST, TOUCH_PLACES

HERE = "/teknisi/layar"


def add_panel(face: Blueprint, services: Services) -> None:
    """Give the face its screen page."""
    measuring = services.measuring

    def page() -> str:
        found = services.desk.bench.panel()
        return render_template(
            "technician/panel.html",
            **pages.shared(HERE),
            panel=found,
            touched=tuple(zip(TOUCH_PLACES, found.touch, strict=False)),
            inches_least=INCHES_LEAST,
            measuring=measuring.technician(),
        )

    def begin() -> AnyResponse:
        measuring.open(at_desk())
        services.pulse.beat()
        return see_other(HERE)

    def end() -> AnyResponse:
        measuring.close()
        services.pulse.beat()
        return see_other(HERE)

    face.add_url_rule("/layar", "panel", page)
    face.add_url_rule("/layar/buka", "open_measuring", begin, methods=["POST"])
    face.add_url_rule("/layar/tutup", "close_measuring", end, methods=["POST"])
