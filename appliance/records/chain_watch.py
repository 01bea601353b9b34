"""How far the audit chain was checked: link by link in small turns, from the beginning anew each day.

What was checked is a note in the books; `siaga audit verify` believes none of it and reads everything.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace

from appliance.records import audit, notes
from appliance.records.audit import GENESIS
from appliance.records.store import Store, Transaction, canonical

AT_ONCE = 2_000
"""Entries of one turn: some hundredths of a second."""
_KEY = "audit-chain"


@dataclass(frozen=True, slots=True)
class Checked:
    """`to` is the last entry of this round that holds, `hash` its own, `begun_at` when the round began; `whole_to`
    and `whole_at` are of the last time that the end was reached. Times are UTC milliseconds, 0 for never. `broken` is
    the first entry that does not hold, `why` in what: that stays, for no chain mends itself."""

    to: int = 0
    hash: str = GENESIS
    begun_at: int = 0
    whole_to: int = 0
    whole_at: int = 0
    broken: int | None = None
    why: str = ""


def checked(tx: Transaction) -> Checked:
    """What is known of the chain."""
    text = notes.get(tx, _KEY)
    return Checked() if text is None else Checked(**json.loads(text))


def look(store: Store, round_ms: int, at_once: int = AT_ONCE) -> bool:
    """Check the next entries; a round older than `round_ms` gives way to a new one. False if nothing is left."""
    with store.read() as tx:
        known, now, head = checked(tx), tx.now, audit.head(tx)
        if known.broken is not None:
            return False
        if known.to > head:
            found = replace(known, broken=head + 1, why="an entry is missing")
        else:
            due = not 0 <= now - known.begun_at < round_ms
            begun = replace(known, to=0, hash=GENESIS, begun_at=now) if due else known
            count, last, broken = audit.check(tx, begun.to, begun.hash, at_once)
            found = replace(begun, to=begun.to + count, hash=last)
            if broken is not None:
                found = replace(found, broken=broken.sequence, why=broken.why)
            elif found.to == head and found != known:
                found = replace(found, whole_to=head, whole_at=now)
    if found == known:
        return False
    with store.write() as tx:
        notes.put(tx, _KEY, canonical(asdict(found)))
    return found.broken is None and found.to < head
