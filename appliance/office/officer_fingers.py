"""The officers' own fingers as the Kadis or Kabid has them recorded: only of who agrees, and forgotten when asked."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.casework.roles import Actor, Role
from appliance.casework.sop import NotAllowed
from appliance.office.context import FormRefused, Office, Values
from appliance.office.officials import MAY_APPOINT
from appliance.queue import jobs
from appliance.queue.holding import held_by_a_case
from appliance.records import accounts, audit, officer_fingers
from appliance.records.officer_fingers import NAMES, Capture
from appliance.records.store import new_id

SCANNER = "fingerprint_scanner"
KIND = "keep-officer-finger"


@dataclass(frozen=True, slots=True)
class Officer:
    """An account with its kept fingers: ISO name and since when (UTC milliseconds; 0 where no record says)."""

    login: str
    name: str
    role: Role
    fingers: tuple[tuple[str, int], ...]


def may(actor: Actor) -> bool:
    """Whoever enters stand-ins for accounts, in his own office."""
    return actor.role in MAY_APPOINT and actor.acting is None


def _must(actor: Actor) -> None:
    if not may(actor):
        raise NotAllowed("Jari petugas dicatat oleh Kepala Dinas atau Kepala Bidang dalam jabatannya sendiri.")


def known(office: Office, actor: Actor) -> tuple[tuple[Officer, ...], Capture | None]:
    """Every account with its fingers, by name, and the last capture that was asked for; raises `NotAllowed`."""
    _must(actor)
    people = accounts.people(office.store)
    with office.store.read() as tx:
        owners, times = accounts.ids(tx), officer_fingers.since(tx)
        kept = officer_fingers.all_of_them(tx)
        capture = officer_fingers.last_capture(tx)
    of: dict[str, list[tuple[str, int]]] = {}
    for one in kept:
        of.setdefault(one.account_id, []).append((one.name, times.get((one.account_id, one.name), 0)))
    officers = (Officer(login, name, role, tuple(of.get(owners.get(login, ""), ()))) for login, name, role in people)
    return tuple(officers), capture


def record_finger(office: Office, actor: Actor, values: Values) -> None:
    """Have an index finger (`finger`) of an account (`login`) taken now; `agreed` says that its holder agrees."""
    _must(actor)
    login, finger = str(values.get("login") or ""), str(values.get("finger") or "")
    if not values.get("agreed"):
        raise FormRefused(("agreed", "Jari petugas hanya dicatat bila ia setuju. Tanyakan dulu."))
    if finger not in NAMES:
        raise FormRefused(("finger", "Pilih telunjuk kanan atau kiri."))
    if SCANNER not in office.settings.devices:
        raise NotAllowed("Di sini tidak ada pemindai jari.")
    with office.store.write() as tx:
        account = accounts.ids(tx).get(login)
        if account is None:
            raise FormRefused(("login", "Pilih petugas."))
        if held_by_a_case(tx, SCANNER) or any(job.kind == KIND for job in jobs.unfinished(tx)):
            raise NotAllowed("Pemindai sedang dipakai. Coba lagi setelah selesai.")
        capture = Capture(new_id(), login, finger, "waiting", tx.now)
        officer_fingers.put_capture(tx, capture)
        jobs.put(
            tx, "scanner", KIND, f"{KIND}:{capture.id}", capture=capture.id, account=account,
            actor=[actor.id, actor.name, actor.device], role=str(actor.role),
        )  # fmt: skip
        audit.record(tx, "officer-finger-keep-init", actor, None, account=account, finger=finger)
    office.wake()


def forget_fingers(office: Office, actor: Actor, values: Values) -> None:
    """Delete every finger that is kept of an account (`login`)."""
    _must(actor)
    with office.store.write() as tx:
        officer_fingers.forget(tx, str(values.get("login") or ""), actor)
