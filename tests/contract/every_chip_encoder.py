"""What every chip encoder must hold; `hands` can also lay, take and swap cards and silence the reader."""

from __future__ import annotations

import time
from typing import Protocol

from every_device import BACK_SECONDS, DeviceContract, Hands, compared, opened_within, refusal

from appliance.chip import condition
from appliance.chip.profile import load
from appliance.clock import Deadline
from appliance.devices import ChipEncoder
from appliance.faults import FaultCode

PROFILE = load("ktpsim-1")
SELECT = bytes.fromhex("00A4040008F04B545053494D0100")
ROOM = 3.0
"""Seconds that a busy machine may add to a deadline."""


class CardHands(Hands, Protocol):
    """What a person can do with the cards."""

    def lay_card(self) -> bytes | None:
        """Lay a new blank card on the reader; its UID, None if nobody knows it."""

    def take_card(self) -> None:
        """Take the card off."""

    def lay_again(self) -> None:
        """Lay the card taken last on the reader."""

    def swap_card(self) -> bytes | None:
        """Take the card off and lay another on at once; the other's UID, None if nobody knows it."""

    def silence(self) -> None:
        """Let the reader answer nothing from the next command on."""

    def commands_seen(self, uid: bytes | None) -> int | None:
        """How many commands the card of this UID has been sent, None if nobody can see that."""


class ChipEncoderContract(DeviceContract):
    """The verbs of `ChipEncoder`, and every way a card or a reader goes away."""

    kind = "chip_encoder"
    unreachable = FaultCode.ENCODER_UNREACHABLE

    def test_a_card_is_awaited_and_told_by_its_uid(self, device: ChipEncoder, hands: CardHands) -> None:
        uid = hands.lay_card()
        presence = device.await_card(Deadline.after(5))
        assert presence.atr[:1] in (b"\x3b", b"\x3f")
        compared(presence.uid, uid, "the UID")
        assert device.status().detail["card"] == "yes"

    def test_no_card_is_said_at_the_deadline(self, device: ChipEncoder, hands: CardHands) -> None:
        hands.take_card()
        begun = time.monotonic()
        assert refusal(device.await_card, Deadline.after(0.4)) is FaultCode.CARD_ABSENT
        assert time.monotonic() - begun < 0.4 + ROOM

    def test_commands_are_answered_and_a_reset_keeps_the_card(self, device: ChipEncoder, hands: CardHands) -> None:
        uid = hands.lay_card()
        device.await_card(Deadline.after(5))
        assert device.transmit(SELECT, Deadline.after(3)).sw == 0x9000
        compared(device.reset().uid, uid, "the UID")
        assert device.transmit(SELECT, Deadline.after(3)).sw == 0x9000

    def test_a_released_card_takes_no_command(self, device: ChipEncoder, hands: CardHands) -> None:
        uid = hands.lay_card()
        device.await_card(Deadline.after(5))
        device.release()
        assert refusal(device.transmit, SELECT, Deadline.after(3)) is FaultCode.CARD_GONE
        compared(0, hands.commands_seen(uid), "the commands that the card saw")

    def test_a_card_taken_away_is_gone_and_known_again(self, device: ChipEncoder, hands: CardHands) -> None:
        uid = hands.lay_card()
        device.await_card(Deadline.after(5))
        hands.take_card()
        assert refusal(device.transmit, SELECT, Deadline.after(3)) is FaultCode.CARD_GONE
        assert refusal(device.reset) is FaultCode.CARD_GONE
        hands.lay_again()
        compared(device.await_card(Deadline.after(5)).uid, uid, "the UID")

    def test_a_command_for_one_card_never_reaches_the_next(self, device: ChipEncoder, hands: CardHands) -> None:
        hands.lay_card()
        device.await_card(Deadline.after(5))
        assert device.transmit(SELECT, Deadline.after(3)).sw == 0x9000
        other = hands.swap_card()
        for _ in range(3):
            assert refusal(device.transmit, SELECT, Deadline.after(3)) is FaultCode.CARD_GONE
        assert refusal(device.reset) is FaultCode.CARD_GONE
        compared(0, hands.commands_seen(other), "the commands that the card saw")
        compared(device.await_card(Deadline.after(5)).uid, other, "the UID")

    def test_a_silent_reader_ends_at_the_deadline_and_can_be_used_again(
        self, device: ChipEncoder, hands: CardHands
    ) -> None:
        hands.lay_card()
        device.await_card(Deadline.after(5))
        hands.silence()
        begun = time.monotonic()
        assert refusal(device.transmit, SELECT, Deadline.after(0.4)) is FaultCode.ENCODER_TIMEOUT
        assert time.monotonic() - begun < 0.4 + ROOM
        hands.unplug()
        hands.plug()
        assert opened_within(device, BACK_SECONDS)
        hands.lay_again()
        device.await_card(Deadline.after(5))
        assert device.transmit(SELECT, Deadline.after(3)).sw == 0x9000

    def test_an_extended_command_is_refused_before_it_is_sent(self, device: ChipEncoder, hands: CardHands) -> None:
        """The card of the suite announces short lengths only."""
        uid = hands.lay_card()
        device.await_card(Deadline.after(5))
        assert device.largest_data == 255
        long = bytes.fromhex("00D6000000012C") + bytes(300)
        for apdu in (long, bytes.fromhex("00B00000000400")):
            assert refusal(device.transmit, apdu, Deadline.after(3)) is FaultCode.ENCODER_COMMAND_TOO_LONG
        compared(0, hands.commands_seen(uid), "the commands that the card saw")
        assert device.transmit(SELECT, Deadline.after(3)).sw == 0x9000

    def test_a_card_is_made_ready_for_its_content(self, device: ChipEncoder, hands: CardHands) -> None:
        uid = hands.lay_card()
        compared(condition.prepare(device, PROFILE, Deadline.after(10)).uid, uid, "the UID")
