"""What the kernel says of batteries, chargers and a starving board, as values. Pure.

Attributes: Documentation/ABI/testing/sysfs-class-power (µAh, µA, µWh, µW, seconds, percent). Raspberry Pi throttling
bits: raspberrypi.com/documentation, `vcgencmd get_throttled`; bit 0 is under-voltage now, bit 3 and bits 1, 2 without
bit 0 are heat, bits 16 to 19 the same at some time since boot.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from appliance.devices import Power

UNDERVOLTAGE_NOW, CAPPED, THROTTLED, SOFT_LIMIT = 1 << 0, 1 << 1, 1 << 2, 1 << 3
UNDERVOLTAGE_SINCE_BOOT = 1 << 16
SINCE_BOOT = 16
"""A bit of now, shifted by so many, says the same of some time since the start."""
THROTTLES = (("voltage", UNDERVOLTAGE_NOW), ("capped", CAPPED), ("throttled", THROTTLED), ("hot", SOFT_LIMIT))
HOT = 80
"""°C: from here a Raspberry Pi slows down (raspberrypi.com/documentation, frequency management)."""
LOW_PERCENT = 10
"""A battery without a word of its own about being low is low from here."""

Supply = Mapping[str, str]
"""One folder of /sys/class/power_supply: content by attribute."""


def power_of(supplies: Sequence[Supply], throttled: int | None, alarm: bool | None = None) -> Power:
    """Where the current comes from. A board without a battery that runs is fed.

    `throttled` are the Pi's bits, `alarm` is the mainline kernel's under-voltage alarm; None where there is none.
    Batteries of things that are plugged in (scope Device) do not feed this machine.
    """
    own = [one for one in supplies if one.get("scope") != "Device"]
    batteries = [one for one in own if one.get("type") in {"Battery", "UPS"} and one.get("present") != "0"]
    chargers = [one for one in own if one.get("type") in {"Mains", "USB", "Wireless"}]
    plugged = any(_whole(one.get("online")) for one in chargers)
    discharging = [one for one in batteries if one.get("status") == "Discharging"]
    mains = not batteries or plugged or (not chargers and not discharging)
    percents = [number for one in batteries if (number := _whole(one.get("capacity"))) is not None]
    percent = min(100, sum(percents) // len(percents)) if percents else None
    levels = [one.get("capacity_level") for one in batteries]
    low = bool(levels) and all(level in {"Critical", "Low"} for level in levels)
    return Power(
        mains=mains,
        battery_percent=percent,
        seconds_left=None if mains else _seconds(discharging),
        starved=bool((throttled or 0) & UNDERVOLTAGE_NOW) or bool(alarm),
        low=low or (percent is not None and percent <= LOW_PERCENT),
    )


def throttled_bits(text: str) -> int | None:
    """The bits of `get_throttled`: hexadecimal, with or without `0x` and a name before it; None if it is not that."""
    digits = text.strip().rpartition("=")[2]
    try:
        return int(digits, 16) & 0xFFFFFFFF
    except ValueError:
        return None


def throttled_words(bits: int) -> str:
    """The bits for the technician."""
    names = {
        UNDERVOLTAGE_NOW: "under-voltage now",
        CAPPED: "frequency capped",
        THROTTLED: "throttled",
        SOFT_LIMIT: "hot",
        UNDERVOLTAGE_SINCE_BOOT: "under-voltage since boot",
    }
    return ", ".join(name for bit, name in names.items() if bits & bit) or "none"


def throttles(bits: int) -> tuple[tuple[str, bool, bool], ...]:
    """Each of `voltage`, `capped`, `throttled`, `hot`: whether it is so now, and whether it was since the start."""
    return tuple((name, bool(bits & bit), bool(bits >> SINCE_BOOT & bit)) for name, bit in THROTTLES)


def slowed_by_heat(bits: int | None, degrees: float | None) -> bool:
    """Whether a Raspberry Pi is held back by heat now; a board that starves is held back for that.

    `bits` are its own word, None from a kernel that has none; then its temperature in °C must do.
    """
    if bits is None:
        return degrees is not None and degrees >= HOT
    slowed = bits & (CAPPED | THROTTLED) and not bits & UNDERVOLTAGE_NOW
    return bool(bits & SOFT_LIMIT or slowed)


def celsius(millidegrees: Sequence[str | None]) -> float | None:
    """The hottest zone in °C (sysfs-class-thermal: m°C); None where no zone tells anything believable."""
    told = [number / 1000 for text in millidegrees if (number := _whole(text)) is not None]
    return max((one for one in told if -40 <= one <= 150), default=None)


def worn_percent(life_time: str | None) -> int | None:
    """How much of an eMMC's life is spent at most, in steps of ten (JEDEC JESD84-B51 §7.4.35: 01h is 0 to 10 %, 0Bh
    past its end); None where it does not tell."""
    steps = [int(word, 16) for word in (life_time or "").split() if re.fullmatch(r"0x[0-9a-f]{1,2}", word)]
    known = [step for step in steps if 1 <= step <= 11]
    return max(known) * 10 if known else None


def _seconds(batteries: Sequence[Supply]) -> int | None:
    """The time they last together: the driver's own estimate, else energy over power or charge over current."""
    told = [number for one in batteries if (number := _whole(one.get("time_to_empty_now"))) is not None]
    if told:
        return sum(told)
    for left, draw in (("energy_now", "power_now"), ("charge_now", "current_now")):
        store = [number for one in batteries if (number := _whole(one.get(left))) is not None]
        flow = [abs(number) for one in batteries if (number := _whole(one.get(draw))) is not None]
        if store and sum(flow):
            return sum(store) * 3600 // sum(flow)
    return None


def _whole(text: str | None) -> int | None:
    try:
        return int(text or "")
    except ValueError:
        return None
