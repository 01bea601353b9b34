"""What a power supply's state is called, whoever measured it. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from appliance.devices import DeviceStatus, Power
from appliance.faults import FaultCode


def status_of(power: Power, model: str, serial: str, detail: Mapping[str, str], *, hot: bool = False) -> DeviceStatus:
    """`ok` on mains, `limited` on battery or slowed by heat, `down` when power is about to go or too weak to work
    with."""
    reasons = []
    if power.starved:
        reasons.append(FaultCode.POWER_STARVED.value)
    if not power.mains:
        reasons.append((FaultCode.POWER_LOW if power.low else FaultCode.POWER_ON_BATTERY).value)
    if hot:
        reasons.append(FaultCode.BOARD_HOT.value)
    numbers = {"percent": power.battery_percent, "seconds_left": power.seconds_left}
    said = {**detail, **{name: str(number) for name, number in numbers.items() if number is not None}}
    grave = power.starved or (power.low and not power.mains)
    return DeviceStatus("down" if grave else "limited" if reasons else "ok", tuple(reasons), model, serial, said)
