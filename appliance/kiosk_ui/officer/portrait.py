"""The officer's portrait screen: what the camera sees, one hint at a time, and the shutter."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, render_template

from appliance.biometrics.portrait_rules import GOOD, HINTS
from appliance.casework.roles import Actor
from appliance.kiosk_ui.officer.acts import ACTS, may_ever
from appliance.kiosk_ui.officer.looking import Looks
from appliance.kiosk_ui.services import Services
from appliance.kiosk_ui.shown import ActForbidden
from appliance.kiosk_ui.words import cloth

SHUTTER = "capture_photo"


def add_portrait_pages(face: Blueprint, services: Services, reader: Callable[[], Actor], looks: Looks) -> None:
    """The page below a case, and the pictures that it asks for; for who takes the portrait alone."""
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
        return looks.answer(lambda: desk.cloth(photographer(), case_id, resident).value, HINTS, GOOD)

    face.add_url_rule("/kasus/<case_id>/potret/<int:resident>", "portrait", portrait)
    face.add_url_rule("/kasus/<case_id>/potret/<int:resident>/lihat", "portrait_seen", seen)
