"""Taking up an office that one stands in for, and laying it down again: a line on the work list."""

from __future__ import annotations

from flask import Blueprint, request, session
from werkzeug.wrappers import Response as AnyResponse

from appliance.kiosk_ui.protection import see_other
from appliance.kiosk_ui.services import Services
from appliance.kiosk_ui.shown import ActForbidden, ActRefused


def add_acting(face: Blueprint, services: Services) -> None:
    """Add /petugas/peran to the officer's face."""

    def take() -> AnyResponse:
        try:
            services.desk.act_as(session["token"], request.form.get("appointment") or None)
        except ActRefused as refused:
            raise ActForbidden from refused
        return see_other("/petugas/")

    face.add_url_rule("/peran", "act_as", take, methods=["POST"])
