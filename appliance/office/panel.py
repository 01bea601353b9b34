"""The screen measured by a technician: true millimetres by a bank card, and the touch of five places."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from pathlib import Path

from appliance.casework.roles import Actor, Role
from appliance.casework.sop import NotAllowed
from appliance.office.context import Office, Values
from appliance.records import audit, panel
from appliance.records.panel import Panel

IMPOSSIBLE = "Ukuran itu tidak mungkin. Tempelkan kartu ke layar dan samakan kotaknya dengan kartu."
UNTOUCHED = "Sentuh kelima titik dulu."
FILE = "panel.env"


def calibrate_panel(office: Office, actor: Actor, values: Values) -> None:
    """A technician held a bank card to the screen; its true size is kept, and told to the browser's unit."""
    _technician_only(actor)
    try:
        numbers = [float(str(values[name])) for name in ("card_px", "ratio", "width_px", "height_px")]
        ppi, inches = panel.measured(*numbers)
    except (KeyError, ValueError) as wrong:
        raise NotAllowed(IMPOSSIBLE) from wrong
    with office.store.write() as tx:
        fresh = replace(panel.get(tx), ppi=round(ppi, 2), inches=round(inches, 1), at=tx.now)
        panel.put(tx, fresh)
        audit.record(tx, "panel-calibrate-complete", actor, None, ppi=fresh.ppi, inches=fresh.inches)
    tell_the_browser(office.settings.data_dir / "run", fresh)


def touch_panel(office: Office, actor: Actor, values: Values) -> None:
    """A technician touched four corners and the centre; how far off each was is kept, in millimetres."""
    _technician_only(actor)
    try:
        off = tuple(round(float(word), 1) for word in str(values.get("off", "")).split())
    except ValueError as wrong:
        raise NotAllowed(UNTOUCHED) from wrong
    if len(off) != len(panel.TOUCH_PLACES) or not all(0 <= one <= 500 for one in off):
        raise NotAllowed(UNTOUCHED)
    with office.store.write() as tx:
        panel.put(tx, replace(panel.get(tx), touch=off, touch_at=tx.now))
        audit.record(tx, "panel-touch-complete", actor, None, worst_mm=max(off))


def tell_the_browser(folder: Path, found: Panel) -> None:
    """Write the factor where the unit that starts the kiosk's browser reads it (`EnvironmentFile=`).

    That unit is started anew when the file changes (`siaga-screen-size.path`).
    """
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / f"{FILE}.new"
    # The measure itself is safe in the books; on a disk that takes nothing it can be measured again.
    with contextlib.suppress(OSError):
        partial.write_text(f"SIAGA_PANEL_SCALE={found.scale:.4f}\n")
        partial.replace(folder / FILE)


def _technician_only(actor: Actor) -> None:
    if actor.role is not Role.TEKNISI:
        raise NotAllowed("Langkah ini hanya untuk teknisi.")
