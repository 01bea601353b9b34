"""The desk's part for retention: the report, holding a case, lifting a hold."""

from __future__ import annotations

from appliance.casework.roles import Actor
from appliance.kiosk_ui.refusals import in_words
from appliance.kiosk_ui.shown import ActForbidden, ActRefused, Mistake, NoSuchCase, Values
from appliance.office import retention
from appliance.office.context import Office
from appliance.office.retention import MAY_HOLD, MAY_LIFT, MAY_READ, Report

_ACTS = {"hold_case": (retention.hold, MAY_HOLD), "lift_hold": (retention.lift, MAY_LIFT)}


class RetentionDesk:
    """Retention of one office; acts raise `ActRefused` and then changed nothing."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def report(self, actor: Actor) -> Report:
        """What is due when, what was wiped, what is held; raises `ActForbidden`."""
        if actor.role not in MAY_READ:
            raise ActForbidden
        return retention.read(self._office, actor)

    def may(self, actor: Actor, name: str) -> bool:
        """Whether this person may do `hold_case` or `lift_hold`."""
        return actor.role in _ACTS[name][1]

    def act(self, actor: Actor, name: str, values: Values) -> None:
        """`hold_case` or `lift_hold`."""
        if not self.may(actor, name):
            raise ActForbidden
        try:
            with in_words():
                _ACTS[name][0](self._office, actor, values)
        except NoSuchCase as error:
            raise ActRefused(Mistake("code", "Kode berkas ini tidak ada.")) from error
