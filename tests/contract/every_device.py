"""What every driver must hold, whatever it drives: the suite that each device's own suite extends.

A test file subclasses a suite and gives two fixtures: `device`, the driver under test, opened, and `hands`, what a
person can do at the device. The same assertions then run over the simulated device and, with
`--hardware KIND=URI`, over a real one, where a person is asked to be the hands.
"""

from __future__ import annotations

import time
from typing import Any, ClassVar, Protocol

import pytest

from appliance.devices import Device
from appliance.faults import Category, DeviceFault, FaultCode

BACK_SECONDS = 3.0
"""A device that was plugged in again is usable after so long at most."""


class Hands(Protocol):
    """What can be done at any device."""

    def unplug(self) -> None:
        """Pull the cable."""

    def plug(self) -> None:
        """Put the cable back."""


class PersonHands:
    """A person at a real device, asked on the terminal; any verb of any suite becomes a request."""

    def __getattr__(self, verb: str) -> Any:
        def ask(*what: object) -> None:
            words = " ".join((verb.replace("_", " "), *map(str, what)))
            input(f"\n  please: {words}, then press Enter ")

        return ask


def refusal(act: Any, *arguments: Any, **named: Any) -> FaultCode:
    """The fault that an act ends in."""
    with pytest.raises(DeviceFault) as fault:
        act(*arguments, **named)
    return fault.value.code


def opened_within(device: Device, seconds: float) -> bool:
    """Whether the device can be opened in time; tried again at once after each refusal that says it is not there."""
    end = time.monotonic() + seconds
    while True:
        try:
            device.open()
        except DeviceFault as fault:
            assert fault.row.category is Category.LINK, fault
            if time.monotonic() > end:
                return False
        else:
            return True


class DeviceContract:
    """Open, close, status and self-test; unplugged and plugged in again."""

    unreachable: ClassVar[FaultCode]

    def test_it_says_that_it_is_well_and_what_it_is(self, device: Device) -> None:
        status = device.status()
        assert (status.level, status.reasons) == ("ok", ())
        assert status.model

    def test_its_own_test_passes(self, device: Device) -> None:
        assert device.self_test().level == "ok"

    def test_closing_twice_is_harmless_and_it_opens_again(self, device: Device) -> None:
        device.close()
        device.close()
        device.open()
        assert device.status().level == "ok"

    def test_opening_twice_keeps_one_device(self, device: Device) -> None:
        device.open()
        device.open()
        assert device.status().level == "ok"

    def test_unplugged_it_is_down_in_words_and_does_not_open(self, device: Device, hands: Hands) -> None:
        hands.unplug()
        status = device.status()
        assert (status.level, status.reasons) == ("down", (self.unreachable.value,))
        assert status.detail, "the technician is told what was seen"
        device.close()
        assert refusal(device.open) is self.unreachable
        hands.plug()

    def test_plugged_in_again_it_is_usable_at_once(self, device: Device, hands: Hands) -> None:
        hands.unplug()
        assert device.status().level == "down"
        device.close()
        hands.plug()
        assert opened_within(device, BACK_SECONDS)
        assert device.status().level == "ok"
