"""What every signal light's driver must hold: what it is told to show is lit, and one short tone is short."""

from __future__ import annotations

from typing import Protocol

import pytest
from every_device import DeviceContract, Hands, refusal

from appliance.devices import Signal, SignalLight
from appliance.faults import FaultCode


class LightHands(Hands, Protocol):
    """What can be seen at a light."""

    def sees(self, lamps: str) -> None:
        """These lamps are lit, in the order red, yellow, green; the buzzer is quiet."""

    def heard(self, tones: int) -> None:
        """So many tones have sounded since the test began."""


LAMPS = {
    Signal.READY: "green",
    Signal.WORKING: "yellow green",
    Signal.CALL: "yellow",
    Signal.FAULT: "red",
    Signal.OFF: "",
}


class SignalLightContract(DeviceContract):
    """Each signal for itself."""

    kind = "signal_light"
    unreachable = FaultCode.LIGHT_UNREACHABLE

    @pytest.mark.parametrize("signal", LAMPS)
    def test_each_signal_has_its_lamps(self, device: SignalLight, hands: LightHands, signal: Signal) -> None:
        device.show(Signal.FAULT)
        device.show(signal)
        hands.sees(LAMPS[signal])
        hands.heard(0)

    def test_a_tone_sounds_once_and_ends(self, device: SignalLight, hands: LightHands) -> None:
        device.show(Signal.CALL, sound=True)
        hands.heard(1)
        hands.sees("yellow")

    def test_its_own_test_leaves_it_as_it_was(self, device: SignalLight, hands: LightHands) -> None:
        device.show(Signal.WORKING)
        device.self_test()
        hands.sees("yellow green")

    def test_unplugged_it_refuses_and_plugged_in_again_it_shows(self, device: SignalLight, hands: LightHands) -> None:
        device.show(Signal.READY)
        hands.unplug()
        assert refusal(device.show, Signal.CALL) is FaultCode.LIGHT_UNREACHABLE
        hands.plug()
        device.show(Signal.CALL)
        hands.sees("yellow")
