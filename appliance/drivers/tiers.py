"""What is known of each driver: its title, how far it is proven, and what nobody has seen yet (`tiers.toml`)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

SOURCE = Path(__file__).parent / "tiers.toml"


@dataclass(frozen=True, slots=True)
class DriverFacts:
    """One driver: `tier` is tried, bronze, silver, gold or platinum; `live` says that it has a live picture."""

    title: str
    tier: str
    unproven: str
    live: bool = False


@cache
def facts() -> Mapping[tuple[str, str], DriverFacts]:
    """Every driver by kind of device and URI scheme."""
    rows = tomllib.loads(SOURCE.read_text(encoding="utf-8"))["driver"]
    return {
        (row["kind"], row["scheme"]): DriverFacts(row["title"], row["tier"], row["unproven"], bool(row.get("live")))
        for row in rows
    }


def driver_of(kind: str, uri: str) -> DriverFacts | None:
    """The driver of this kind of device at this URI, or None."""
    return facts().get((kind, uri.partition(":")[0]))
