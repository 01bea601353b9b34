"""The desk's part for the queue: numbers taken, called, and what is said of them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from appliance.casework.roles import Actor
from appliance.casework.ticket import QueueState, Ticket
from appliance.kiosk_ui.refusals import in_words
from appliance.office import tickets
from appliance.office.context import Office

LOOK_AGAIN_MS = 900
"""Streams look once a second, each of them; the queue is looked up for all of them together."""


class TicketDesk:
    """The queue of one office; all that is done to it in this process is done here."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._lock = threading.Lock()
        self._newest: tuple[int, QueueState] | None = None

    def take(self, service: str, first: bool, printed: bool) -> Ticket:
        """A number; raises `ActRefused` for a service that is not there."""
        with in_words(), self._changing():
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
        """How the queue stands: at most `LOOK_AGAIN_MS` old, and never older than what was last done here."""
        with self._lock:
            now = self._office.clock()
            # A clock that was set back must not keep the pages from looking.
            if self._newest is None or not 0 <= now - self._newest[0] <= LOOK_AGAIN_MS:
                self._newest = now, tickets.queue(self._office)
            return self._newest[1]

    def mark(self) -> str:
        """Changes whenever a number is taken, called or let go."""
        now = self.queue()
        return f"{now.taken}-{now.waiting}-{now.absent} {' '.join(one.call for one in now.called)}"

    def in_hand(self, actor: Actor) -> Ticket | None:
        """Whom this officer has called."""
        return tickets.in_hand(self._office, actor)

    def act(self, actor: Actor, name: str) -> None:
        """`call_next`, `call_again` or `absent`."""
        with self._changing():
            tickets.ACTS[name](self._office, actor)

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """Whoever asks after this asks anew; who began to look before has ended by then."""
        try:
            yield
        finally:
            with self._lock:
                self._newest = None
