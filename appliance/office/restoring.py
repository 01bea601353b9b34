"""After the books were restored from a copy: what is to be compared, and the word that it was (decision 0018)."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.casework.roles import Actor
from appliance.casework.sop import NotAllowed
from appliance.casework.stock import shelf_name
from appliance.office.context import FormRefused, Office, Values
from appliance.office.day_close import SECOND_SIGNERS, shelves_to_count
from appliance.records import audit, restoration, stock_books
from appliance.records.restoration import Restoration
from appliance.records.store import Transaction


@dataclass(frozen=True, slots=True)
class ToCompare:
    """A restoration that waits for its officer, and the shelves that were not counted since."""

    restoration: Restoration
    uncounted: tuple[str, ...]


def to_compare(tx: Transaction) -> ToCompare | None:
    """What is to be done about the restoration, or None if nothing is."""
    found = restoration.awaited(tx)
    if found is None:
        return None
    counted = stock_books.counted_since(tx, found.at)
    return ToCompare(found, tuple(shelf for shelf in shelves_to_count(tx) if shelf not in counted))


def confirm_restoration(office: Office, actor: Actor, values: Values) -> None:
    """An officer has compared blanks and cases with the restored books: jobs are begun again.

    Refused until every shelf was counted after the restoration; a difference stays for the day's closing.
    """
    if actor.role not in SECOND_SIGNERS:
        raise NotAllowed("Yang menyatakan selesai: Kasi, Kabid, atau Kadis.")
    with office.store.write() as tx:
        open_one = to_compare(tx)
        if open_one is None:
            raise NotAllowed("Tidak ada pemulihan yang menunggu.")
        if open_one.uncounted:
            raise FormRefused(
                *(("", f"Belum dihitung sejak pemulihan: {shelf_name(shelf)}.") for shelf in open_one.uncounted)
            )
        restoration.confirm(tx, actor)
        found = open_one.restoration
        audit.record(tx, "database-restore-confirm-complete", actor, None, copy=found.copy_name, torn=found.torn)
    office.wake()


def confirm_clock(office: Office, actor: Actor, values: Values) -> None:
    """A technician has looked at the clock and says that it is right now."""
    with office.store.write() as tx:
        audit.record(tx, "clock-confirm-complete", actor)
    office.wake()
