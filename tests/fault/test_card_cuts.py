"""Power cuts at every command of a write and inside updates: no reader ever accepts anything but a whole card.

The card and the key card are the ones that lie behind pcscd elsewhere; here they are called directly, for speed.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field

import card_files as made
import pytest

from appliance.central.personalisation_packet import PacketFile
from appliance.chip.profile import load
from appliance.chip.verifier import Report, verify_card
from appliance.chip.writer import Outcome, WriteOrder, write_card
from appliance.clock import Deadline, utc_millis
from appliance.devices import Answer, CardPresence, DeviceStatus, SessionKeys
from appliance.faults import DeviceFault, FaultCode
from hw_sim.card import CardFactory, KtpCard
from hw_sim.card_files import CardTorn
from hw_sim.card_keys import MasterKeys, fresh_uid
from hw_sim.key_card import KeyCard

PROFILE = load("ktpsim-1")
NOW = utc_millis()


@dataclass
class Field:
    """An encoder whose field breaks down at the command `cut`, before the card has it or after it did it."""

    card: KtpCard
    cut: int | None = None
    after: bool = False
    commands: int = field(default=0, init=False)

    def open(self) -> None: ...

    def close(self) -> None: ...

    def status(self) -> DeviceStatus:
        return DeviceStatus("ok")

    def self_test(self) -> DeviceStatus:
        return self.status()

    def await_card(self, by: Deadline) -> CardPresence:
        return self.reset()

    def reset(self) -> CardPresence:
        self.card.reset()
        return CardPresence(self.card.atr, self.card.uid)

    def release(self) -> None:
        self.card.reset()

    def transmit(self, apdu: bytes, by: Deadline) -> Answer:
        self.commands += 1
        if self.commands == self.cut and not self.after:
            raise DeviceFault(FaultCode.CARD_GONE)
        try:
            answer = self.card.process(apdu)
        except CardTorn:
            raise DeviceFault(FaultCode.CARD_GONE) from None
        if self.commands == self.cut:
            raise DeviceFault(FaultCode.CARD_GONE)
        return Answer(answer[:-2], int.from_bytes(answer[-2:]))


class Keys:
    """The key card without its driver."""

    def __init__(self, masters: MasterKeys) -> None:
        self._card = KeyCard(masters, "123456")
        self._ask("00A4040C08F04B545053414D01")
        self._ask("0020000108" + b"123456\xff\xff".hex())

    def _ask(self, apdu: str) -> bytes:
        answer = self._card.process(bytes.fromhex(apdu))
        assert answer[-2:] == b"\x90\x00"
        return answer[:-2]

    def open(self) -> None: ...

    def close(self) -> None: ...

    def status(self) -> DeviceStatus:
        return DeviceStatus("ok")

    def self_test(self) -> DeviceStatus:
        return self.status()

    def open_session(
        self, key_version: int, card_uid: bytes, host_challenge: bytes, card_challenge: bytes, card_cryptogram: bytes
    ) -> SessionKeys:
        question = card_uid + host_challenge + card_challenge + card_cryptogram
        data = self._ask(f"8010{key_version:02X}001F{question.hex()}00")
        return SessionKeys(data[:16], data[16:32], data[32:48], data[48:])

    def wrap_keys(self, new_key_version: int, card_uid: bytes) -> bytes:
        return self._ask(f"8012{new_key_version:02X}3007{card_uid.hex()}00")


class Bench:
    """Blank cards and packets for two invented people."""

    def __init__(self) -> None:
        self.masters = MasterKeys.fresh()
        self.factory, self.sam, self.who = CardFactory(self.masters), Keys(self.masters), made.issuer()

    def blank(self) -> tuple[KtpCard, WriteOrder, WriteOrder]:
        card = self.factory.blank(fresh_uid())
        card.process(bytes.fromhex("00A4040008F04B545053494D0100"))
        key = card.process(bytes.fromhex("00CA010F00"))[:-2]
        return card, self.order(card, key, "SITI AMINAH", 900), self.order(card, key, "BUDI SANTOSO", 700)

    def order(self, card: KtpCard, key: bytes, name: str, portrait: int) -> WriteOrder:
        files = made.card_files(key, self.who, portrait, name)
        packed = [PacketFile(made.FIDS[item], made.sfi(item), data) for item, data in files.items()]
        return WriteOrder(os.urandom(16), card.uid, packed)

    def write(self, encoder: Field, order: WriteOrder) -> Outcome:
        return write_card(encoder, self.sam, PROFILE, order, lambda done, total: None).outcome

    def verdict(self, card: KtpCard) -> Report:
        return verify_card(Field(card), self.who.root_pem, NOW, Deadline.after(5))


@pytest.fixture(scope="module")
def bench() -> Bench:
    return Bench()


def test_a_refused_key_is_tried_once(bench: Bench) -> None:
    card, order, _ = bench.blank()
    seen: list[int] = []

    class Listening(Field):
        def transmit(self, apdu: bytes, by: Deadline) -> Answer:
            seen.append(apdu[1])
            return super().transmit(apdu, by)

    class Wrong(Keys):
        def open_session(self, *question: int | bytes) -> SessionKeys:  # type: ignore[override]
            keys = super().open_session(*question)  # type: ignore[arg-type]
            return SessionKeys(keys.enc, keys.mac, keys.rmac, bytes(8))

    with pytest.raises(DeviceFault) as fault:
        write_card(Listening(card), Wrong(bench.masters), PROFILE, order, lambda done, total: None)
    assert fault.value.code is FaultCode.CARD_AUTH_FAILED
    assert seen == [0xA4, 0x50, 0x82]
    assert card.pages_written == 0


def test_a_write_that_takes_too_long_is_given_up(bench: Bench) -> None:
    card, order, _ = bench.blank()
    with pytest.raises(DeviceFault) as fault:
        write_card(Field(card), bench.sam, PROFILE, order, lambda done, total: None, seconds=0)
    assert fault.value.code is FaultCode.ENCODER_TIMEOUT


def settle(bench: Bench, card: KtpCard, order: WriteOrder, old: str | None, new: str) -> None:
    """After a cut: what a stranger accepts is the old or the new card; after one more call it is the new one."""
    report = bench.verdict(card)
    if report.valid:
        assert report.fields.text["full_name"] in (old, new)
    bench.write(Field(card), order)
    report = bench.verdict(card)
    assert report.valid and report.fields.text["full_name"] == new
    assert set(card.keys.versions) == {0x31, 0x32}


@pytest.mark.parametrize("after", [False, True])
def test_a_first_write_cut_at_every_command(bench: Bench, after: bool) -> None:
    card, order, _ = bench.blank()
    whole = Field(card)
    bench.write(whole, order)
    for cut in range(1, whole.commands + 1):
        card, order, _ = bench.blank()
        with pytest.raises(DeviceFault):
            bench.write(Field(card, cut, after), order)
        settle(bench, card, order, None, "SITI AMINAH")


@pytest.mark.parametrize("after", [False, True])
def test_a_rewrite_for_another_person_cut_at_every_command(bench: Bench, after: bool) -> None:
    card, first, second = bench.blank()
    bench.write(Field(card), first)
    whole = Field(card)
    bench.write(whole, second)
    for cut in range(1, whole.commands + 1):
        card, first, second = bench.blank()
        bench.write(Field(card), first)
        encoder = Field(card, cut, after)
        try:
            bench.write(encoder, second)
        except DeviceFault as fault:
            assert fault.code is FaultCode.CARD_GONE
        else:
            # A signature's length varies by a byte or two, and with it whether a file is replaced or overwritten.
            assert encoder.commands < cut
        settle(bench, card, second, "SITI AMINAH", "BUDI SANTOSO")


def test_updates_torn_at_many_bytes_several_times_over(bench: Bench) -> None:
    for count in range(0, 3600, 61):
        card, first, second = bench.blank()
        bench.write(Field(card), first)
        for tear in (count, count // 2, 7):
            card.tear_after(tear)
            try:
                bench.write(Field(card), second)
            except DeviceFault as fault:
                assert fault.code is FaultCode.CARD_GONE
                report = bench.verdict(card)
                assert not report.valid or report.fields.text["full_name"] == "SITI AMINAH"
        card.tear_after(1 << 30)
        settle(bench, card, second, "SITI AMINAH", "BUDI SANTOSO")
