"""The desk's part for blanks and their ledger."""

from __future__ import annotations

from appliance.casework.roles import Actor, Role
from appliance.kiosk_ui import blank_page
from appliance.kiosk_ui.blank_shown import BlankView, LedgerView
from appliance.kiosk_ui.refusals import in_words
from appliance.kiosk_ui.shown import Content, Values
from appliance.office import blank_views
from appliance.office.acts import LEDGER_ACTS
from appliance.office.blank_views import MonthReport
from appliance.office.context import Office


class StockDesk:
    """Blanks of one office."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def ledger(self) -> LedgerView:
        """The ledger of blanks as its page shows it."""
        return blank_page.ledger_view(blank_views.ledger_state(self._office))

    def act(self, actor: Actor, name: str, values: Values) -> None:
        """Do the act of this name on the ledger of blanks."""
        with in_words():
            LEDGER_ACTS[name](self._office, actor, values)

    def blank(self, actor: Actor, key: str) -> BlankView | None:
        """What became of the blank of this serial or chip UID, or None; the store keeper is not told whose it is."""
        with self._office.store.read() as tx:
            told = blank_views.story(tx, key)
        return (
            None
            if told is None
            else blank_page.blank_view(told, with_case=actor.role not in {Role.GUDANG, Role.AUDITOR})
        )

    def month(self, text: str) -> MonthReport:
        """The month's report (`2026-11`, or this month)."""
        year, month = blank_page.month_of(text, self._office.today())
        with self._office.store.read() as tx:
            return blank_views.month_report(tx, year, month)

    def minutes(self, number: str) -> Content:
        """The paper of a destruction."""
        with in_words(number):
            data = blank_views.minutes_paper(self._office, number)
        return Content(data, "application/pdf", "berita-acara-pemusnahan.pdf")
