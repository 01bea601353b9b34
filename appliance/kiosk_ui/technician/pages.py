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
    ("/teknisi/perawatan", "wrench", "Perawatan"),
    ("/teknisi/pembaruan", "down", "Pembaruan"),
    ("/teknisi/daftar-periksa", "document", "Daftar periksa"),
)
"""Address, pictogram and name."""


def shared(here: str) -> dict[str, Any]:
    """What the frame of a page needs; `here` is the address under which it stands in the head."""
    return {"pages": PAGES, "here": here, "actor": at_desk()}
