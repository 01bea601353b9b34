"""A paper under the camera before its picture is taken: whether it will be read, one hint at a time, the shutter."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, render_template

from appliance.casework.roles import Actor
from appliance.documents.paper_rules import GOOD, HINTS
from appliance.kiosk_ui.officer.acts import ACTS, may_ever
from appliance.kiosk_ui.officer.looking import Looks
from appliance.kiosk_ui.services import Services
from appliance.kiosk_ui.shown import ActForbidden, CaseView, NoSuchCase, Paper

SHUTTER = "scan_paper"
AIM = "paper"
"""What the viewfinder is asked to judge: `issuance.paper_look`."""


def add_paper_camera(face: Blueprint, services: Services, reader: Callable[[], Actor], looks: Looks) -> None:
    """The page below a case, and the pictures that it asks for; for who takes pictures of its papers alone."""

    def found(case_id: str, mark: str) -> tuple[Actor, CaseView, Paper]:
        actor = reader()
        if not may_ever(actor.role, SHUTTER):
            raise ActForbidden
        view = services.desk.case(actor, case_id)
        paper = next((one for one in view.papers if one.mark == mark and SHUTTER in view.acts), None)
        if paper is None:
            raise NoSuchCase(case_id)
        return actor, view, paper

    def paper_camera(case_id: str, mark: str) -> str:
        actor, view, paper = found(case_id, mark)
        return render_template("officer/paper_camera.html", case=view, paper=paper, act=ACTS[SHUTTER], actor=actor)

    def seen(case_id: str, mark: str) -> Response:
        def aim() -> str:
            found(case_id, mark)
            return AIM

        return looks.answer(aim, HINTS, GOOD)

    face.add_url_rule("/kasus/<case_id>/surat/<mark>", "paper_camera", paper_camera)
    face.add_url_rule("/kasus/<case_id>/surat/<mark>/lihat", "paper_seen", seen)
