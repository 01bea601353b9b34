"""What every driver must hold, whatever it drives: the suite that each device's own suite extends.

A test file subclasses a suite and gives two fixtures: `device`, the driver under test over the simulated device,
opened, and `hands`, what a person can do at it. With `--hardware KIND=URI` the same assertions run over a real device
of the suite's `kind` and `schemes` instead; a person is asked to be the hands, and nothing is simulated.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any, ClassVar, Protocol

import pytest
from real_devices import Hardware, PersonHands

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


def compared(seen: object, told: object, what: str) -> None:
    """What the driver saw is what the hands told; where nobody could tell (None) it says so, and the test goes on."""
    if told is None:
        print(f"  not compared, nobody could tell: {what}", flush=True)
    else:
        assert seen == told, what


class DeviceContract:
    """Open, close, status and self-test; unplugged and plugged in again."""

    kind: ClassVar[str]
    schemes: ClassVar[tuple[str, ...]] = ()
    """Of the URIs whose real devices the suite is for; none: it is for simulated ones only."""
    unreachable: ClassVar[FaultCode]

    @pytest.fixture
    def device(self, hardware: Hardware, hands: Hands, request: pytest.FixtureRequest) -> Iterator[Device]:
        """The real device, opened, or the simulated one of the test file; the hands are there before it."""
        if hardware.uri(self.kind, self.schemes) is None:
            yield request.getfixturevalue("device")
            return
        device = hardware.driver(self.kind)
        device.open()
        yield device
        device.close()

    @pytest.fixture
    def hands(self, hardware: Hardware, request: pytest.FixtureRequest) -> Hands:
        """A person, or the hands at the simulated device."""
        real = hardware.uri(self.kind, self.schemes) is not None
        return PersonHands() if real else request.getfixturevalue("hands")

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
