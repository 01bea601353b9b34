"""The store of blanks: receive a delivery, see where they are."""

from __future__ import annotations

import re

from appliance.casework.roles import Actor, Role
from appliance.casework.sop import NotAllowed
from appliance.office.context import Office, Values, text
from appliance.records import audit, blanks
from appliance.records.audit import AuditBreak

LARGEST_DELIVERY = 2000


def receive_blanks(office: Office, actor: Actor, values: Values) -> int:
    """Take the serials `first` to `last` (same letters, counting digits at the end) of `batch` into the ledger."""
    if actor.role is not Role.GUDANG:
        raise NotAllowed("Hanya petugas gudang blanko yang menerima blanko.")
    batch = text(values, "batch", "Isi nomor kiriman.")
    first = re.fullmatch(r"([A-Z0-9-]*?)([0-9]{1,8})", text(values, "first", "Isi nomor pertama."))
    last = re.fullmatch(r"([A-Z0-9-]*?)([0-9]{1,8})", text(values, "last", "Isi nomor terakhir."))
    if first is None or last is None or first[1] != last[1] or len(first[2]) != len(last[2]):
        raise NotAllowed("Nomor pertama dan terakhir harus berpola sama, misalnya A00001 dan A00100.")
    count = int(last[2]) - int(first[2]) + 1
    if not 1 <= count <= LARGEST_DELIVERY:
        raise NotAllowed(f"Jumlah blanko harus 1 sampai {LARGEST_DELIVERY}.")
    width = len(first[2])
    serials = [f"{first[1]}{number:0{width}d}" for number in range(int(first[2]), int(last[2]) + 1)]
    with office.store.write() as tx:
        blanks.receive(tx, batch, serials, "kantor", actor)
        audit.record(tx, "blanks-receive-complete", actor, None, batch=batch, count=count)
    return count


def blank_counts(office: Office) -> tuple[dict[str, int], AuditBreak | None]:
    """How many blanks are in each state, and the first difference of the ledger or None."""
    with office.store.read() as tx:
        return blanks.balance(tx)


def next_blank(office: Office) -> str | None:
    """The serial to take next, or None when the stock is out."""
    with office.store.read() as tx:
        return blanks.next_free(tx, "kantor")
