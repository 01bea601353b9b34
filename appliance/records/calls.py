"""Whether somebody calls for an officer: told by the process of the pages, read by that of the signal light."""

from __future__ import annotations

from appliance.records import notes
from appliance.records.store import Transaction

_KEY = "called"


def tell(tx: Transaction, called: bool) -> None:
    """Somebody calls, or nobody does any more."""
    notes.put(tx, _KEY, "yes" if called else "")


def called(tx: Transaction) -> bool:
    """Whether somebody calls now."""
    return bool(notes.get(tx, _KEY))
