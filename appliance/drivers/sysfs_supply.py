"""The machine's own power (`sysfs:/sys`): batteries and chargers, and whether a Raspberry Pi starves."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote

from appliance.devices import DeviceStatus, Power
from appliance.drivers.power_words import status_of
from appliance.drivers.sysfs_power import (
    Supply,
    celsius,
    power_of,
    slowed_by_heat,
    throttled_bits,
    throttled_words,
    worn_percent,
)
from appliance.drivers.transport_sysfs import first, folders, read_text
from appliance.drivers.wire_log import NOTHING, Tap, no_tap
from appliance.faults import DeviceFault, FaultCode

ATTRIBUTES = (
    "type",
    "scope",
    "present",
    "online",
    "status",
    "capacity",
    "capacity_level",
    "time_to_empty_now",
    "energy_now",
    "power_now",
    "charge_now",
    "current_now",
    "manufacturer",
    "model_name",
    "serial_number",
)
THROTTLED = "devices/platform/soc*/soc*:firmware/get_throttled"
"""The Raspberry Pi kernel's file; hexadecimal."""

ZONES = "class/thermal"
"""Thermal zones (Documentation/ABI/testing/sysfs-class-thermal)."""
LIFE = "class/mmc_host/mmc*/mmc*/life_time"
"""An eMMC's own word of its wear (Documentation/mmc/mmc-dev-attrs.rst); an SD card has none."""


class SysfsSupply:
    """A PowerSupply. A reading costs about 15 small files a battery, a fraction of a millisecond."""

    def __init__(self, root: Path, tap: Tap = no_tap) -> None:
        self._root, self._tap = root, tap

    def open(self) -> None:
        """See that the kernel tells anything at all."""
        self._read()

    def close(self) -> None:
        """Nothing is held."""

    def status(self) -> DeviceStatus:
        """Read everything again."""
        try:
            supplies, bits, alarm = self._read()
        except DeviceFault as fault:
            return DeviceStatus("down", (fault.code.value,), detail={"why": fault.detail})
        battery: Supply = next((one for one in supplies if one.get("type") == "Battery"), {})
        name = " ".join(filter(None, (battery.get("manufacturer"), battery.get("model_name"))))
        detail = {"throttled": f"{bits:#x}: {throttled_words(bits)}"} if bits is not None else {}
        heat = self._heat()
        detail |= self._machine(heat)
        pi = bits is not None or alarm is not None  # other boards have limits of their own, which no file tells
        model = name or ("Raspberry Pi supply" if bits is not None else "kernel power supply")
        power, serial = power_of(supplies, bits, alarm), battery.get("serial_number", "")
        return status_of(power, model, serial, detail, hot=pi and slowed_by_heat(bits, heat))

    def self_test(self) -> DeviceStatus:
        """The same as status."""
        return self.status()

    def power(self) -> Power:
        """How it is now; `power_supply.unreachable` if the kernel tells nothing."""
        return power_of(*self._read())

    def _read(self) -> tuple[list[Supply], int | None, bool | None]:
        supplies = [self._supply(folder) for folder in folders(self._root / "class/power_supply")]
        supplies = [one for one in supplies if one.get("type")]
        file = first(self._root, THROTTLED)
        bits = throttled_bits(self._text(file) or "") if file is not None else None
        alarm = self._alarm()
        if not supplies and bits is None and alarm is None:
            raise DeviceFault(FaultCode.POWER_UNREACHABLE, f"{self._root} names no battery, charger or board supply")
        return supplies, bits, alarm

    def _heat(self) -> float | None:
        """The hottest zone of the board, °C."""
        return celsius([self._text(zone / "temp") for zone in folders(self._root / ZONES) if "zone" in zone.name])

    def _machine(self, heat: float | None) -> dict[str, str]:
        """What the same tree tells of the board beside its current: heat, and the wear of a soldered memory."""
        life = first(self._root, LIFE)
        worn = worn_percent(self._text(life)) if life is not None else None
        found = {"celsius": f"{heat:.0f}" if heat is not None else "", "worn_percent": str(worn or "")}
        return {name: value for name, value in found.items() if value}

    def _alarm(self) -> bool | None:
        """The mainline kernel's word of under-voltage (driver raspberrypi-hwmon), or None."""
        for folder in folders(self._root / "class/hwmon"):
            if self._text(folder / "name") == "rpi_volt":
                return self._text(folder / "in0_lcrit_alarm") == "1"
        return None

    def _supply(self, folder: Path) -> Supply:
        found = {name: self._text(folder / name) for name in ATTRIBUTES}
        return {name: value for name, value in found.items() if value}

    def _text(self, path: Path) -> str | None:
        """A file's text, which a wire log keeps as `folder/file=text`: no power supply knows of anybody."""
        text = read_text(path)
        if text is not None:
            self._tap("in", f"{path.parent.name}/{path.name}={text}".encode(), NOTHING)
        return text


def from_uri(uri: str, tap: Tap = no_tap) -> SysfsSupply:
    """The supply of `sysfs:/sys`; another root folder is a copy of the kernel's tree."""
    return SysfsSupply(Path(unquote(uri.partition(":")[2]) or "/sys"), tap)
