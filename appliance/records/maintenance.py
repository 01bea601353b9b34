"""Whether a technician has the machine: who, since when, when last seen. It outlives a restart, and ends by itself.

The work of cases on the devices waits meanwhile, and nobody is asked to the kiosk.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace

from appliance.records import notes
from appliance.records.store import Transaction

IDLE_MS = 600_000
"""So long after the technician's last touch the machine is back in service."""
_KEY = "maintenance"
_RENEW_MS = 15_000


@dataclass(frozen=True, slots=True)
class Maintenance:
    """`by` is an account's id, `name` its person's; `since` and `seen` are UTC milliseconds."""

    by: str
    name: str
    since: int
    seen: int


def kept(tx: Transaction) -> Maintenance | None:
    """What was written down last, whether or not it has run out."""
    text = notes.get(tx, _KEY)
    return Maintenance(**json.loads(text)) if text else None


def now_in(tx: Transaction) -> Maintenance | None:
    """The maintenance that goes on; None if there is none or its technician has gone away.

    A clock that was set back by more than the limit ends it as well.
    """
    found = kept(tx)
    return found if found is not None and abs(tx.now - found.seen) <= IDLE_MS else None


def begin(tx: Transaction, by: str, name: str) -> None:
    """The machine is this technician's from now on."""
    notes.put(tx, _KEY, json.dumps(asdict(Maintenance(by, name, tx.now, tx.now))))


def needs_renewal(found: Maintenance, by: str, now: int) -> bool:
    """Whether this touch is worth writing down."""
    return found.by == by and abs(now - found.seen) >= _RENEW_MS


def renew(tx: Transaction, found: Maintenance) -> None:
    """The technician is still there."""
    notes.put(tx, _KEY, json.dumps(asdict(replace(found, seen=tx.now))))


def end(tx: Transaction) -> None:
    """The machine is the office's again."""
    notes.put(tx, _KEY, "")
