"""To whom the draft of a family card was shown: one passphrase signs many, and none unseen."""

from __future__ import annotations

import contextlib

from appliance.casework.roles import Actor, Role
from appliance.faults import DeviceFault
from appliance.office.context import Office
from appliance.records import audit, cases
from appliance.records.cases import Evidence
from appliance.records.store import Transaction

DRAFT = "kk_draft"


def note(office: Office, actor: Actor, item: Evidence) -> None:
    """This piece of evidence is shown to this person; kept of a draft and whoever signs such, once.

    A disk that takes nothing keeps nobody from reading; the draft then counts as not shown.
    """
    if item.kind != DRAFT or actor.role is not Role.KADIS or actor.id in _who(item):
        return
    with contextlib.suppress(DeviceFault), office.store.write() as tx:
        found = next((one for one in cases.evidence_of(tx, item.case_id, DRAFT) if one.id == item.id), None)
        if found is not None and actor.id not in _who(found):
            cases.change_evidence(tx, found, found.state, shown_to=[*_who(found), actor.id])
            audit.record(tx, "kk-show-complete", actor, item.case_id, sha256=found.sha256)


def shown(tx: Transaction, actor: Actor, case_id: str) -> bool:
    """Whether the newest draft of this case was shown to this person; one that is typeset anew was not."""
    drafts = cases.evidence_of(tx, case_id, DRAFT)
    return bool(drafts) and actor.id in _who(drafts[-1])


def _who(item: Evidence) -> list[str]:
    found = item.facts.get("shown_to", [])
    return list(found) if isinstance(found, list) else []
