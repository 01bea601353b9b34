"""An outside office that is worked by hand cannot be reached, or can again: said by who may enter what it answers."""

from __future__ import annotations

from collections.abc import Mapping

from appliance.casework.roles import Actor, Role
from appliance.casework.sop import NotAllowed
from appliance.office.by_hand import AT_CENTRE
from appliance.office.context import Office
from appliance.queue import outage
from appliance.records import audit, away
from appliance.records.away import Away
from appliance.records.store import Transaction

MAY_SAY: Mapping[str, frozenset[Role]] = {
    "siak": frozenset({Role.OPERATOR}),
    "centre": AT_CENTRE,
    "esign": frozenset({Role.OPERATOR, Role.KADIS}),
}
"""By outside office, who enters there by hand and so sees whether it can be reached."""
HAS_A_LINE = "Kantor ini punya sambungan: mesin sendiri yang tahu bila terputus."
SAID_ALREADY = "Kantor ini sudah dicatat terputus."
NOT_AWAY = "Kantor ini tidak sedang dicatat terputus."


def may_say(office: Office, tx: Transaction, actor: Actor) -> frozenset[str]:
    """The offices of which this officer may now say that they are away, or back again."""
    told = office.by_hand | away.all_said(tx).keys()
    return frozenset(name for name in told if actor.role in MAY_SAY[name])


def told(office: Office, actor: Actor) -> tuple[dict[str, Away], frozenset[str]]:
    """What is said of the offices now, and of which this officer may say it."""
    with office.store.read() as tx:
        return away.all_said(tx), may_say(office, tx, actor)


def _must_say(actor: Actor, name: str) -> None:
    if actor.role not in MAY_SAY.get(name, ()):
        raise NotAllowed("Hal ini dicatat oleh petugas yang mengisi di kantor itu.")


def say_away(office: Office, actor: Actor, name: str) -> None:
    """This office (`siak`, `centre`, `esign`) cannot be reached: whatever waits for it is no time of the officers."""
    _must_say(actor, name)
    if name not in office.by_hand:
        raise NotAllowed(HAS_A_LINE)
    with office.store.write() as tx:
        if away.said(tx, name) is not None:
            raise NotAllowed(SAID_ALREADY)
        audit.record(tx, "outage-report-init", actor, None, office=name)
        outage.said_away(tx, name, actor.name)
    office.wake()


def say_back(office: Office, actor: Actor, name: str) -> None:
    """This office can be reached again; also where it was given a line since."""
    _must_say(actor, name)
    with office.store.write() as tx:
        if away.said(tx, name) is None:
            raise NotAllowed(NOT_AWAY)
        audit.record(tx, "outage-report-complete", actor, None, office=name)
        outage.said_back(tx, name)
    office.wake()
