"""The values that the machine itself is shown by: its devices, and what is said of books and maintenance."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from appliance.devices import Level
from appliance.diagnostics.board import DeviceReading
from appliance.records.maintenance import Maintenance


@dataclass(frozen=True, slots=True)
class Restored:
    """The books are those of a copy, and nobody has compared yet: times in UTC milliseconds.

    `uncounted` are shelves in words, `cases` codes and `blanks` serials with their state, as far as the damaged file
    still told of the lost time.
    """

    at: int
    copy_at: int
    why: str
    torn: str
    uncounted: tuple[str, ...] = ()
    cases: tuple[str, ...] = ()
    blanks: tuple[str, ...] = ()


Levels = tuple[tuple[str, Level, tuple[str, ...]], ...]
"""How each device is, by its name, and why: fault codes."""


@dataclass(frozen=True)
class Snapshot:
    """The machine's state, whole: what every stream sends on every connect.

    All pages of a second share it, so that what is worked out of it is worked out once.
    """

    devices: tuple[DeviceReading, ...] = ()
    restored: Restored | None = None
    maintenance: Maintenance | None = None

    @cached_property
    def levels(self) -> Levels:
        """How each device was when it was asked."""
        return tuple((one.name, one.level, one.reasons) for one in self.devices)

    @cached_property
    def asked(self) -> tuple[int, ...]:
        """The first and the last moment at which a device was asked; empty without devices."""
        moments = [one.asked for one in self.devices]
        return (min(moments), max(moments)) if moments else ()
