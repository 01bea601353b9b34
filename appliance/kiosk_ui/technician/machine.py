"""The machine itself as its page shows it: room, clock, current, heat, and what holds the board back. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from appliance.devices import Level
from appliance.drivers.sysfs_power import HOT, throttled_bits, throttles
from appliance.kiosk_ui.status import DeviceLine
from appliance.kiosk_ui.words import duration, moment

PARTS = ("storage", "clock", "power_supply")
WARM = 70
"""°C: from here it is worth a look."""
HELD_BACK = {
    "voltage": ("Tegangan terlalu rendah", "Ganti catu daya atau kabelnya: di bawah 4,63 V."),
    "capped": ("Kecepatan dibatasi", "Periksa tegangan dan suhu di baris lain."),
    "throttled": ("Prosesor diperlambat", "Periksa tegangan dan suhu di baris lain."),
    "hot": ("Terlalu panas", "Bersihkan kipas dan lubang udara, jauhkan dari matahari."),
}
"""Each bit of the board's word, and what helps."""
UNTOLD = "tidak diberitahukan"


@dataclass(frozen=True, slots=True)
class HeldBack:
    """One row of what holds the board back: now, and at some time since it was switched on."""

    key: str
    name: str
    now: bool
    since_start: bool
    remedy: str


@dataclass(frozen=True, slots=True)
class MachinePage:
    """Everything on the page; `facts` by part; `held_back` and `heat` (°C) are None where none tells them."""

    lines: Mapping[str, DeviceLine]
    facts: Mapping[str, tuple[tuple[str, str], ...]]
    held_back: tuple[HeldBack, ...] | None
    heat: tuple[Level, int] | None


def machine_page(lines: Sequence[DeviceLine]) -> MachinePage:
    """The page of these devices; what is unknown now tells no old number."""
    mine = {one.reading.name: one for one in lines if one.reading.name in PARTS}
    told = {name: dict(line.reading.detail) for name, line in mine.items() if line.level != "unknown"}
    power = told.get("power_supply", {})
    bits = throttled_bits(power.get("throttled", "").partition(":")[0])
    facts = {
        "storage": _storage(told.get("storage", {})),
        "clock": _clock(told.get("clock", {})),
        "power_supply": _power(power),
    }
    rows = None if bits is None else tuple(_row(*one) for one in throttles(bits))
    return MachinePage(mine, facts, rows, _heat(power.get("celsius", "")))


def _row(key: str, now: bool, since_start: bool) -> HeldBack:
    name, remedy = HELD_BACK[key]
    return HeldBack(key, name, now, since_start, remedy)


def _heat(text: str) -> tuple[Level, int] | None:
    if not text.removeprefix("-").isdecimal():
        return None
    degrees = int(text)
    return ("down" if degrees >= HOT else "limited" if degrees >= WARM else "ok"), degrees


def _storage(told: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    free, size = told.get("free_mb", ""), told.get("size_mb", "")
    share = f" ({int(free) * 100 // int(size)} %)" if free and size.isdecimal() and int(size) else ""
    copied = told.get("copied_at", "")
    return (
        ("Ruang kosong", f"{_size(free)}{share}" if free else UNTOLD),
        ("Besar disk", _size(size) if size else UNTOLD),
        ("Salinan terakhir", moment(int(copied)) if copied else "belum ada"),
    )


def _clock(told: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    network = {"yes": "ya", "no": "tidak"}.get(told.get("network", ""), UNTOLD)
    up = told.get("up_s", "")
    return (("Disetel oleh jaringan", network), ("Menyala sejak", f"{duration(int(up))} lalu" if up else UNTOLD))


def _power(told: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    percent, left, worn = (told.get(name, "") for name in ("percent", "seconds_left", "worn_percent"))
    return (
        ("Isi baterai", f"{percent} %" if percent else UNTOLD),
        ("Cukup untuk", duration(int(left)) if left else "tersambung ke listrik" if told else UNTOLD),
        ("Keausan memori papan", f"paling banyak {worn} %" if worn else UNTOLD),
    )


def _size(megabytes: str) -> str:
    number = int(megabytes)
    return f"{number} MB" if number < 10_000 else f"{number / 1024:.1f} GB".replace(".", ",")
