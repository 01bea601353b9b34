"""The key card in its slot, held to what every device is held to; what it derives is tried in `test_card_write`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from every_device import DeviceContract, PersonHands, refusal
from front_office import open_office

from appliance.app.rooms import devices_of
from appliance.drivers.catalogue import open_device
from appliance.drivers.secure_access_module import PcscSecureAccessModule
from appliance.faults import FaultCode
from hw_sim.card_station import SAM_PIN, CardStation
from hw_sim.key_card import PIN_TRIES

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


def test_a_wrong_pin_costs_one_try_however_often_the_process_starts_again(
    card_station: CardStation, tmp_path: Path
) -> None:
    card_station.sam.tries = PIN_TRIES
    pin = tmp_path / "pin"
    (tmp_path / "key").write_text("5a" * 32)
    office = open_office(tmp_path, roles=())
    uri = card_station.secure_access_module_uri
    devices = {"secure_access_module": uri}
    settings = replace(office.office.settings, devices=devices, sam_pin_file=pin, key_file=tmp_path / "key")

    def started(digits: str) -> PcscSecureAccessModule:
        pin.write_text(digits + "\n")
        (module,) = devices_of(settings).values()
        assert isinstance(module, PcscSecureAccessModule)
        return module

    for wrong in ("000000", "000000", "000000", "999999", "000000", "999999"):
        module = started(wrong)
        assert refusal(module.open) is FaultCode.SAM_PIN_REFUSED
        assert module.status().reasons == (FaultCode.SAM_PIN_REFUSED.value,)
    assert card_station.sam.tries == PIN_TRIES - 2
    right = started(SAM_PIN)
    right.open()
    assert card_station.sam.tries == PIN_TRIES
    right.close()
    kept = list((settings.data_dir / "refused-pins").iterdir())
    assert len(kept) == 2 and all(file.stat().st_size == 0 for file in kept)
    for file in kept:
        file.unlink()
    assert refusal(started("000000").open) is FaultCode.SAM_PIN_REFUSED
    assert card_station.sam.tries == PIN_TRIES - 1, "another key card of the kind may have this PIN"
    card_station.sam.tries = PIN_TRIES
    office.office.store.close()


def test_a_key_card_without_tries_is_locked_and_its_pin_is_not_called_wrong(card_station: CardStation) -> None:
    card_station.sam.tries = 0
    module = open_device("secure_access_module", card_station.secure_access_module_uri, sam_pin=SAM_PIN)
    assert refusal(module.open) is FaultCode.SAM_LOCKED
    card_station.sam.tries = 1
    last = open_device("secure_access_module", card_station.secure_access_module_uri, sam_pin="000000")
    assert refusal(last.open) is FaultCode.SAM_LOCKED
    card_station.sam.tries = PIN_TRIES
