"""The key card in its slot, held to what every device is held to; what it derives is tried in `test_card_write`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from every_device import DeviceContract, PersonHands

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


class TestKeyCard(DeviceContract):
    """Every promise of a device, over a key card behind pcscd."""

    unreachable = FaultCode.SAM_ABSENT

    @pytest.fixture
    def hands(self, card_station: CardStation, hardware: dict[str, str]) -> Iterator[SlotHands | PersonHands]:
        hands = SlotHands(card_station)
        yield PersonHands() if "secure_access_module" in hardware else hands
        if card_station.slots[1].card is None:
            hands.plug()

    @pytest.fixture
    def device(self, card_station: CardStation, hardware: dict[str, str]) -> Iterator[PcscSecureAccessModule]:
        uri = hardware.get("secure_access_module", card_station.secure_access_module_uri)
        device = open_device("secure_access_module", uri, sam_pin=SAM_PIN)
        assert isinstance(device, PcscSecureAccessModule)
        device.open()
        yield device
        device.close()
