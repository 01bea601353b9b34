"""The desk's part for acting officials: who stands in for whom, entered and ended on a page."""

from __future__ import annotations

from appliance.casework.roles import Actor, Role
from appliance.kiosk_ui.refusals import in_words
from appliance.kiosk_ui.shown import ActForbidden, Values
from appliance.office import officials
from appliance.office.context import Office
from appliance.records.officials import Appointment


class OfficialsDesk:
    """Appointments of one office; acts raise `ActRefused` and then entered nothing."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def may(self, actor: Actor) -> bool:
        """Whether the page is his."""
        return actor.role in officials.MAY_APPOINT and actor.acting is None

    def known(self, actor: Actor) -> tuple[tuple[Appointment, bool], ...]:
        """Every appointment, the newest first, and whether it can be ended."""
        self._must(actor)
        return officials.appointments(self._office, actor)

    def people(self, actor: Actor) -> tuple[tuple[str, str, Role], ...]:
        """Who may be appointed: user name, name, own role."""
        self._must(actor)
        return officials.stand_ins(self._office, actor)

    def act(self, actor: Actor, name: str, values: Values) -> None:
        """`appoint` or `end_appointment`."""
        self._must(actor)
        acts = {"appoint": officials.appoint, "end_appointment": officials.end_appointment}
        with in_words():
            acts[name](self._office, actor, values)

    def _must(self, actor: Actor) -> None:
        if not self.may(actor):
            raise ActForbidden
