"""The desk's part for what is still to be sent to the offices outside."""

from __future__ import annotations

from appliance.casework.roles import Actor
from appliance.kiosk_ui import outbox_page
from appliance.kiosk_ui.outbox_page import OutboxView
from appliance.kiosk_ui.refusals import in_words
from appliance.office import away, outbox
from appliance.office.context import Office
from appliance.records import away as records_away


class OutboxDesk:
    """The outbox of one office."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def to_send(self) -> int:
        """How much is still to be sent."""
        return outbox.to_send(self._office)

    def view(self, actor: Actor, *, signs: bool) -> OutboxView:
        """All of it, for this reader of its page; `signs`: he may type the passphrase."""
        return outbox_page.outbox_view(outbox.look(self._office, actor), signs=signs)

    def outside(self, actor: Actor) -> tuple[tuple[str, ...], bool]:
        """Sentences about the offices that are said to be away, and whether this officer may say so of any."""
        said, may_say = away.told(self._office, actor)
        return tuple(outbox_page.said_away(name, one) for name, one in said.items()), bool(may_say)

    def mark(self) -> str:
        """Changes whenever the page would."""
        return outbox_page.mark(outbox.look(self._office))

    def said(self) -> str:
        """Changes whenever an office is said to be away, or back."""
        with self._office.store.read() as tx:
            return " ".join(f"{name}.{one.since}" for name, one in records_away.all_said(tx).items())

    def say_away(self, actor: Actor, name: str) -> None:
        """An office that is worked by hand cannot be reached; raises `ActRefused`."""
        with in_words():
            away.say_away(self._office, actor, name)

    def say_back(self, actor: Actor, name: str) -> None:
        """It can again; raises `ActRefused` where nobody said that it could not."""
        with in_words():
            away.say_back(self._office, actor, name)

    def knock(self, actor: Actor, name: str) -> None:
        """Try this office now; raises `ActRefused` where it is not out of reach."""
        with in_words():
            outbox.knock(self._office, actor, name)
