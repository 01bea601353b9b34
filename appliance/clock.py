"""Time: the wall clock in UTC milliseconds, and deadlines on the monotonic clock."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone

WIB = timezone(timedelta(hours=7), "WIB")
"""Western Indonesia Time; Lampung keeps it all year."""

Clock = Callable[[], int]
"""Returns now as milliseconds since 1970-01-01T00:00:00Z."""


def utc_millis() -> int:
    """The system clock as UTC milliseconds."""
    return time.time_ns() // 1_000_000


def to_datetime(millis: int) -> datetime:
    """UTC milliseconds as an aware datetime in UTC."""
    return datetime.fromtimestamp(millis / 1000, UTC)


def to_local(millis: int) -> datetime:
    """UTC milliseconds as an aware datetime in WIB, for people."""
    return to_datetime(millis).astimezone(WIB)


def midnight(day: date) -> int:
    """When this day begins in WIB, in UTC milliseconds."""
    return int(datetime(day.year, day.month, day.day, tzinfo=WIB).timestamp() * 1000)


def month_after(day: date) -> date:
    """The first day of the next month."""
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment on the monotonic clock by which a blocking call must have ended.

    A step of the wall clock does not move it.
    """

    at: float

    @classmethod
    def after(cls, seconds: float) -> Deadline:
        """The deadline `seconds` from now."""
        return cls(time.monotonic() + seconds)

    def remaining(self) -> float:
        """Seconds left, never negative."""
        return max(0.0, self.at - time.monotonic())

    @property
    def passed(self) -> bool:
        """Whether no time is left."""
        return time.monotonic() >= self.at
