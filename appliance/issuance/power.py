"""A physical act is not begun with power about to go: half a card costs a blank, waiting costs nothing."""

from __future__ import annotations

from contextlib import suppress

from appliance.devices import Power
from appliance.faults import DeviceFault, FaultCode
from appliance.issuance.machines import Machines
from appliance.queue import jobs
from appliance.queue.jobs import Job
from appliance.queue.worker import NotYet

RESERVE_SECONDS = 60
"""What must be left after the act, to settle it and to end in order."""
LEAST_PERCENT = 15
"""A battery's percent is rough, and an old one falls from here at once."""
LOOK_AGAIN_MS = 2_000
HELD_FOR = frozenset({FaultCode.POWER_LOW, FaultCode.POWER_STARVED})


def too_little(power: Power, needed_s: float) -> DeviceFault | None:
    """Why an act of `needed_s` seconds may not begin on this power; None if it may.

    On the mains only under-voltage forbids it. On a battery everything that is known must suffice; what is not known
    does not forbid.
    """
    if power.starved:
        return DeviceFault(FaultCode.POWER_STARVED, "under-voltage")
    if power.mains:
        return None
    seconds, percent = power.seconds_left, power.battery_percent
    short = seconds is not None and seconds < needed_s + RESERVE_SECONDS
    flat = percent is not None and percent < LEAST_PERCENT
    if not (power.low or short or flat):
        return None
    left = [f"{percent} %"] if percent is not None else []
    left += [f"{seconds} s"] if seconds is not None else []
    said = ", supply says low" if power.low else ""
    need = f"needed {needed_s + RESERVE_SECONDS:.0f} s and {LEAST_PERCENT} %"
    return DeviceFault(FaultCode.POWER_LOW, f"left {' and '.join(left) or 'unknown'}{said}; {need}")


def await_power(machines: Machines, job: Job, needed_s: float) -> None:
    """Go on with a job only if power will last for its act; raises `NotYet` with the reason and asks again by itself.

    Without a power supply in the configuration, or with one that does not answer, work goes on.
    """
    power: Power | None = None
    if "power_supply" in machines.rack.owners:
        with suppress(DeviceFault), machines.rack.use("power_supply") as supply:
            power = supply.power()
    why = None if power is None else too_little(power, needed_s)
    if why is not None:
        raise NotYet(LOOK_AGAIN_MS, why)
    if job.fault in HELD_FOR:
        jobs.tell_nothing(machines.store, job)
