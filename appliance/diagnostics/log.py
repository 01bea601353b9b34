"""The journal as a technician may read it: the newest lines by level, and nothing in them of anybody. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from appliance.diagnostics.bundle import redacted

LEVELS: tuple[tuple[str, int, str], ...] = (
    ("semua", 7, "Semua"),
    ("peringatan", 4, "Peringatan dan galat"),
    ("galat", 3, "Galat saja"),
)
"""Name in an address, the least urgent priority that is shown (syslog(3)), and words."""
LONGEST = 400


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line, redacted: UTC milliseconds, priority 0 (worst) to 7, unit or program, text."""

    at: int
    priority: int
    source: str
    text: str


def read(lines: Iterable[str]) -> tuple[LogLine, ...]:
    """Lines of `journalctl --output=json`, the newest first; what is not one is left out."""
    found = [one for one in map(_line, lines) if one is not None]
    return tuple(reversed(found))


def _line(text: str) -> LogLine | None:
    try:
        row = json.loads(text)
        said = row["MESSAGE"]
        at, priority = int(row["__REALTIME_TIMESTAMP"]) // 1000, int(row.get("PRIORITY", 6))
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    if not isinstance(said, str):  # journald gives what is no text as a list of bytes
        return None
    source = str(row.get("_SYSTEMD_UNIT") or row.get("SYSLOG_IDENTIFIER") or "")
    return LogLine(at, priority, source.removesuffix(".service"), redacted(said[:LONGEST]))


def at_level(lines: Iterable[LogLine], name: str) -> tuple[LogLine, ...]:
    """Those at this level or worse; an unknown name shows all."""
    least = next((number for level, number, _ in LEVELS if level == name), 7)
    return tuple(one for one in lines if one.priority <= least)
