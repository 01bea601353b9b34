"""The desk's part for papers that are made when they are asked for: forms of a case, sheets of a day and a month."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from appliance.casework.roles import Actor
from appliance.documents.forms import Form
from appliance.documents.render import Renderer
from appliance.documents.values import DocumentRefused
from appliance.kiosk_ui import sheet_page
from appliance.kiosk_ui.refusals import in_words
from appliance.kiosk_ui.shown import ActRefused, Content, Mistake
from appliance.kiosk_ui.status import DeviceLine
from appliance.kiosk_ui.technician.readiness import Readiness
from appliance.office import case_forms
from appliance.office.blank_views import MonthReport
from appliance.office.context import Office
from appliance.office.day_sheet import day_sheet
from appliance.records import cases


class PaperDesk:
    """Papers of one office; what does not fit its paper is an `ActRefused` that names the field."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def offered(self, case_id: str) -> tuple[tuple[str, str], ...]:
        """Key and name of each form that this case can have."""
        with self._office.store.read() as tx:
            record, people = cases.get(tx, case_id), cases.residents(tx, case_id)
        found = case_forms.offered(record, people, self._office.today())
        return tuple((kind, case_forms.FORMS[kind]) for kind in found)

    def form(self, actor: Actor, case_id: str, kind: str) -> Content:
        """One of these forms, filled as far as the case knows."""
        with in_words(case_id):
            form = case_forms.form(self._office, actor, case_id, kind)
        return _paper(form, f"{kind.lower().replace('_', '-')}-{form.reference}.pdf")

    def day(self, text: str) -> Content:
        """The end-of-day sheet of a day (`2026-11-27`, or today)."""
        try:
            day = date.fromisoformat(text)
        except ValueError:
            day = self._office.today()
        if not date(2000, 1, 1) <= day <= self._office.today():
            day = self._office.today()
        form = sheet_page.day_form(day_sheet(self._office, day), self._office.settings)
        return _paper(form, f"tutup-hari-{day}.pdf")

    def blank_month(self, report: MonthReport) -> Content:
        """A month of blanks by cause."""
        form = sheet_page.blank_month_form(report, self._office.settings, self._office.clock())
        return _paper(form, f"laporan-blanko-{report.year}-{report.month:02}.pdf")

    def readiness(self, lines: Sequence[DeviceLine], told: Readiness) -> Content:
        """The machine's readiness."""
        form = sheet_page.readiness_form(lines, told, self._office.settings, self._office.clock())
        return _paper(form, "laporan-kesiapan.pdf")


def _paper(form: Form, name: str) -> Content:
    try:
        return Content(Renderer().render_form(form), "application/pdf", name)
    except DocumentRefused as refused:
        why = f"Tidak muat atau tidak bisa dicetak di {form.title.title()}: {refused.field}."
        raise ActRefused(Mistake("", why)) from refused
