"""What every power supply must hold. `hands` takes the mains away, empties the battery, and puts all right again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Protocol

import pytest
from every_device import DeviceContract, Hands, refusal

from appliance.devices import PowerSupply
from appliance.faults import FaultCode


class PowerHands(Hands, Protocol):
    """What can be done at a power supply; each returns when the supply itself has noticed."""

    def mains_off(self) -> None:
        """Pull the mains; the battery is full."""

    def nearly_empty(self) -> None:
        """On battery until the supply says that little is left."""

    def mains_on(self) -> None:
        """Give the mains back."""


class PowerSupplyContract(DeviceContract):
    """Where the current comes from, in numbers and in words."""

    kind = "power_supply"
    unreachable: ClassVar[FaultCode] = FaultCode.POWER_UNREACHABLE

    @pytest.fixture(autouse=True)
    def _mains_again(self, hands: PowerHands) -> Iterator[None]:
        yield
        hands.mains_on()

    def test_on_the_mains(self, device: PowerSupply) -> None:
        power = device.power()
        assert (power.mains, power.starved, power.low) == (True, False, False)

    def test_the_mains_fails_empties_the_battery_and_comes_back(self, device: PowerSupply, hands: PowerHands) -> None:
        hands.mains_off()
        power = device.power()
        assert (power.mains, power.low) == (False, False)
        assert power.battery_percent is None or power.battery_percent > 50
        status = device.status()
        assert (status.level, status.reasons) == ("limited", (FaultCode.POWER_ON_BATTERY.value,))
        hands.nearly_empty()
        power = device.power()
        assert (power.mains, power.low) == (False, True)
        status = device.status()
        assert (status.level, status.reasons) == ("down", (FaultCode.POWER_LOW.value,))
        assert {"percent", "seconds_left"} & status.detail.keys(), "what was measured is said"
        hands.mains_on()
        assert device.power().mains
        assert device.status().level == "ok"

    def test_unplugged_it_raises(self, device: PowerSupply, hands: PowerHands) -> None:
        hands.unplug()
        assert refusal(device.power) is FaultCode.POWER_UNREACHABLE
        hands.plug()
