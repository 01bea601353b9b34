"""The maintenance switch: the machine out of service and back, and who has it."""

from __future__ import annotations

from flask import Blueprint, make_response, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from appliance.kiosk_ui.protection import see_other
from appliance.kiosk_ui.services import Services
from appliance.kiosk_ui.shown import ActRefused, Mistake
from appliance.kiosk_ui.signin import at_desk
from appliance.kiosk_ui.technician import pages
from appliance.records.maintenance import IDLE_MS

HERE = "/teknisi/perawatan"
ACTS = {"mulai": "begin_maintenance", "selesai": "end_maintenance"}


def add_maintenance(face: Blueprint, services: Services) -> None:
    """Give the face its switch; every page that the technician asks for keeps the machine his."""
    bench = services.desk.bench

    def still_there() -> None:
        by_itself = request.endpoint == "technician.live" or "X-Live" in request.headers
        if not by_itself and request.endpoint not in {"technician.form", "technician.sign_in"}:
            bench.touch(at_desk())

    def page(mistakes: tuple[Mistake, ...] = ()) -> str:
        return render_template(
            "technician/maintenance.html",
            **pages.shared(HERE),
            found=services.snapshot().maintenance,
            minutes=IDLE_MS // 60_000,
            mistakes=mistakes,
        )

    def act(name: str) -> AnyResponse:
        try:
            bench.act(at_desk(), ACTS[name], request.form.to_dict())
        except ActRefused as refused:
            return make_response(page(refused.mistakes), 422)
        return see_other(HERE)

    face.before_request(still_there)
    face.add_url_rule("/perawatan", "maintenance", page)
    for name, act_name in ACTS.items():
        face.add_url_rule(f"/perawatan/{name}", act_name, act, methods=["POST"], defaults={"name": name})
