"""The key card in its slot, held to what every device is held to; what it derives is tried in `test_card_write`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from every_device import DeviceContract

from appliance.drivers.catalogue import open_device
from appliance.drivers.secure_access_module import PcscSecureAccessModule
from appliance.faults import FaultCode
from hw_sim.card_station import SAM_PIN, CardStation

pytestmark = pytest.mark.daemons


class SlotHands:
    """Takes the key card out of its slot and puts it back."""

    def __init__(self, station: CardStation) -> None:
        self._slot, self._card = station.slots[1], station.sam

    def unplug(self) -> None:
        self._slot.remove()
        assert self._slot.wait_until_noticed()

    def plug(self) -> None:
        self._slot.insert(self._card)


@pytest.fixture
def hands(card_station: CardStation) -> Iterator[SlotHands]:
    hands = SlotHands(card_station)
    yield hands
    if card_station.slots[1].card is None:
        hands.plug()


@pytest.fixture
def device(card_station: CardStation) -> Iterator[PcscSecureAccessModule]:
    device = open_device("secure_access_module", card_station.secure_access_module_uri, sam_pin=SAM_PIN)
    assert isinstance(device, PcscSecureAccessModule)
    device.open()
    yield device
    device.close()


class TestKeyCard(DeviceContract):
    """Every promise of a device, over a key card behind pcscd."""

    kind = "secure_access_module"
    schemes = ("pcsc",)
    unreachable = FaultCode.SAM_ABSENT
