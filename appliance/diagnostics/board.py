"""The board: what every device last said of itself, in one small file that the owner of the hardware keeps fresh."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import cast

from appliance.devices import DeviceStatus, Level

STALE_MS = 15_000


@dataclass(frozen=True, slots=True)
class Reading:
    """One device's word: `since` is when its level began, `asked` when it was last asked, UTC milliseconds."""

    name: str
    level: Level
    reasons: tuple[str, ...] = ()
    model: str = ""
    serial: str = ""
    detail: Mapping[str, str] = field(default_factory=dict)
    since: int = 0
    asked: int = 0


def reading(name: str, status: DeviceStatus, now: int, before: Reading | None) -> Reading:
    """A fresh reading; `since` goes on while level and reasons stay the same."""
    same = before is not None and (before.level, before.reasons) == (status.level, status.reasons)
    since = before.since if same and before is not None else now
    return Reading(name, status.level, status.reasons, status.model, status.serial, dict(status.detail), since, now)


def write(path: Path, readings: Mapping[str, Reading]) -> None:
    """Replace the board at once, so that a reader never sees half of it."""
    partial = path.with_suffix(".new")
    partial.write_text(json.dumps([asdict(one) for one in readings.values()]))
    partial.replace(path)


def read(path: Path) -> tuple[Reading, ...]:
    """The board, or nothing if it has never been written."""
    try:
        rows = json.loads(path.read_text())
    except (FileNotFoundError, ValueError):
        return ()
    return tuple(
        Reading(
            name=row["name"],
            level=cast("Level", row["level"]),
            reasons=tuple(row["reasons"]),
            model=row["model"],
            serial=row["serial"],
            detail=row["detail"],
            since=row["since"],
            asked=row["asked"],
        )
        for row in rows
    )


def fresh(one: Reading, now: int) -> Reading:
    """The reading as it may be shown at `now`: an old one is `unknown`, never its old green."""
    if now - one.asked <= STALE_MS:
        return one
    return Reading(one.name, "unknown", one.reasons, one.model, one.serial, one.detail, one.since, one.asked)


def still(one: Reading, now: int) -> Reading:
    """The same reading, asked again now: a device that is working needs no other answer."""
    return Reading(one.name, one.level, one.reasons, one.model, one.serial, one.detail, one.since, now)


def ready(readings: tuple[Reading, ...]) -> bool:
    """The verdict "siap berangkat": every configured device is ok or limited."""
    return bool(readings) and all(one.level in {"ok", "limited"} for one in readings)
