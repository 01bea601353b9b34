"""Papers that are made when they are asked for: the forms of a case, the day's sheet, the month of blanks."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, make_response, request

from appliance.casework.roles import Actor
from appliance.kiosk_ui.protection import DOCUMENT_POLICY
from appliance.kiosk_ui.services import Services
from appliance.kiosk_ui.shown import ActRefused, Content
from appliance.kiosk_ui.signin import at_desk


def paper(make: Callable[[], Content]) -> Response:
    """A paper in an answer, to be read and printed, or why it cannot be made."""
    try:
        content = make()
    except ActRefused as error:
        answer = make_response("\n".join(mistake.sentence for mistake in error.mistakes), 422)
        answer.mimetype = "text/plain"
        return answer
    answer = make_response(content.data)
    answer.mimetype = content.media_type
    answer.headers["Content-Security-Policy"] = DOCUMENT_POLICY
    answer.headers["Content-Disposition"] = f'inline; filename="{content.name}"'
    return answer


def add_papers(face: Blueprint, services: Services, reader: Callable[[], Actor]) -> None:
    """Add them to the officer's face; `reader` gives the person at the desk, who may see cases."""
    desk = services.desk

    def case_form(case_id: str, kind: str) -> Response:
        actor = reader()
        return paper(lambda: desk.papers.form(actor, case_id, kind))

    def day() -> Response:
        at_desk()
        return paper(lambda: desk.papers.day(request.args.get("hari", "")))

    def blank_month() -> Response:
        at_desk()
        return paper(lambda: desk.papers.blank_month(desk.stock.month(request.args.get("bulan", ""))))

    face.add_url_rule("/kasus/<case_id>/formulir/<kind>", "case_form", case_form)
    face.add_url_rule("/blanko/tutup-hari.pdf", "day_sheet", day)
    face.add_url_rule("/blanko/laporan.pdf", "blank_month_paper", blank_month)
