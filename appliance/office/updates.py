"""A change of the program as the technician orders it: only while nothing is in work, done by a helper of root."""

from __future__ import annotations

import json

from appliance.casework.roles import SYSTEM, Actor, Role
from appliance.casework.sop import NotAllowed
from appliance.office.context import Office, Values
from appliance.queue import effects, jobs
from appliance.queue.holding import IN_WORK
from appliance.queue.kinds import LANE_DEVICES
from appliance.records import audit, notes, stock
from appliance.records.store import Transaction, new_id

FOLDER, FILE = "update", "order.json"
_NOTED = "update"
BUSY = "Mesin sedang bekerja untuk sebuah berkas. Tunggu sampai selesai, lalu coba lagi."
UNSETTLED = "Ada pekerjaan yang hasilnya belum pasti. Selesaikan dulu pertanyaannya di papan kerja."
CARD_BETWEEN = "Ada kartu yang chipnya sudah ditulis dan belum dicetak. Selesaikan dulu kartu itu."
UNWRITTEN = "Disk menolak perintah ini. Periksa penyimpanan, lalu coba lagi."


def order_update(office: Office, actor: Actor, values: Values) -> None:
    """A technician orders the update of that file on the stick, or the program that ran before (`do`: `install`,
    `rollback`). The root helper does it: this process may not write where programs lie."""
    if actor.role is not Role.TEKNISI:
        raise NotAllowed("Langkah ini hanya untuk teknisi.")
    do, name = str(values.get("do", "")), str(values.get("file", ""))
    if do not in {"install", "rollback"}:
        raise NotAllowed("Pilih pembaruan di stik, atau program sebelumnya.")
    order = {"id": new_id(), "do": do, "file": name if do == "install" else ""}
    with office.store.write() as tx:
        why = unquiet(tx)
        if why:
            raise NotAllowed(why)
        audit.record(tx, "update-order-init", actor, None, order=order["id"], do=do, file=order["file"])
    folder = office.settings.data_dir / FOLDER
    fresh = folder / f"{FILE}.new"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        fresh.write_text(json.dumps(order))
        fresh.replace(folder / FILE)
    except OSError as error:
        raise NotAllowed(UNWRITTEN) from error


def ordered(office: Office) -> str:
    """The id of the newest order; empty before the first."""
    try:
        return str(json.loads((office.settings.data_dir / FOLDER / FILE).read_text())["id"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def note_outcome(office: Office, order: str, well: bool, why: str, version: str) -> None:
    """How an order ended goes into the audit log once, when the program that ended it starts."""
    with office.store.write() as tx:
        if notes.get(tx, _NOTED) == order:
            return
        notes.put(tx, _NOTED, order)
        if well:
            audit.record(tx, "update-order-complete", SYSTEM, None, order=order, version=version)
        else:
            audit.record(tx, "update-order-refused", SYSTEM, None, order=order, version=version, why=why)


def unquiet(tx: Transaction) -> str:
    """Why the program must not be changed now, in a sentence; empty if it may."""
    if jobs.any_leased(tx, LANE_DEVICES):
        return BUSY
    if effects.open_effects(tx):
        return UNSETTLED
    if any(stock.serials_in(tx, state) for state in IN_WORK):
        return CARD_BETWEEN
    return ""
