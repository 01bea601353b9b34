"""The chip encoder's driver over a USB card reader: real pcscd, real libccid, real libusb, a simulated bus below."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from card_files import FIDS, card_files, issuer, sfi
from every_chip_encoder import PROFILE, SELECT, ChipEncoderContract
from every_device import BACK_SECONDS, opened_within, refusal

from appliance.central.personalisation_packet import PacketFile
from appliance.chip import condition
from appliance.chip.verifier import verify_card
from appliance.chip.writer import Outcome, WriteOrder, write_card
from appliance.clock import Deadline, utc_millis
from appliance.drivers.chip_encoder import PcscChipEncoder, open_chip_encoder
from appliance.drivers.secure_access_module import open_secure_access_module
from appliance.faults import FAULTS, FaultCode, Item
from hw_sim.card import CardFactory, KtpCard
from hw_sim.card_keys import MasterKeys, fresh_uid
from hw_sim.card_station import SAM_PIN
from hw_sim.ccid_reader import EXTENDED, SHORT, CcidReader
from hw_sim.key_card import KeyCard
from hw_sim.pcscd import READER_CAME, READER_LEFT, Pcscd
from hw_sim.usb_bus import UsbBus
from hw_sim.vpcd import CONTACT
from hw_sim.world import When, World

pytestmark = pytest.mark.daemons

MASTERS = MasterKeys.fresh()
FACTORY = CardFactory(MASTERS)
PORT, SAM_PORT = "1-1", "1-2"
NAME = "ACS%20ACR39U%20ICC%20Reader%20(SN42)"


class LongCard(KtpCard):
    """A card that announces extended lengths in its ATR; what it does with them is its own affair."""

    atr = bytes.fromhex("3B8A80018031B873840140829000A6")


@pytest.fixture(scope="module")
def bus() -> Iterator[UsbBus]:
    with UsbBus(World(speed=0)) as bus:
        yield bus


@pytest.fixture(scope="module")
def service(bus: UsbBus) -> Iterator[Pcscd]:
    with TemporaryDirectory(prefix="siaga-ccid-") as directory:
        service = Pcscd(Path(directory), bus.environment())
        service.start()
        yield service
        service.stop()


def uri(service: Pcscd, name: str = NAME) -> str:
    return f"pcsc:{name}?socket={service.socket_path}"


class ReaderHands:
    """What a person can do at the reader on the bus."""

    def __init__(self, bus: UsbBus, reader: CcidReader, service: Pcscd) -> None:
        self.bus, self.reader, self.service = bus, reader, service
        self.last: KtpCard | None = None

    def lay(self, card: KtpCard) -> bytes:
        self.last = card
        self.reader.insert(card)
        return card.uid

    def lay_card(self) -> bytes:
        return self.lay(FACTORY.blank(fresh_uid()))

    def take_card(self) -> None:
        self.reader.remove()

    def lay_again(self) -> None:
        assert self.last is not None
        self.reader.insert(self.last)

    def swap_card(self) -> bytes:
        self.last = FACTORY.blank(fresh_uid())
        self.reader.insert(self.last, swiftly=True)
        return self.last.uid

    def silence(self) -> None:
        self.reader.mute()

    def commands_seen(self, uid: bytes) -> int:
        return sum(event.facts["uid"] == uid.hex() for event in self.bus.world.history("apdu"))

    def unplug(self) -> None:
        if self.bus.device(PORT) is not None:
            left = self.service.noticing(READER_LEFT)
            self.bus.unplug(PORT)
            assert left()

    def plug(self) -> None:
        came = self.service.noticing(READER_CAME)
        self.bus.plug(PORT, self.reader)
        assert came()


@pytest.fixture(params=[SHORT, EXTENDED], ids=["short", "extended"])
def hands(request: pytest.FixtureRequest, bus: UsbBus, service: Pcscd) -> Iterator[ReaderHands]:
    hands = ReaderHands(bus, CcidReader(bus.world, request.param), service)
    hands.plug()
    yield hands
    hands.unplug()


@pytest.fixture
def device(service: Pcscd, hands: ReaderHands) -> Iterator[PcscChipEncoder]:
    encoder = open_chip_encoder(uri(service))
    assert opened_within(encoder, BACK_SECONDS)
    yield encoder
    encoder.close()


only_short = pytest.mark.parametrize("hands", [SHORT], ids=["short"], indirect=True)


@only_short
class TestCcidReader(ChipEncoderContract):
    """Also for real readers: they are on USB."""

    schemes = ("pcsc",)


def long_card() -> LongCard:
    card = FACTORY.blank(fresh_uid())
    card.__class__ = LongCard
    return card  # type: ignore[return-value]


def test_extended_lengths_need_the_card_and_the_reader(device: PcscChipEncoder, hands: ReaderHands) -> None:
    hands.lay(long_card())
    device.await_card(Deadline.after(5))
    apdu = bytes.fromhex("00D6000000012C") + bytes(300)
    if hands.reader.features == EXTENDED:
        assert device.largest_data > 60_000
        assert device.transmit(apdu, Deadline.after(3)).sw != 0x9000
        assert bus_saw(hands) == 1
    else:
        assert device.largest_data == 255
        assert refusal(device.transmit, apdu, Deadline.after(3)) is FaultCode.ENCODER_COMMAND_TOO_LONG
        assert bus_saw(hands) == 0
    hands.lay_card()
    device.await_card(Deadline.after(5))
    assert device.largest_data == 255


def bus_saw(hands: ReaderHands) -> int:
    assert hands.last is not None
    return hands.commands_seen(hands.last.uid)


@only_short
def test_a_whole_card_is_written_and_read_with_the_key_card_in_a_second_reader(
    service: Pcscd, bus: UsbBus, device: PcscChipEncoder, hands: ReaderHands
) -> None:
    key_reader = CcidReader(bus.world, EXTENDED, number=1, serial="SN43", link=CONTACT)
    key_reader.insert(KeyCard(MASTERS, SAM_PIN))
    bus.plug(SAM_PORT, key_reader)
    sam = open_secure_access_module(uri(service, NAME.replace("SN42", "SN43")), SAM_PIN)
    try:
        uid = hands.lay_card()
        prepared = condition.prepare(device, PROFILE, Deadline.after(10))
        who = issuer()
        files = card_files(prepared.aa_public_key, who)
        packed = [PacketFile(FIDS[name], sfi(name), data) for name, data in files.items()]
        order = WriteOrder(os.urandom(16), uid, packed)

        # The cable is pulled in the middle: the card's state is unknown then, and the write is resumed.
        bus.world.on(When("apdu", {"slot": 0, "n": 60}), lambda _: bus.unplug(PORT))
        fault = refusal(write_card, device, sam, PROFILE, order, lambda done, total: None)
        assert fault is FaultCode.ENCODER_CUT_OFF and FAULTS[fault].item is Item.UNKNOWN
        hands.plug()
        assert opened_within(device, BACK_SECONDS)
        result = write_card(device, sam, PROFILE, order, lambda done, total: None)
        assert result.outcome is Outcome.RESUMED
        report = verify_card(device, who.root_pem, utc_millis(), Deadline.after(10))
        assert (report.valid, report.reasons) == (True, ())
    finally:
        sam.close()
        bus.unplug(SAM_PORT)


@only_short
def test_a_silent_card_is_told_from_one_that_left(device: PcscChipEncoder, hands: ReaderHands) -> None:
    hands.lay_card()
    device.await_card(Deadline.after(5))
    hands.reader.levers.card_mute = True
    assert refusal(device.transmit, SELECT, Deadline.after(3)) is FaultCode.CARD_MUTE
    hands.reader.levers.card_mute = False
    device.await_card(Deadline.after(5))
    assert device.transmit(SELECT, Deadline.after(3)).sw == 0x9000


@only_short
@pytest.mark.parametrize("moment", ["apdu", "apdu-done"])
def test_a_card_pulled_in_the_middle_of_a_command_is_gone(
    device: PcscChipEncoder, hands: ReaderHands, moment: str
) -> None:
    uid = hands.lay_card()
    device.await_card(Deadline.after(5))
    hands.bus.world.on(When(moment, {"uid": uid.hex()}), lambda _: hands.take_card())
    assert refusal(device.transmit, SELECT, Deadline.after(3)) is FaultCode.CARD_GONE


@only_short
def test_a_killed_service_is_survived(service: Pcscd, device: PcscChipEncoder, hands: ReaderHands) -> None:
    uid = hands.lay_card()
    device.await_card(Deadline.after(5))
    service.kill()
    try:
        assert refusal(device.transmit, SELECT, Deadline.after(3)) is FaultCode.ENCODER_CUT_OFF
        assert device.status().reasons == (FaultCode.ENCODER_NO_SERVICE.value,)
    finally:
        service.start()
    begun = time.monotonic()
    assert opened_within(device, BACK_SECONDS)
    assert device.await_card(Deadline.after(5)).uid == uid
    assert time.monotonic() - begun < BACK_SECONDS
