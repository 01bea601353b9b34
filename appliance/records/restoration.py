"""Restored: the books are those of a copy, and what was done outside after it is not in them (decision 0018).

Until an officer confirms that he has compared, no job is begun. For good, no act of a case that was there already is
believed never to have been done: `queue.effects` lets it stand as a question first.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace

from sqlalchemy import select

from appliance.casework.roles import Actor, Role
from appliance.records import notes
from appliance.records.schema import case
from appliance.records.store import Transaction, canonical

RESTORER = Actor("restore", "", Role.SYSTEM, "disk")
_KEY = "restoration"


@dataclass(frozen=True, slots=True)
class Restoration:
    """The newest restoration: times are UTC milliseconds, `why` a sentence for the technician, `torn` the folder
    where the old file lies (below the data folder), `readable` what it still says of the lost time.
    """

    at: int
    copy_at: int
    copy_sequence: int
    copy_name: str
    why: str
    torn: str
    by: str
    readable: Mapping[str, list[str]] = field(default_factory=dict)
    confirmed_by: str | None = None
    confirmed_at: int | None = None

    @property
    def open(self) -> bool:
        """Whether nobody has confirmed it yet."""
        return self.confirmed_at is None

    def to_json(self) -> str:
        """The row's text."""
        return canonical(asdict(self))


def current(tx: Transaction) -> Restoration | None:
    """The newest restoration, or None if these books were never restored."""
    text = notes.get(tx, _KEY)
    return None if text is None else Restoration(**json.loads(text))


def awaited(tx: Transaction) -> Restoration | None:
    """The restoration that an officer has yet to confirm, or None."""
    found = current(tx)
    return found if found is not None and found.open else None


def record_in(tx: Transaction, found: Restoration) -> None:
    """Write it down; it takes the place of an earlier one, which the audit log keeps."""
    notes.put(tx, _KEY, found.to_json())


def confirm(tx: Transaction, actor: Actor) -> None:
    """An officer has compared: jobs go on."""
    found = awaited(tx)
    if found is not None:
        record_in(tx, replace(found, confirmed_by=actor.id, confirmed_at=tx.now))


def doubted_since(tx: Transaction, case_id: str | None) -> int | None:
    """When the books were restored, if what this case did outside before that is in doubt; else None.

    A case that began later has nothing in the lost time.
    """
    found = current(tx)
    if found is None:
        return None
    begun = tx.sql.execute(select(case.c.created_at).where(case.c.id == case_id)).scalar()
    return found.at if begun is None or begun <= found.at else None
