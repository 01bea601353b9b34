"""The desk's part for the queue: numbers taken, called, and what is said of them."""

from __future__ import annotations

from appliance.casework.roles import Actor
from appliance.casework.ticket import QueueState, Ticket
from appliance.kiosk_ui.refusals import in_words
from appliance.office import tickets
from appliance.office.context import Office


class TicketDesk:
    """The queue of one office."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def take(self, service: str, first: bool, printed: bool) -> Ticket:
        """A number; raises `ActRefused` for a service that is not there."""
        with in_words():
            return tickets.take(self._office, service, first, printed)

    def ticket(self, day: str, number: int) -> Ticket | None:
        """This number of this day."""
        return tickets.ticket(self._office, day, number)

    def paper_of(self, day: str, number: int) -> str:
        """`none`, `printing`, `printed` or `failed`."""
        return tickets.paper_of(self._office, day, number)

    def ahead_of(self, one: Ticket) -> int:
        """How many are called before it."""
        return tickets.ahead_of(self._office, one)

    def queue(self) -> QueueState:
        """How the queue stands."""
        return tickets.queue(self._office)

    def mark(self) -> str:
        """Changes whenever a number is taken, called or let go."""
        now = self.queue()
        return f"{now.taken}-{now.waiting}-{now.absent} {' '.join(one.call for one in now.called)}"

    def in_hand(self, actor: Actor) -> Ticket | None:
        """Whom this officer has called."""
        return tickets.in_hand(self._office, actor)

    def act(self, actor: Actor, name: str) -> None:
        """`call_next`, `call_again` or `absent`."""
        tickets.ACTS[name](self._office, actor)
