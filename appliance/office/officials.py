"""Whose name stands on the family card: the Kadis of the settings, or whoever stands in for him on that day."""

from __future__ import annotations

from appliance.casework.people import check_nik
from appliance.casework.roles import Actor, Role
from appliance.casework.sop import NotAllowed
from appliance.office.context import FormRefused, Office, Values
from appliance.queue import jobs
from appliance.records import accounts, audit, cases
from appliance.records.officials import Appointment, all_of_them, end, in_force, offered_to, today
from appliance.records.officials import appoint as enter
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


MAY_APPOINT = frozenset({Role.KABID, Role.KADIS})
"""Who enters stand-ins on the page, in his own office only and never himself (decision 31)."""
MAY_STAND_IN = frozenset({Role.PETUGAS, Role.OPERATOR, Role.PEREKAM, Role.KASI, Role.KABID})


def _must_appoint(actor: Actor) -> None:
    if actor.role not in MAY_APPOINT or actor.acting is not None:
        raise NotAllowed("Penunjukan diisi oleh Kepala Dinas atau Kepala Bidang dalam jabatannya sendiri.")


def appointments(office: Office, actor: Actor) -> tuple[tuple[Appointment, bool], ...]:
    """Every appointment, the newest first, and whether it can still be ended; raises `NotAllowed`."""
    _must_appoint(actor)
    with office.store.read() as tx:
        return tuple((one, one.until >= today(tx)) for one in reversed(all_of_them(tx)))


def stand_ins(office: Office, actor: Actor) -> tuple[tuple[str, str, Role], ...]:
    """Whom this person may appoint: user name, name and own role."""
    _must_appoint(actor)
    found = accounts.people(office.store)
    return tuple(one for one in found if one[2] in MAY_STAND_IN and one[0] != _login(office, actor))


def appoint(office: Office, actor: Actor, values: Values) -> None:
    """Enter who stands in (`login`, `role`, `title`, `decree`, `since`, `until`; `nip` and `nik` for the Kadis).

    Raises `FormRefused` or `NotAllowed` in words, and then nothing was entered.
    """
    _must_appoint(actor)
    role, nik = Role(values["role"]), "".join(str(values.get("nik") or "").split())
    if values["login"] == _login(office, actor):
        raise FormRefused(("login", "Anda tidak dapat menunjuk diri sendiri."))
    if role is Role.KADIS:
        findings = check_nik(nik, specimen=office.settings.specimen, field="nik")
        mistakes = [(one.field, f"{one.message}.".capitalize()) for one in findings if one.level == "error"]
        if mistakes:
            raise FormRefused(*mistakes)
    who, days = (values["login"], role, values["title"], values["decree"]), (values["since"], values["until"])
    with office.store.write() as tx:
        enter(tx, *who, *days, actor, str(values.get("nip") or ""), nik if role is Role.KADIS else "")


def end_appointment(office: Office, actor: Actor, values: Values) -> None:
    """End one early, with a reason out of `END_REASONS`; yesterday was its last day."""
    _must_appoint(actor)
    with office.store.write() as tx:
        end(tx, str(values["appointment"]), actor, str(values["reason"]))


def _login(office: Office, actor: Actor) -> str:
    return accounts.login_of(office.store, actor.id)
