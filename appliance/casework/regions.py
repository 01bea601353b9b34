"""The regions of Kota Metro by the ministry's codes (Kepmendagri 300.2.2-2430/2025); BPS codes are other numbers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Region:
    """A kelurahan with what stands above it; `postal_code` has five digits."""

    code: str
    name: str
    district: str
    postal_code: str


PROVINCE = ("18", "LAMPUNG")
CITY = ("18.72", "KOTA METRO")
DISTRICTS: dict[str, str] = {
    "18.72.01": "METRO PUSAT",
    "18.72.02": "METRO UTARA",
    "18.72.03": "METRO BARAT",
    "18.72.04": "METRO TIMUR",
    "18.72.05": "METRO SELATAN",
}
"""Kecamatan by code."""

SUBDISTRICTS: dict[str, Region] = {
    region.code: region
    for region in (
        Region("18.72.01.1001", "METRO", "18.72.01", "34111"),
        Region("18.72.01.1002", "HADIMULYO TIMUR", "18.72.01", "34113"),
        Region("18.72.01.1003", "IMOPURO", "18.72.01", "34111"),
        Region("18.72.01.1004", "HADIMULYO BARAT", "18.72.01", "34113"),
        Region("18.72.01.1005", "YOSOMULYO", "18.72.01", "34111"),
        Region("18.72.02.1001", "BANJARSARI", "18.72.02", "34117"),
        Region("18.72.02.1002", "PURWOSARI", "18.72.02", "34118"),
        Region("18.72.02.1003", "KARANGREJO", "18.72.02", "34119"),
        Region("18.72.02.1004", "PURWOASRI", "18.72.02", "34117"),
        Region("18.72.03.1001", "MULYOJATI", "18.72.03", "34125"),
        Region("18.72.03.1002", "GANJAR AGUNG", "18.72.03", "34114"),
        Region("18.72.03.1003", "MULYOSARI", "18.72.03", "34125"),
        Region("18.72.03.1004", "GANJAR ASRI", "18.72.03", "34125"),
        Region("18.72.04.1001", "YOSODADI", "18.72.04", "34111"),
        Region("18.72.04.1002", "TEJOSARI", "18.72.04", "34124"),
        Region("18.72.04.1003", "IRING MULYO", "18.72.04", "34112"),
        Region("18.72.04.1004", "YOSOREJO", "18.72.04", "34112"),
        Region("18.72.04.1005", "TEJO AGUNG", "18.72.04", "34112"),
        Region("18.72.05.1001", "REJOMULYO", "18.72.05", "34123"),
        Region("18.72.05.1002", "MARGOREJO", "18.72.05", "34121"),
        Region("18.72.05.1003", "SUMBERSARI BANTUL", "18.72.05", "34122"),
        Region("18.72.05.1004", "MARGODADI", "18.72.05", "34119"),
    )
}
"""Kelurahan by code."""
