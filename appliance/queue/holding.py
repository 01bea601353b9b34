"""Whether the work of a case has a device in hand, or is about to take it."""

from __future__ import annotations

from appliance.casework.blank_life import BlankState
from appliance.queue import jobs
from appliance.queue.kinds import LANE_DEVICES
from appliance.records import maintenance, stock
from appliance.records.store import Transaction

IN_WORK = (BlankState.ENCODING, BlankState.ENCODED)


def held_by_a_case(tx: Transaction, device: str, *, moves_cards: bool = False) -> bool:
    """Work that stands on hold has let the device go: it is often the reason why somebody tries it.

    While a technician has the machine, what is only about to take a device waits. The card printer is held as long
    as any card is between its chip and its print: it may lie there already. `moves_cards` says that the printer
    serves the encoder as well.
    """
    if device == "card_printer" and any(stock.serials_in(tx, state) for state in IN_WORK):
        return True
    lanes = {lane for lane, devices in LANE_DEVICES.items() if device in devices}
    if moves_cards and device == "card_printer":
        lanes.add("encoder")
    waits = maintenance.now_in(tx) is not None
    return any(
        job.lane in lanes
        and (job.state == "leased" or (job.state == "ready" and job.run_after <= tx.now and not waits))
        for job in jobs.unfinished(tx)
    )
