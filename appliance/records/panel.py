"""The kiosk's screen as it was measured on the spot: its true size, and how exactly it feels a finger."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, fields, replace

from appliance.records import notes
from appliance.records.store import Transaction

CARD_MM = 85.60
"""Width of a bank card (ISO/IEC 7810 ID-1)."""
PPI_LEAST, PPI_MOST = 60.0, 400.0
CSS_PPI = 96.0
"""What a browser takes an inch for."""
TOUCH_PLACES = ("kiri atas", "kanan atas", "kanan bawah", "kiri bawah", "tengah")
TOUCH_MM = 3.0
"""A touch further off may meet the neighbour of a 12.7 mm key."""
INCHES_LEAST = 15.6
"""Below that, large letters do not fit on the resident's pages."""
_NOTE = "panel"


@dataclass(frozen=True, slots=True)
class Panel:
    """Pixels an inch and diagonal in inches with when that was measured; millimetres off at each touched place.

    Times are UTC milliseconds, 0 for never.
    """

    ppi: float = 0.0
    inches: float = 0.0
    at: int = 0
    touch: tuple[float, ...] = ()
    touch_at: int = 0

    @property
    def scale(self) -> float:
        """The factor by which the browser must enlarge, so that its millimetres are true (1 where never measured)."""
        return self.ppi / CSS_PPI if self.ppi else 1.0

    @property
    def touch_good(self) -> bool:
        """Whether every touch was near enough."""
        return bool(self.touch) and max(self.touch) <= TOUCH_MM


def measured(card_px: float, ratio: float, width_px: float, height_px: float) -> tuple[float, float]:
    """Pixels an inch and diagonal in inches, from a card's width in CSS pixels, device pixels a CSS pixel, and the
    screen's size in CSS pixels; ValueError for a screen that cannot be."""
    ppi = card_px * ratio / CARD_MM * 25.4
    if not (math.isfinite(ppi) and PPI_LEAST <= ppi <= PPI_MOST):
        raise ValueError("no screen has so many pixels an inch")
    inches = math.hypot(width_px, height_px) * ratio / ppi
    if not (math.isfinite(inches) and 3 <= inches <= 120):
        raise ValueError("no screen is so large")
    return ppi, inches


def get(tx: Transaction) -> Panel:
    """What is known of the screen."""
    text = notes.get(tx, _NOTE)
    if text is None:
        return Panel()
    row = json.loads(text)
    # A note of another version may hold less or more.
    found = Panel(**{one.name: row[one.name] for one in fields(Panel) if one.name in row})
    return replace(found, touch=tuple(found.touch))


def put(tx: Transaction, panel: Panel) -> None:
    """Keep it."""
    notes.put(tx, _NOTE, json.dumps(asdict(panel)))
