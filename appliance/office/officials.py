"""Whose name stands on the family card: the Kadis of the settings, or whoever stands in for him on that day."""

from __future__ import annotations

from appliance.casework.roles import Actor, Role
from appliance.casework.sop import NotAllowed
from appliance.office.context import Office, Values
from appliance.queue import jobs
from appliance.records import accounts, audit, cases
from appliance.records.officials import Appointment, in_force, offered_to, today
from appliance.records.store import Transaction


def drafted_for(tx: Transaction, case_id: str) -> str | None:
    """The appointment of the stand-in named on the newest draft, empty for the Kadis himself; None without draft."""
    drafts = cases.evidence_of(tx, case_id, "kk_draft")
    return str(drafts[-1].facts.get("official", "")) if drafts else None


def signs_today(tx: Transaction) -> str:
    """The appointment of him who signs today, empty for the Kadis himself."""
    found = in_force(tx, Role.KADIS, today(tx))
    return "" if found is None else found.id


def names_another(tx: Transaction, case_id: str) -> bool:
    """Whether the draft names somebody else than him who signs today."""
    return drafted_for(tx, case_id) not in {None, signs_today(tx)}


def must_sign(tx: Transaction, case_id: str, actor: Actor) -> None:
    """Raises `NotAllowed` unless this actor signs today and stands on the draft."""
    if signs_today(tx) != ("" if actor.acting is None else actor.acting.id):
        raise NotAllowed("Hari ini pejabat lain yang menandatangani sebagai atau untuk Kepala Dinas.")
    if names_another(tx, case_id):
        raise NotAllowed("Draf KK ini atas nama pejabat lain. Buat ulang draf dulu, lalu baca dan tanda tangani.")


def redraft(office: Office, actor: Actor, case_id: str, values: Values) -> None:
    """Have the draft typeset anew in the name of him who signs today; what the Kabid validated stays as it is."""
    if actor.role not in {Role.KADIS, Role.OPERATOR}:
        raise NotAllowed("Langkah ini untuk Kepala Dinas atau operator.")
    with office.store.write() as tx:
        record = cases.get(tx, case_id)
        if record.state != "TTE_KADIS" or not names_another(tx, case_id):
            raise NotAllowed("Draf KK ini sudah atas nama pejabat yang menandatangani hari ini.")
        number = len(cases.evidence_of(tx, case_id, "kk_draft"))
        jobs.put(tx, "render", "kk-draft", f"kk-draft:{case_id}:{record.version}:{number}", case_id=case_id)
        audit.record(tx, "kk-draft-init", actor, case_id)
    office.wake()


def offices_of(office: Office, actor: Actor) -> tuple[Appointment, ...]:
    """The offices that this person may take up today."""
    with office.store.read() as tx:
        return tuple(offered_to(tx, actor.id))


def act_as(office: Office, token: str, appointment_id: str | None) -> None:
    """Take one of them up in this session, or with None one's own again."""
    accounts.act_as(office.store, token, appointment_id)
