"""What a printer has left and how fast it goes: percent by supply, and days at the use of the last 14 days. Pure."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field

from appliance.casework.stock import FORECAST_DAYS, Forecast, forecast


@dataclass(frozen=True, slots=True)
class Wear:
    """The newest percent of each supply, and the percent points used on each day (ISO date) of the last 14."""

    levels: Mapping[str, int] = field(default_factory=dict)
    used: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


def levels_in(detail: Mapping[str, str]) -> dict[str, int]:
    """Percent left by supply, from a printer's `marker-names` and `marker-levels` (PWG 5100.13), each joined by a
    comma and a space; levels that are unknown (negative, RFC 3805 prtMarkerSuppliesLevel) are left out.

    Where names are missing or hold commas themselves, the supplies are numbered.
    """
    words = [word.strip() for word in detail.get("marker-levels", "").split(",")]
    numbers = [int(word) for word in words if word.lstrip("-").isdecimal()]
    names = [name for name in detail.get("marker-names", "").split(", ") if name]
    if len(names) != len(numbers):
        names = [str(place) for place in range(1, len(numbers) + 1)]
    return {name: level for name, level in zip(names, numbers, strict=True) if 0 <= level <= 100}


def worn(before: Wear, levels: Mapping[str, int], today: datetime.date) -> Wear:
    """The wear with these levels added: a fall is use of today, a rise is a new ribbon and counts for nothing."""
    if not levels or levels == before.levels:
        return before
    day, oldest = today.isoformat(), (today - datetime.timedelta(days=FORECAST_DAYS - 1)).isoformat()
    used = {date: dict(of) for date, of in before.used.items() if oldest <= date <= day}
    for name, level in levels.items():
        fallen = before.levels.get(name, level) - level
        if fallen > 0:
            used.setdefault(day, {})
            used[day][name] = used[day].get(name, 0) + fallen
    return Wear({**before.levels, **levels}, used)


def days_left(wear: Wear, name: str, today: datetime.date) -> Forecast:
    """How long a supply lasts at the use of the last 14 days; its `days` is None where too little is known."""
    begin = min((datetime.date.fromisoformat(day) for day in wear.used), default=today)
    days = [begin + datetime.timedelta(days=number) for number in range((today - begin).days + 1)]
    return forecast(wear.levels.get(name, 0), [wear.used.get(day.isoformat(), {}).get(name, 0) for day in days])
