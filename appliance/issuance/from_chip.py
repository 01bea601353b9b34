"""The pictures for the face of a card that is printed anew: those of the recording, out of the chip just proven.

The centre's packet carries them, signed; nobody is photographed or asked to sign again for a lost card.
"""

from __future__ import annotations

from collections.abc import Mapping

from appliance.casework.roles import SYSTEM
from appliance.chip.fields import CardFields
from appliance.faults import DeviceFault, FaultCode
from appliance.issuance.machines import Machines, current, keep
from appliance.queue.jobs import Job
from appliance.records import audit, cases
from appliance.records.cases import CaseRecord
from appliance.records.store import Transaction

Kept = Mapping[str, Mapping[str, str]]
"""Where each picture lies in the vault, by kind of evidence."""


def pictures(machines: Machines, record: CaseRecord, job: Job, fields: CardFields) -> Kept:
    """Keep portrait and signature of the chip, if this case has no portrait of its own; else nothing.

    Raises `card.verify_mismatch` without a portrait: there would be nothing to print.
    """
    with machines.store.read() as tx:
        if current(tx, job, "photo"):
            return {}
    if fields.portrait is None:
        raise DeviceFault(FaultCode.CARD_VERIFY_MISMATCH, "no portrait on the card")
    found = {"photo": keep(machines.store, machines.vault, record, machines.portraits.redraw(fields.portrait))}
    if fields.signature is not None:
        found["signature"] = keep(machines.store, machines.vault, record, fields.signature)
    return found


def enter(tx: Transaction, job: Job, kept: Kept) -> None:
    """Enter what was kept as the pictures of this resident."""
    for kind, where in kept.items():
        cases.add_evidence(tx, str(job.case_id), kind, position=job.position, source="chip", **where)  # type: ignore[arg-type]
    if kept:
        audit.record(tx, "card-pictures-complete", SYSTEM, job.case_id, resident=job.position, kinds=sorted(kept))
