"""How often the registry's data service was asked today, and what it says is left; a note of the books."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import date

from appliance.records import notes
from appliance.records.store import Transaction, canonical

_KEY = "data-access-quota"


@dataclass(frozen=True, slots=True)
class Quota:
    """Questions of this day (ISO); `left` as the service said last, None where it never did."""

    day: str
    used: int = 0
    left: int | None = None


def of_day(tx: Transaction, day: date) -> Quota:
    """The count of this day; yesterday's counts for nothing."""
    text = notes.get(tx, _KEY)
    kept = Quota(**json.loads(text)) if text else Quota(day.isoformat())
    return kept if kept.day == day.isoformat() else Quota(day.isoformat())


def spend(tx: Transaction, day: date, limit: int) -> Quota | None:
    """Count one question before it is sent; None, and nothing counted, where the day's limit is reached."""
    now = of_day(tx, day)
    if now.used >= limit or now.left == 0:
        return None
    return _keep(tx, Quota(now.day, now.used + 1, now.left))


def told(tx: Transaction, day: date, left: int | None) -> Quota:
    """Keep what the service said is left."""
    now = of_day(tx, day)
    return now if left is None else _keep(tx, Quota(now.day, now.used, left))


def _keep(tx: Transaction, quota: Quota) -> Quota:
    notes.put(tx, _KEY, canonical(asdict(quota)))
    return quota
