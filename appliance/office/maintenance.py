"""The maintenance switch: a technician takes the machine out of service, and it comes back by hand or by itself."""

from __future__ import annotations

import contextlib

from appliance.casework.roles import SYSTEM, Actor, Role
from appliance.casework.sop import NotAllowed
from appliance.faults import DeviceFault
from appliance.office.context import Office, Values
from appliance.queue import jobs
from appliance.queue.holding import IN_WORK
from appliance.queue.kinds import LANE_DEVICES
from appliance.records import audit, maintenance, stock
from appliance.records.maintenance import Maintenance
from appliance.records.store import Transaction

BUSY = "Alat sedang bekerja untuk sebuah berkas. Tunggu sampai selesai, lalu coba lagi."
CARD_BETWEEN = "Ada kartu yang chipnya sudah ditulis dan belum dicetak. Selesaikan dulu kartu itu."
TAKEN = "Mesin ini sudah sedang dirawat."


def begin_maintenance(office: Office, actor: Actor, values: Values) -> None:
    """A technician takes the machine: nobody is asked to the kiosk, and no case is given a device."""
    if actor.role is not Role.TEKNISI:
        raise NotAllowed("Langkah ini hanya untuk teknisi.")
    with office.store.write() as tx:
        if maintenance.now_in(tx) is not None:
            raise NotAllowed(TAKEN)
        if jobs.any_leased(tx, LANE_DEVICES):
            raise NotAllowed(BUSY)
        if any(stock.serials_in(tx, state) for state in IN_WORK):
            raise NotAllowed(CARD_BETWEEN)
        _close_old(tx)
        maintenance.begin(tx, actor.id, actor.name)
        audit.record(tx, "maintenance-init", actor, None)
    office.wake()


def end_maintenance(office: Office, actor: Actor, values: Values) -> None:
    """The machine is given back: by any technician, by hand."""
    if actor.role is not Role.TEKNISI:
        raise NotAllowed("Langkah ini hanya untuk teknisi.")
    with office.store.write() as tx:
        if maintenance.kept(tx) is None:
            raise NotAllowed("Mesin ini tidak sedang dirawat.")
        maintenance.end(tx)
        audit.record(tx, "maintenance-complete", actor, None, by="hand")
    office.wake()


def leave(office: Office, actor: Actor) -> None:
    """A technician signs out: what he took is given back."""
    with office.store.read() as tx:
        found = maintenance.kept(tx)
    if found is None or found.by != actor.id:
        return
    # On a disk that takes nothing it comes back by its own time.
    with contextlib.suppress(DeviceFault), office.store.write() as tx:
        maintenance.end(tx)
        audit.record(tx, "maintenance-complete", actor, None, by="sign-out")
    office.wake()


def touch(office: Office, actor: Actor) -> None:
    """A technician has asked for a page or done something: the time until the machine comes back begins anew."""
    with office.store.read() as tx:
        found = maintenance.now_in(tx)
        late = found is not None and maintenance.needs_renewal(found, actor.id, tx.now)
    if found is not None and late:
        with contextlib.suppress(DeviceFault), office.store.write() as tx:
            maintenance.renew(tx, found)


def state(office: Office) -> Maintenance | None:
    """The maintenance that goes on; one that has run out is ended on the way, and written down."""
    with office.store.read() as tx:
        found, goes_on = maintenance.kept(tx), maintenance.now_in(tx)
    if found is None or goes_on is not None:
        return goes_on
    with contextlib.suppress(DeviceFault), office.store.write() as tx:
        _close_old(tx)
    return None


def _close_old(tx: Transaction) -> None:
    if maintenance.kept(tx) is not None and maintenance.now_in(tx) is None:
        maintenance.end(tx)
        audit.record(tx, "maintenance-complete", SYSTEM, None, by="idle")
