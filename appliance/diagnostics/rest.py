"""How long a printer has stood still: film sticks, ink dries and heads clog in one that is not used. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from appliance.devices import DeviceStatus
from appliance.faults import FaultCode

TOO_LONG_MS = 7 * 24 * 3_600_000
"""A week: makers of card printers ask for a card through the machine about that often."""
COUNTERS = ("printer-media-sheets-completed", "printer-impressions-completed", "counter")
"""What printers call the number of sheets or pages they ever made (PWG 5100.13), and a card printer of cards."""


@dataclass(frozen=True, slots=True)
class Rest:
    """A printer's own count as it last said it, and since when that stands (UTC milliseconds; 0: it never said)."""

    count: str = ""
    since: int = 0


def rested(before: Rest, detail: Mapping[str, str], now: int) -> Rest:
    """The rest with what a device says of itself now; one without a count leaves it as it was.

    So does a clock that is behind in passing, for which a rest began in the future.
    """
    count = next((detail[name] for name in COUNTERS if name in detail), "")
    return Rest(count, now) if count and count != before.count else before


def with_rest(said: DeviceStatus, rest: Rest, now: int) -> DeviceStatus:
    """The answer, with a warning when the device has rested for too long; one that is down has more to tell."""
    if said.level == "down" or not rest.since or now - rest.since <= TOO_LONG_MS:
        return said
    return replace(said, level="limited", reasons=(*said.reasons, FaultCode.PRINTER_RESTED.value))
