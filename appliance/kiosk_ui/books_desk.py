"""The desk's part for the books as a whole: the SOP's month, papers that are brought, books that were restored."""

from __future__ import annotations

from datetime import date, timedelta

from appliance.casework.roles import Actor
from appliance.casework.sop_month import SopMonth
from appliance.casework.stock import shelf_name
from appliance.clock import month_after
from appliance.documents.render import Renderer
from appliance.kiosk_ui import blank_page, month_page
from appliance.kiosk_ui.machine_shown import Restored
from appliance.kiosk_ui.refusals import in_words
from appliance.kiosk_ui.shown import Content
from appliance.office import document_check, document_look, restoring, sop_month, visits
from appliance.office.context import Office
from appliance.office.document_check import DocumentFacts
from appliance.office.document_look import Looked
from appliance.office.visits import Visit


class BooksDesk:
    """The books of one office; `esign_roots` are the pinned roots (PEM) of its signatures."""

    def __init__(self, office: Office, esign_roots: bytes) -> None:
        self._office = office
        self._roots = esign_roots

    def month(self, text: str) -> SopMonth:
        """The month's report of the SOP (`2026-11`, or this month)."""
        year, month = blank_page.month_of(text, self._office.today())
        with self._office.store.read() as tx:
            return sop_month.month_report(tx, year, month)

    def month_table(self, text: str) -> Content:
        """The same as CSV."""
        report = self.month(text)
        data = sop_month.table_of(report).encode()
        return Content(data, "text/csv", f"laporan-sop-{report.year}-{report.month:02}.csv")

    def month_paper(self, text: str) -> Content:
        """The same as a paper."""
        report = self.month(text)
        paper = month_page.paper(report, self._office.settings, self._office.clock())
        data = Renderer().render_sop_month(paper)
        return Content(data, "application/pdf", f"laporan-sop-{report.year}-{report.month:02}.pdf")

    def visits(self, text: str) -> tuple[date, tuple[Visit, ...]]:
        """The first day of the month (`2026-11`, or this one) and the register of its visits, by day."""
        first = date(*blank_page.month_of(text, self._office.today()), 1)
        with self._office.store.read() as tx:
            return first, visits.register(tx, first, month_after(first) - timedelta(1))

    def today(self) -> date:
        """The day by the calendar of the office."""
        return self._office.today()

    def visits_table(self, text: str) -> Content:
        """The same as CSV."""
        first, found = self.visits(text)
        return Content(visits.table_of(found).encode(), "text/csv", f"kunjungan-{first:%Y-%m}.csv")

    def check_document(self, document: bytes) -> DocumentFacts:
        """Whether a PDF that somebody brings is genuine and the newest; nothing is kept of it."""
        return document_check.check_document(self._office.store, document, self._roots, self._office.clock())

    def look(self, what: str, device: str) -> str:
        """Let this device of the kiosk look at a `kk` or `ktp`; the key by which `looked` knows it."""
        return document_look.look(self._office, what, device)

    def looked(self, key: str) -> Looked:
        """What came of that look; of a document that is done with, its signature is examined."""
        return document_look.looked(self._office, key, self._roots)

    def is_looking(self, key: str) -> bool:
        """Whether it is under way."""
        return document_look.is_reading(self._office, key)

    def restored(self) -> Restored | None:
        """What is to be compared because the books were restored, or None."""
        with self._office.store.read() as tx:
            found = restoring.to_compare(tx)
        if found is None:
            return None
        told = found.restoration
        return Restored(
            at=told.at,
            copy_at=told.copy_at,
            why=told.why,
            torn=told.torn,
            uncounted=tuple(shelf_name(shelf) for shelf in found.uncounted),
            cases=tuple(told.readable.get("cases", ())),
            blanks=tuple(told.readable.get("blanks", ())),
        )

    def act(self, actor: Actor, name: str) -> None:
        """Do an act on the machine's own books."""
        acts = {"confirm_restoration": restoring.confirm_restoration, "confirm_clock": restoring.confirm_clock}
        with in_words():
            acts[name](self._office, actor, {})
