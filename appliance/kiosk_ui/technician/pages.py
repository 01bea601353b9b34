"""The technician's pages by address, and what every one of them is shown with."""

from __future__ import annotations

from typing import Any

from appliance.kiosk_ui.signin import at_desk

PAGES: tuple[tuple[str, str, str], ...] = (
    ("/teknisi/", "good", "Kesiapan"),
    ("/teknisi/mesin", "box", "Mesin"),
    ("/teknisi/coba", "now", "Coba alat"),
    ("/teknisi/gangguan", "warning", "Gangguan"),
    ("/teknisi/catatan", "report", "Catatan"),
    ("/teknisi/layar", "letters", "Layar"),
    ("/teknisi/daftar-periksa", "document", "Daftar periksa"),
)
"""Address, pictogram and name."""
ON_MACHINE: tuple[tuple[str, str, str], ...] = (
    ("/teknisi/perawatan", "wrench", "Perawatan"),
    ("/teknisi/pembaruan", "down", "Pembaruan"),
)
"""Pages that are reached from that of the machine; nine names do not fit into one line of the head."""


def shared(here: str) -> dict[str, Any]:
    """What the frame of a page needs; `here` is the address under which it stands in the head."""
    under = "/teknisi/mesin" if here in {address for address, _, _ in ON_MACHINE} else here
    return {"pages": PAGES, "on_machine": ON_MACHINE, "here": under, "actor": at_desk()}
