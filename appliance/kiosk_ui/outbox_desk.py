"""The desk's part for what is still to be sent to the offices outside."""

from __future__ import annotations

from appliance.casework.roles import Actor
from appliance.kiosk_ui import outbox_page
from appliance.kiosk_ui.outbox_page import OutboxView
from appliance.kiosk_ui.refusals import in_words
from appliance.office import outbox
from appliance.office.context import Office


class OutboxDesk:
    """The outbox of one office."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def to_send(self) -> int:
        """How much is still to be sent."""
        return outbox.to_send(self._office)

    def view(self, *, signs: bool) -> OutboxView:
        """All of it, for its page; `signs`: who looks may type the passphrase."""
        return outbox_page.outbox_view(outbox.look(self._office), signs=signs)

    def mark(self) -> str:
        """Changes whenever the page would."""
        return outbox_page.mark(outbox.look(self._office))

    def knock(self, actor: Actor, name: str) -> None:
        """Try this office now; raises `ActRefused` where it is not out of reach."""
        with in_words():
            outbox.knock(self._office, actor, name)
