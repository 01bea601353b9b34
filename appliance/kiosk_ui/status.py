"""From devices to services: what a resident, an officer and a technician read in one snapshot of the machine."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from appliance.config import OPTIONAL
from appliance.devices import Level
from appliance.diagnostics import board
from appliance.diagnostics.board import DeviceReading
from appliance.kiosk_ui.machine_shown import Levels, Snapshot
from appliance.kiosk_ui.notices import Notice, notice
from appliance.queue.kinds import LANE_DEVICES
from appliance.records.store import STORAGE_FAULTS

SERVICES: dict[str, tuple[str, ...]] = {
    "rekam": ("fingerprint_scanner", "camera", "signature_pad"),
    "ktp": ("chip_encoder", "secure_access_module", "card_printer"),
    "kk": ("document_printer",),
}
"""What each service for residents needs; reporting and asking for the status need no device."""

MACHINE: dict[str, tuple[str, ...]] = {"rekam": ("storage",), "ktp": ("storage", "clock"), "kk": ("storage", "clock")}
"""What each needs of the machine itself."""

SERVICE_NAMES = {"rekam": "Perekaman", "ktp": "Cetak KTP-el", "kk": "Cetak KK"}
DEVICE_NAMES = {
    "chip_encoder": "Penulis chip",
    "secure_access_module": "Modul kunci (SAM)",
    "card_printer": "Printer kartu",
    "document_printer": "Printer kertas",
    "fingerprint_scanner": "Pemindai jari",
    "camera": "Kamera",
    "signature_pad": "Papan tanda tangan",
    "receipt_printer": "Printer struk",
    "barcode_reader": "Pembaca kode QR",
    "signal_light": "Lampu isyarat",
    "power_supply": "Catu daya",
    "storage": "Penyimpanan",
    "clock": "Jam mesin",
    "sam": "Modul kunci (SAM)",
    "printer": "Printer",
    "typesetter": "Penyusun dokumen",
    "finger_engine": "Mesin pencocok jari",
    "siak": "SIAK",
    "data_access": "Data pusat (hak akses)",
    "centre": "Pusat biometrik",
    "esign": "Layanan tanda tangan elektronik",
    "encoder": "Penulis chip",
    "scanner": "Pemindai jari",
    "pad": "Papan tanda tangan",
    "code_reader": "Pembaca kode QR",
    "render": "Penyusun dokumen",
    "trial": "Coba alat",
}
"""Devices of the configuration, the first words of fault codes, and the lanes of work."""
LEVEL_NAMES = {"ok": "siap", "limited": "terbatas", "down": "tidak bisa", "unknown": "tidak diketahui"}
_ORDER = ("ok", "limited", "unknown", "down")


@dataclass(frozen=True, slots=True)
class DeviceLine:
    """A device on a page: its name in words, level and word, and the notices of what is wrong.

    `optional` is what the machine can do without.
    """

    reading: DeviceReading
    name: str
    level: Level
    word: str
    notices: tuple[Notice, ...]
    optional: bool


@dataclass(frozen=True, slots=True)
class ServiceLine:
    """A service on the resident's first screen; `sentence` is empty while all is well."""

    key: str
    name: str
    level: str
    word: str
    sentence: str


def _level(reading: DeviceReading, now: int) -> Level:
    return reading.level if board.recent(reading.asked, now) else "unknown"


def device_lines(snapshot: Snapshot, now: int, language: str = "id") -> tuple[DeviceLine, ...]:
    """Every configured device; one that was not asked lately is unknown."""
    lines = []
    for reading in snapshot.devices:
        level = _level(reading, now)
        found = (notice(reason, language) for reason in reading.reasons)
        name = DEVICE_NAMES.get(reading.name, reading.name)
        notices = tuple(one for one in found if one is not None)
        lines.append(DeviceLine(reading, name, level, LEVEL_NAMES[level], notices, reading.name in OPTIONAL))
    return tuple(lines)


def levels(snapshot: Snapshot, now: int) -> Levels:
    """How each device is now and why; one that was not asked lately is unknown."""
    if all(board.recent(asked, now) for asked in snapshot.asked):
        return snapshot.levels
    return tuple((one.name, _level(one, now), one.reasons) for one in snapshot.devices)


@lru_cache(maxsize=64)
def service_lines(known: Levels, language: str = "id") -> tuple[ServiceLine, ...]:
    """The services for residents, each as good as the worst device it needs; without devices it is not offered."""
    of_device = {name: (level, reasons) for name, level, reasons in known}
    lines = []
    for key, needs in SERVICES.items():
        present = [of_device[name] for name in needs if name in of_device]
        if not present:
            continue
        present += [of_device[name] for name in MACHINE[key] if name in of_device]
        level, reasons = max(present, key=lambda one: _ORDER.index(one[0]))
        sentence = _sentence(reasons, language) if level == "down" else ""
        lines.append(ServiceLine(key, SERVICE_NAMES[key], level, LEVEL_NAMES[level], sentence))
    return tuple(lines)


def _sentence(reasons: tuple[str, ...], language: str) -> str:
    """What a resident is told of a device: of its first trouble that has a notice."""
    found = (notice(reason, language) for reason in reasons)
    return next((one.resident for one in found if one is not None), "")


@lru_cache(maxsize=64)
def nothing_stored(known: Levels, language: str = "id") -> str:
    """What a resident must hear before he fills anything in: that it could not be stored; empty while it could."""
    reasons = [reason for name, _, reasons in known if name == "storage" for reason in reasons]
    found = [notice(reason, language) for reason in reasons if reason in STORAGE_FAULTS]
    return found[0].resident if found and found[0] is not None else ""


def ready_lanes(snapshot: Snapshot, now: int) -> frozenset[str]:
    """The lanes whose devices all say that they are well, so that what stopped may simply be tried again."""
    well = devices_that_work(snapshot, now)
    return frozenset(lane for lane, devices in LANE_DEVICES.items() if well.issuperset(devices))


def devices_that_work(snapshot: Snapshot, now: int) -> frozenset[str]:
    """The devices that said lately that they are well, or well enough."""
    lines = device_lines(snapshot, now)
    return frozenset(line.reading.name for line in lines if line.level in {"ok", "limited"})


def verdict(snapshot: Snapshot, now: int) -> Level:
    """The technician's one word for all; unknown when there is no device."""
    return board.verdict({line.reading.name: line.level for line in device_lines(snapshot, now)})
