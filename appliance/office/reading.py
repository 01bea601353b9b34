"""Who may look into cases at all, and the line of audit when somebody who may not tries."""

from __future__ import annotations

from appliance.casework.roles import NO_CASES, NOT_OFFICERS, Actor
from appliance.casework.sop import NotAllowed
from appliance.office.context import Office
from appliance.records import audit, cases
from appliance.records.store import Transaction


def must_read(office: Office, actor: Actor, case_id: str = "") -> None:
    """Somebody who reads no case tried to look into one.

    Raises `NotAllowed` then (UU 27/2022 art. 16). The line is of the case that was asked for, if there is one; what
    was sent as its id may be anything.
    """
    if actor.role not in NO_CASES | NOT_OFFICERS:
        return
    with office.store.write() as tx:
        audit.record(tx, "case-read-refused", actor, _known(tx, case_id))
    raise NotAllowed("Peran ini tidak membaca berkas penduduk.")


def refused_act(office: Office, actor: Actor, case_id: str, act: str) -> None:
    """Somebody tried an act that his role may never do; it is refused without being tried."""
    with office.store.write() as tx:
        audit.record(tx, "case-act-refused", actor, _known(tx, case_id), act=act, why=NotAllowed.__name__)


def _known(tx: Transaction, case_id: str) -> str | None:
    return case_id if case_id and cases.exists(tx, case_id) else None
