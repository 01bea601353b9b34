"""Acting officials: who stands in for the Kasi, Kabid or Kadis, by which decree, from which day to which (0026).

The books enforce the days: outside them nobody takes the office up, and no link of a case's chain is taken in it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import insert, select, update

from appliance.casework.roles import ROLE_LABELS, Acting, Actor, Role
from appliance.casework.sop import NotAllowed
from appliance.clock import to_local
from appliance.records import audit
from appliance.records.schema import account, appointment
from appliance.records.store import Transaction, new_id

TITLES = ("Plh.", "Plt.")
"""Pelaksana harian while the official is away, pelaksana tugas while the office is vacant."""
MAY_BE_ACTED = (Role.KASI, Role.KABID, Role.KADIS)


@dataclass(frozen=True, slots=True)
class Appointment:
    """One appointment; days are of the office's calendar, both included. `nip` and `nik` of the Kadis's stand-in."""

    id: str
    account_id: str
    name: str
    role: Role
    title: str
    decree: str
    since: date
    until: date
    nip: str = ""
    nik: str = field(default="", repr=False)

    @property
    def acting(self) -> Acting:
        """How the one who acts is told apart."""
        return Acting(self.id, self.title, self.decree)

    def covers(self, day: date) -> bool:
        """Whether he stands in on this day."""
        return self.since <= day <= self.until


def today(tx: Transaction) -> date:
    """The calendar day of this transaction in the office."""
    return to_local(tx.now).date()


def _appointments(tx: Transaction, *where: object) -> list[Appointment]:
    columns = [column for column in appointment.c if column.name not in {"entered_by", "at"}]
    query = select(*columns, account.c.name).join(account, account.c.id == appointment.c.account_id)
    rows = tx.sql.execute(query.where(*where).order_by(appointment.c.since, appointment.c.id))  # type: ignore[arg-type]
    return [
        Appointment(
            **{
                **dict(row._mapping),
                "role": Role(row.role),
                "since": date.fromisoformat(row.since),
                "until": date.fromisoformat(row.until),
            }
        )
        for row in rows
    ]


def all_of_them(tx: Transaction) -> list[Appointment]:
    """Every appointment ever entered, the oldest first."""
    return _appointments(tx)


def find(tx: Transaction, appointment_id: str) -> Appointment | None:
    """The appointment, or None."""
    found = _appointments(tx, appointment.c.id == appointment_id)
    return found[0] if found else None


def in_force(tx: Transaction, role: Role, day: date) -> Appointment | None:
    """Who stands in for this role on this day, or None."""
    return next((one for one in _appointments(tx, appointment.c.role == str(role)) if one.covers(day)), None)


def holders(tx: Transaction, role: Role) -> tuple[str, ...]:
    """The accounts whose own office this is."""
    rows = tx.sql.execute(select(account.c.id).where(account.c.role == str(role)).order_by(account.c.id))
    return tuple(rows.scalars())


def offered_to(tx: Transaction, account_id: str) -> list[Appointment]:
    """The offices that this person may take up today."""
    return [one for one in _appointments(tx, appointment.c.account_id == account_id) if one.covers(today(tx))]


def appoint(
    tx: Transaction,
    login: str,
    role: Role,
    title: str,
    decree: str,
    since: date,
    until: date,
    by: Actor,
    nip: str = "",
    nik: str = "",
) -> Appointment:
    """Enter an appointment; raises `NotAllowed` with what is wrong.

    Two never stand in for one role on one day. The Kadis's stand-in needs NIP and NIK: his name stands on the family
    card, his certificate signs it.
    """
    person = tx.sql.execute(select(account.c.id, account.c.role).where(account.c.login == login)).first()
    if person is None:
        raise NotAllowed("Nama pengguna ini tidak ada.")
    if title not in TITLES or role not in MAY_BE_ACTED:
        raise NotAllowed("Plh. dan Plt. hanya untuk Kasi, Kabid, dan Kadis.")
    if person.role == str(role):
        raise NotAllowed("Orang ini sudah memegang jabatan itu.")
    if not decree.strip():
        raise NotAllowed("Isi nomor surat perintah.")
    if until < since or until < today(tx):
        raise NotAllowed("Tanggal selesai sebelum tanggal mulai atau sudah lewat.")
    if role is Role.KADIS and not (nip and len(nik) == 16 and nik.isdecimal()):
        raise NotAllowed(
            "Pengganti Kadis perlu NIP dan NIK 16 angka: namanya tercetak di KK, sertifikatnya menanda tangani."
        )
    others = _appointments(tx, appointment.c.role == str(role))
    if any(one.since <= until and since <= one.until for one in others):
        raise NotAllowed("Jabatan ini sudah ada penggantinya pada hari-hari itu. Akhiri dulu yang lama.")
    row = {"id": new_id(), "account_id": person.id, "role": str(role), "title": title, "decree": decree.strip()}
    days = {"since": since.isoformat(), "until": until.isoformat()}
    tx.sql.execute(insert(appointment).values(**row, **days, nip=nip, nik=nik, entered_by=by.id, at=tx.now))
    facts = {"role": str(role), "title": title, "decree": decree.strip(), **days, "account": person.id}
    audit.record(tx, "acting-set-complete", by, None, **facts)
    found = find(tx, row["id"])
    assert found is not None
    return found


END_REASONS = {
    "back": "Pejabatnya sudah kembali bertugas",
    "away": "Penggantinya berhalangan",
    "replaced": "Diganti penunjukan lain",
    "mistaken": "Salah isi",
}
"""Why an appointment ends before its last day; a code, because the audit log holds no free text about people."""


def end(tx: Transaction, appointment_id: str, by: Actor, reason: str = "back") -> None:
    """End it early: yesterday was the stand-in's last day. Raises `NotAllowed` if it is over already.

    `reason` is one of `END_REASONS`.
    """
    if reason not in END_REASONS:
        raise NotAllowed("Pilih alasan penunjukan diakhiri.")
    found = find(tx, appointment_id)
    if found is None or found.until < today(tx):
        raise NotAllowed("Penunjukan ini tidak ada atau sudah berakhir.")
    last = date.fromordinal(today(tx).toordinal() - 1)
    tx.sql.execute(update(appointment).where(appointment.c.id == appointment_id).values(until=last.isoformat()))
    facts = {"role": str(found.role), "title": found.title, "decree": found.decree, "until": last.isoformat()}
    facts["reason"] = reason
    audit.record(tx, "acting-end-complete", by, None, **facts)


def must_be_in_office(tx: Transaction, actor: Actor) -> None:
    """Raises `NotAllowed` if this actor acts in an office that he has not got today."""
    if actor.acting is None:
        return
    found = find(tx, actor.acting.id)
    if found is None or (found.account_id, found.role) != (actor.id, actor.role) or not found.covers(today(tx)):
        label = ROLE_LABELS[actor.role]
        raise NotAllowed(f"Penunjukan sebagai {actor.acting.title} {label} tidak berlaku hari ini.")
