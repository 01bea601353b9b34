"""A slot against a reader driver played by the test: framing, events, rules, device time."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from hw_sim.card import CardFactory, KtpCard
from hw_sim.card_files import Role
from hw_sim.card_keys import MasterKeys
from hw_sim.vpcd import CONTACTLESS, Slot
from hw_sim.world import Event, When, World

UID = bytes.fromhex("04010203040506")
SELECT = bytes.fromhex("00A4040008F04B545053494D0100")
SELECT_DG1 = bytes.fromhex("00A4020C020101")


@dataclass
class Driver:
    """The reader's end: sends length and body apart, as vpcd does."""

    connection: socket.socket

    def tell(self, frame: bytes) -> None:
        self.connection.sendall(len(frame).to_bytes(2, "big"))
        self.connection.sendall(frame)

    def ask(self, frame: bytes) -> bytes | None:
        self.tell(frame)
        return self.hear()

    def hear(self) -> bytes | None:
        head = self.connection.recv(2, socket.MSG_WAITALL)
        return self.connection.recv(int.from_bytes(head, "big"), socket.MSG_WAITALL) if head else None


@pytest.fixture
def world() -> World:
    return World(speed=0.0)


@pytest.fixture
def card() -> KtpCard:
    return CardFactory(MasterKeys.from_seed(b"slot")).blank(UID)


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(5)
        yield listener


@pytest.fixture
def slot(world: World, listener: socket.socket) -> Iterator[Slot]:
    slot = Slot(world, 0, listener.getsockname()[1], CONTACTLESS)
    yield slot
    slot.remove()


@pytest.fixture
def accept(listener: socket.socket) -> Iterator[Callable[[], Driver]]:
    taken: list[socket.socket] = []

    def accept() -> Driver:
        connection, _ = listener.accept()
        connection.settimeout(5)
        taken.append(connection)
        return Driver(connection)

    yield accept
    for connection in taken:
        connection.close()


@pytest.fixture
def driver(slot: Slot, card: KtpCard, accept: Callable[[], Driver]) -> Driver:
    slot.insert(card)
    return accept()


def test_control_messages_and_the_readers_own_command(driver: Driver, card: KtpCard, world: World) -> None:
    assert driver.ask(b"\4") == card.atr
    assert driver.ask(bytes.fromhex("FFCA000000")) == UID + b"\x90\x00"
    assert driver.ask(bytes.fromhex("FFCA010000")) == b"\x6a\x81"
    assert driver.ask(SELECT) is not None
    assert driver.ask(SELECT_DG1) == b"\x6a\x82"
    driver.tell(b"\2")
    assert driver.ask(bytes.fromhex("00B0000000")) == b"\x69\x85", "a reset forgets the application"
    assert world.count("apdu") == world.count("apdu-done") == 3


def test_events_name_slot_command_number_and_card(driver: Driver, world: World) -> None:
    driver.ask(SELECT)
    driver.ask(SELECT_DG1)
    assert [event.facts for event in world.history("apdu")] == [
        {"slot": 0, "ins": "A4", "n": n, "uid": UID.hex()} for n in (1, 2)
    ]
    names = [event.name for event in world.history()]
    assert names == ["card-inserted", "apdu", "apdu-done", "apdu", "apdu-done"]


def test_a_card_removed_before_the_command_does_not_see_it(driver: Driver, slot: Slot, world: World) -> None:
    world.on(When("apdu", {"n": 2}), lambda _: slot.remove() and None)
    driver.ask(SELECT)
    assert driver.ask(SELECT_DG1) is None
    assert world.count("apdu-done") == 1
    assert slot.card is None


def test_a_card_removed_after_the_command_has_done_it(
    driver: Driver, slot: Slot, card: KtpCard, world: World
) -> None:
    seen: list[bytes] = []

    def take(event: Event) -> None:
        seen.append(bytes.fromhex(str(event.facts["uid"])))
        slot.remove()

    world.on(When("apdu-done", {"ins": "A4"}), take)
    assert driver.ask(SELECT) is None
    assert seen == [UID]
    assert card.process(SELECT_DG1) == b"\x6a\x82", "the application was selected"


def test_a_mute_reader_says_nothing_until_the_card_goes(driver: Driver, slot: Slot, world: World) -> None:
    world.on(When("apdu"), lambda _: slot.mute())
    driver.tell(SELECT)
    driver.connection.settimeout(0.1)
    with pytest.raises(TimeoutError):
        driver.hear()
    driver.connection.settimeout(5)
    slot.remove()
    assert driver.hear() is None


def test_a_swapped_card_comes_after_the_first_is_forgotten(
    driver: Driver, slot: Slot, accept: Callable[[], Driver], listener: socket.socket
) -> None:
    other = CardFactory(MasterKeys.from_seed(b"slot")).blank(b"\x04" + bytes(6))
    slot.insert(other)
    assert driver.hear() is None
    listener.settimeout(0.1)
    with pytest.raises(TimeoutError):
        listener.accept()
    listener.settimeout(5)
    driver.connection.close()
    assert accept().ask(bytes.fromhex("FFCA000000")) == other.uid + b"\x90\x00"


def test_device_time_of_a_read_and_of_a_secured_write_of_two_pages() -> None:
    read = CONTACTLESS.seconds(bytes.fromhex("00B00000EF"), bytes(241), 0)
    assert read == pytest.approx((5 + 241) * 9 / 424_000 + 0.0002 + 0.0025)
    write = CONTACTLESS.seconds(b"\x84" + bytes(252), bytes(10), 2)
    assert write == pytest.approx(263 * 9 / 424_000 + 0.0002 + 0.0025 + 0.006 + 0.004)


def test_pages_are_counted_by_what_a_write_touches(card: KtpCard) -> None:
    file = card.files.create(0x0102, 2, 600, Role.PERSO)
    for offset, length, pages in ((0, 128, 1), (127, 2, 2), (0, 239, 2), (100, 239, 3), (599, 1, 1)):
        before = card.pages_written
        card.files.update(file, offset, bytes(length), Role.PERSO)
        assert card.pages_written - before == pages
