"""The suite of chip encoders over the reader on a socket (vpcd), whose cable is the service itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from every_chip_encoder import ChipEncoderContract
from every_device import BACK_SECONDS, opened_within

from appliance.drivers.chip_encoder import PcscChipEncoder, open_chip_encoder
from appliance.faults import FaultCode
from hw_sim.card import KtpCard
from hw_sim.card_station import CardStation
from hw_sim.world import World

pytestmark = pytest.mark.daemons


class DeskHands:
    """What a person can do at the desk."""

    def __init__(self, station: CardStation) -> None:
        self.station = station
        self.last: KtpCard | None = None

    def lay_card(self) -> bytes:
        self.last = self.station.blank()
        self.station.encoder.insert(self.last)
        return self.last.uid

    def take_card(self) -> None:
        self.station.encoder.remove()

    def lay_again(self) -> None:
        assert self.last is not None
        self.station.encoder.insert(self.last)

    def swap_card(self) -> bytes:
        return self.lay_card()

    def silence(self) -> None:
        self.station.encoder.mute()

    def commands_seen(self, uid: bytes) -> int:
        return sum(event.facts["uid"] == uid.hex() for event in self.station.world.history("apdu"))

    def unplug(self) -> None:
        self.station.stop()

    def plug(self) -> None:
        self.station.start()


@pytest.fixture(scope="module")
def desk() -> Iterator[CardStation]:
    with (
        TemporaryDirectory(prefix="siaga-desk-") as directory,
        CardStation(World(speed=0), Path(directory)) as station,
    ):
        yield station


@pytest.fixture
def hands(desk: CardStation) -> Iterator[DeskHands]:
    yield DeskHands(desk)
    desk.encoder.remove()
    assert desk.encoder.wait_until_noticed()


@pytest.fixture
def device(desk: CardStation, hands: DeskHands) -> Iterator[PcscChipEncoder]:
    encoder = open_chip_encoder(desk.chip_encoder_uri)
    assert opened_within(encoder, BACK_SECONDS)
    yield encoder
    encoder.close()


class TestVpcdEncoder(ChipEncoderContract):
    unreachable = FaultCode.ENCODER_NO_SERVICE
