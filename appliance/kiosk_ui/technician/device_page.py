"""One device as its page shows it: state, last answer, address, driver, what is left, its faults, its 24 hours."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from markupsafe import Markup

from appliance.casework.stock import Forecast
from appliance.clock import to_local
from appliance.diagnostics.history import KEPT_MS, Past
from appliance.diagnostics.supplies import Wear, days_left
from appliance.drivers.tiers import DriverFacts
from appliance.kiosk_ui.status import DeviceLine
from appliance.kiosk_ui.technician.faults import Fault
from appliance.kiosk_ui.technician.state_bar import Stretch, bar, stretches

STRETCHES_SHOWN = 20
TIERS = {
    "tried": "dicoba lewat kabelnya",
    "bronze": "lulus uji jenisnya",
    "silver": "lulus uji jenisnya dan semua gangguannya",
    "gold": "lulus dengan alat asli",
    "platinum": "lulus dengan alat asli dan listrik yang diputus",
}
"""What each tier of a driver means."""


@dataclass(frozen=True, slots=True)
class Supply:
    """What is left of one thing that a device uses up: `unit` is `%` or the thing's own word."""

    name: str
    left: int
    unit: str
    forecast: Forecast


@dataclass(frozen=True, slots=True)
class DevicePage:
    """Everything on the page of a device; `stretches` are the newest states, the newest first.

    `rests_since` is when a printer last counted on (UTC milliseconds; 0 for what does not count).
    """

    line: DeviceLine
    address: str
    driver: DriverFacts | None
    supplies: tuple[Supply, ...]
    faults: tuple[Fault, ...]
    bar: Markup | None
    stretches: tuple[Stretch, ...]
    rests_since: int


def device_page(
    line: DeviceLine,
    address: tuple[str, DriverFacts | None],
    past: Past | None,
    faults: Iterable[Fault],
    cards: tuple[int, Forecast] | None,
    now: int,
) -> DevicePage:
    """The page of `line` at `now`; `cards` are the blanks left, for the device that prints on them.

    Faults of the device's own and of "the printer", whichever that was, are shown from the last 24 hours.
    """
    name = line.reading.name
    mine = {name, "printer"} if name.endswith("_printer") else {name}
    recent = tuple(one for one in faults if one.device in mine and now - one.at <= KEPT_MS)
    parts = stretches(past.spans, now) if past else ()
    return DevicePage(
        line=line,
        address=address[0],
        driver=address[1],
        supplies=_supplies(past, cards, now),
        faults=recent,
        bar=bar(past.spans, now) if past else None,
        stretches=parts[::-1][:STRETCHES_SHOWN],
        rests_since=past.rest.since if past else 0,
    )


def _supplies(past: Past | None, cards: tuple[int, Forecast] | None, now: int) -> tuple[Supply, ...]:
    today = to_local(now).date()
    wear = past.wear if past else Wear()
    found = [Supply(_named(name), left, "%", days_left(wear, name, today)) for name, left in wear.levels.items()]
    if cards is not None:
        found.append(Supply("Blanko siap pakai", cards[0], "kartu", cards[1]))
    return tuple(found)


def _named(name: str) -> str:
    return f"Persediaan {name}" if name.isdecimal() else name
