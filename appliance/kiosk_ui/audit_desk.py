"""The desk's part for the audit log: a page of it, all of it as a table."""

from __future__ import annotations

from collections.abc import Iterator

from appliance.casework.roles import Actor
from appliance.kiosk_ui.refusals import in_words
from appliance.kiosk_ui.shown import ActForbidden
from appliance.office import audit_log
from appliance.office.audit_log import MAY_READ, Asked, Log
from appliance.office.context import Office


class AuditDesk:
    """The log of one office; raises `ActForbidden`, or `ActRefused` with what is wrong in the question."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def read(self, actor: Actor, asked: Asked, before: int | None) -> Log:
        """One page of what is asked for, of entries before number `before`."""
        _may(actor)
        with in_words():
            return audit_log.read(self._office, actor, asked, before)

    def chain(self, actor: Actor) -> Log:
        """How far the chain was checked and what can be asked for, without entries."""
        _may(actor)
        return audit_log.chain(self._office, actor)

    def table(self, actor: Actor, asked: Asked) -> Iterator[str]:
        """All that is asked for, as CSV in parts."""
        _may(actor)
        with in_words():
            return audit_log.table(self._office, actor, asked)


def _may(actor: Actor) -> None:
    if actor.role not in MAY_READ:
        raise ActForbidden
