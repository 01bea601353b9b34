"""What NUT's upsd says, as values: RFC 9271 (protocol) and its variables (§5, Appendix A). Pure.

Status words used here: OL on line, OB on battery, LB battery low, FSD the primary is shutting everything down.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from appliance.devices import Power

_WORDS = re.compile(r'"((?:[^"\\]|\\.)*)"|(\S+)')


def words(line: str) -> list[str]:
    """A line's words; quoted ones may hold blanks, quotes and backslashes (RFC 9271 §4.1)."""
    found = _WORDS.finditer(line)
    return [re.sub(r"\\(.)", r"\1", one[1]) if one[1] is not None else one[2] for one in found]


def variable(line: str, ups: str) -> tuple[str, str] | None:
    """Name and value of `VAR ups name "value"`, or None if the line is no such."""
    said = words(line)
    return (said[2], said[3]) if len(said) == 4 and said[:2] == ["VAR", ups] else None


def error_of(line: str) -> str | None:
    """The word of an `ERR` line: UNKNOWN-UPS, DATA-STALE, DRIVER-NOT-CONNECTED, ACCESS-DENIED, …"""
    said = words(line)
    return (said[1] if len(said) > 1 else "?") if said[:1] == ["ERR"] else None


def power_of(variables: Mapping[str, str]) -> Power | None:
    """Where the current comes from; None while the driver does not know (no OL and no OB)."""
    status = set(variables.get("ups.status", "").split())
    if not status & {"OL", "OB"}:
        return None
    return Power(
        mains=not status & {"OB", "FSD"},
        battery_percent=_whole(variables.get("battery.charge"), 100),
        seconds_left=_whole(variables.get("battery.runtime"), 10**7),
        low=bool(status & {"LB", "FSD"}),
    )


def _whole(text: str | None, most: int) -> int | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return int(number) if 0 <= number <= most else None
