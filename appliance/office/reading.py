"""Who may look into cases at all, and the line of audit when somebody who may not tries."""

from __future__ import annotations

from appliance.casework.roles import NO_CASES, NOT_OFFICERS, Actor
from appliance.casework.sop import NotAllowed
from appliance.office.context import Office
from appliance.records import audit, cases


def must_read(office: Office, actor: Actor, case_id: str = "") -> None:
    """Raises `NotAllowed` if this role reads no case (UU 27/2022 art. 16), having left one line of audit.

    The line is of the case that was asked for, if there is one; what was sent as its id may be anything.
    """
    if actor.role in NO_CASES | NOT_OFFICERS:
        refused(office, actor, case_id, "case-read-refused")
        raise NotAllowed("Peran ini tidak membaca berkas penduduk.")


def refused_act(office: Office, actor: Actor, case_id: str, act: str) -> None:
    """Somebody tried an act that his role may never do; it is refused without being tried."""
    refused(office, actor, case_id, "case-act-refused", act=act, why=NotAllowed.__name__)


def refused(office: Office, actor: Actor, case_id: str, event: str, **facts: object) -> None:
    """One line, and nothing else."""
    with office.store.write() as tx:
        known = case_id if case_id and cases.exists(tx, case_id) else None
        audit.record(tx, event, actor, known, **facts)
