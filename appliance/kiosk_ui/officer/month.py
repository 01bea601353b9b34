"""The month's report of the SOP in the officer's face: the page, its table and its paper."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template, request

from appliance.casework.codes import VISIT_REASONS
from appliance.casework.roles import Role
from appliance.kiosk_ui import month_page
from appliance.kiosk_ui.protection import DOCUMENT_POLICY
from appliance.kiosk_ui.services import Services
from appliance.kiosk_ui.shown import ActForbidden, Content
from appliance.kiosk_ui.signin import at_desk
from appliance.office import visits


def add_month_pages(face: Blueprint, services: Services) -> None:
    """Add /petugas/laporan and its files to the officer's face."""
    desk = services.desk

    def month() -> str:
        if at_desk().role is Role.GUDANG:
            raise ActForbidden
        return request.args.get("bulan", "")

    def page() -> Response:
        report = desk.books.month(month())
        page = render_template(
            "officer/sop_month.html",
            report=report,
            counts=month_page.count_rows(report),
            differing=month_page.differing_rows(report),
            steps=month_page.step_rows(report),
            waits=month_page.wait_rows(report),
            visits=len(desk.books.visits(f"{report.year:04}-{report.month:02}")[1]),
            actor=at_desk(),
        )
        return make_response(page)

    def file(content: Content, shown: str) -> Response:
        answer = make_response(content.data)
        answer.mimetype = content.media_type
        answer.headers["Content-Security-Policy"] = DOCUMENT_POLICY
        answer.headers["Content-Disposition"] = f'{shown}; filename="{content.name}"'
        return answer

    def reader_month() -> str:
        """The register names cases, so it is for those who read them."""
        desk.reader(at_desk())
        return request.args.get("bulan", "")

    def visits_page() -> Response:
        first, found = desk.books.visits(reader_month())
        page = render_template(
            "officer/visits.html",
            first=first,
            visits=found,
            sums=[(month_page.visit_words(key), number) for key, number in visits.sums(found)],
            states=month_page.VISIT_STATES,
            reasons=VISIT_REASONS,
            today=desk.books.today().isoformat(),
            actor=at_desk(),
        )
        return make_response(page)

    face.add_url_rule("/laporan/kunjungan", "visits", visits_page)
    face.add_url_rule(
        "/laporan/kunjungan.csv",
        "visits_table",
        lambda: file(desk.books.visits_table(reader_month()), "attachment"),
    )
    face.add_url_rule("/laporan", "sop_month", page)
    face.add_url_rule("/laporan.csv", "sop_month_table", lambda: file(desk.books.month_table(month()), "attachment"))
    face.add_url_rule("/laporan.pdf", "sop_month_paper", lambda: file(desk.books.month_paper(month()), "inline"))
