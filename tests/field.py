"""An encoder's field without reader and daemon, for speed: the simulated card and key card are called directly.

The same card and key card lie behind pcscd elsewhere. The field can break down at any command.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field

import card_files as made

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
WRITING = frozenset({0xE0, 0xE4, 0xD6, 0x04, 0x44, 0xE6, 0xD8})
"""The commands that change a card: CREATE, DELETE, UPDATE, DEACTIVATE, ACTIVATE, TERMINATE, PUT KEY."""


@dataclass
class Field:
    """An encoder whose field breaks down at the command `cut`, before the card has it or after it did it.

    Without a card nothing lies there. `seen` are the instructions of all commands that reached a card.
    """

    card: KtpCard | None
    cut: int | None = None
    after: bool = False
    commands: int = field(default=0, init=False)
    seen: list[int] = field(default_factory=list, init=False)
    resets: int = field(default=0, init=False)

    @property
    def writes(self) -> list[int]:
        """The commands among those seen that change a card."""
        return [instruction for instruction in self.seen if instruction in WRITING]

    def open(self) -> None: ...

    def close(self) -> None: ...

    def status(self) -> DeviceStatus:
        return DeviceStatus("ok")

    def self_test(self) -> DeviceStatus:
        return self.status()

    def await_card(self, by: Deadline) -> CardPresence:
        return self.reset()

    def reset(self) -> CardPresence:
        if self.card is None:
            raise DeviceFault(FaultCode.CARD_ABSENT)
        self.resets += 1
        self.card.reset()
        return CardPresence(self.card.atr, self.card.uid)

    def release(self) -> None:
        if self.card is not None:
            self.card.reset()

    def transmit(self, apdu: bytes, by: Deadline) -> Answer:
        self.commands += 1
        if self.card is None or (self.commands == self.cut and not self.after):
            raise DeviceFault(FaultCode.CARD_GONE)
        self.seen.append(apdu[1])
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
        if answer[-2:] != b"\x90\x00":
            raise DeviceFault(FaultCode.SAM_ERROR, answer[-2:].hex())
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
