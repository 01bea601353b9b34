"""A server whose database was taken back, or taken over by its standby: the books may lack what was done last.

PostgreSQL begins a new timeline then, and a new cluster has another identifier. Together they are the course of a
database; books that stand in another one than they were last opened in are restored books (decision 0018).
"""

from __future__ import annotations

from appliance.records import audit, notes
from appliance.records.restoration import RESTORER, Restoration, record_in
from appliance.records.store import Store

_KEY = "course"


def look(store: Store, course: str) -> Restoration | None:
    """Note the course in which the books now stand; a restoration, which awaits its officer, if it is another."""
    with store.write() as tx:
        known = notes.get(tx, _KEY)
        if known == course:
            return None
        notes.put(tx, _KEY, course)
        if known is None:
            return None
        head = audit.head(tx)
        last = audit.latest_time(tx, head)
        found = Restoration(
            at=max(tx.now, last),
            copy_at=last,
            copy_sequence=head,
            copy_name=f"course {course}",
            why=f"the server's database went on from another course ({known})",
            torn="",
            by="system",
        )
        record_in(tx, found)
        audit.record(
            tx, "database-restore-complete", RESTORER, None,
            copy=found.copy_name, copy_sequence=head, torn="", by=found.by,
        )  # fmt: skip
        return found
