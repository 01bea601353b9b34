"""The officer's portrait screen: what the camera sees, one hint at a time, and the shutter."""

from __future__ import annotations

import base64
from collections.abc import Callable

from flask import Blueprint, Response, jsonify, render_template

from appliance.biometrics.portrait_rules import GOOD, HINTS
from appliance.casework.roles import Actor
from appliance.kiosk_ui.officer.acts import ACTS, may_ever
from appliance.kiosk_ui.services import Services
from appliance.kiosk_ui.shown import ActForbidden
from appliance.kiosk_ui.words import cloth

SHUTTER = "capture_photo"


def add_portrait_pages(face: Blueprint, services: Services, reader: Callable[[], Actor]) -> None:
    """The page below a case, and the picture that it asks for twice a second; for who takes the portrait alone."""
    desk = services.desk

    def photographer() -> Actor:
        actor = reader()
        if not may_ever(actor.role, SHUTTER):
            raise ActForbidden
        return actor

    def portrait(case_id: str, resident: int) -> str:
        actor = photographer()
        wanted = desk.cloth(actor, case_id, resident)
        view = desk.case(actor, case_id)
        person = next(one for one in view.residents if one.index == resident)
        return render_template(
            "officer/portrait.html", case=view, person=person, act=ACTS[SHUTTER], actor=actor, cloth=cloth(wanted)
        )

    def seen(case_id: str, resident: int) -> Response:
        seen = services.view(desk.cloth(photographer(), case_id, resident).value)
        if seen is None:
            return jsonify({"hint": "", "good": False, "picture": ""})
        jpeg, hint = seen
        picture = "data:image/jpeg;base64," + base64.b64encode(jpeg).decode()
        return jsonify({"hint": HINTS.get(hint, GOOD), "good": not hint, "picture": picture})

    face.add_url_rule("/kasus/<case_id>/potret/<int:resident>", "portrait", portrait)
    face.add_url_rule("/kasus/<case_id>/potret/<int:resident>/lihat", "portrait_seen", seen)
