"""The queue at the counter: a resident takes a number, an officer calls it."""

from __future__ import annotations

from appliance.casework.roles import Actor
from appliance.casework.sop import NotAllowed
from appliance.casework.ticket import SERVICES, QueueState, Ticket
from appliance.office import roll
from appliance.office.context import Office
from appliance.queue import jobs
from appliance.records import tickets

KIND = "print-ticket"


def take(office: Office, service: str, first: bool, printed: bool) -> Ticket:
    """A number for this service; with `printed` the receipt printer is asked for it on paper too.

    The number counts whatever becomes of the paper.
    """
    if service not in SERVICES:
        raise NotAllowed("Layanan ini tidak ada.")
    with office.store.write() as tx:
        given = tickets.take(tx, service, first)
        if printed:
            jobs.put(tx, "receipt_printer", KIND, _key(given.day, given.number), day=given.day, number=given.number)
    if printed:
        office.wake()
    return given


def paper_of(office: Office, day: str, number: int) -> str:
    """What became of the paper: `none` was asked for, `printing`, `printed`, or `failed`."""
    return roll.paper_of(office, _key(day, number))


def _key(day: str, number: int) -> str:
    return f"{KIND}:{day}:{number}"


def queue(office: Office) -> QueueState:
    """How the queue of today stands."""
    with office.store.read() as tx:
        return tickets.queue_of_today(tx)


def ticket(office: Office, day: str, number: int) -> Ticket | None:
    """This number."""
    with office.store.read() as tx:
        return tickets.find(tx, day, number)


def ahead_of(office: Office, one: Ticket) -> int:
    """How many are called before it."""
    with office.store.read() as tx:
        return tickets.ahead_of(tx, one)


def in_hand(office: Office, actor: Actor) -> Ticket | None:
    """Whom this officer has called."""
    with office.store.read() as tx:
        return tickets.called_by(tx, actor.id)


def call_next(office: Office, actor: Actor) -> None:
    """Whoever this officer had called was served; the next one is called. Without one waiting nobody is."""
    with office.store.write() as tx:
        before = tickets.called_by(tx, actor.id)
        if before is not None:
            tickets.end(tx, before, "served")
        following = tickets.next_waiting(tx)
        if following is not None:
            tickets.call(tx, following, actor.id)


def call_again(office: Office, actor: Actor) -> None:
    """Call the same one once more."""
    with office.store.write() as tx:
        one = tickets.called_by(tx, actor.id)
        if one is not None:
            tickets.call(tx, one, actor.id)


def absent(office: Office, actor: Actor) -> None:
    """The one who was called did not come; nobody else is called by that."""
    with office.store.write() as tx:
        one = tickets.called_by(tx, actor.id)
        if one is not None:
            tickets.end(tx, one, "absent")


ACTS = {"call_next": call_next, "call_again": call_again, "absent": absent}
