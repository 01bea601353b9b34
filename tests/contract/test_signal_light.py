"""The signal light's driver against a relay board on a pseudo-terminal, and what it says where there is no GPIO."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
from every_device import refusal
from every_signal_light import SignalLightContract

from appliance.devices import Level, Signal, SignalLight
from appliance.diagnostics.light import LIGHT, LightFollower, Load, signal_for
from appliance.drivers.catalogue import open_device
from appliance.drivers.serial_relays import SerialRelays
from appliance.drivers.signal_light import TowerLight, on_gpio
from appliance.drivers.transport_serial import SerialLine
from appliance.faults import FaultCode
from appliance.issuance.rack import DeviceRack
from hw_sim.relay_board import RelayBoard
from hw_sim.world import World

SECONDS = 5.0


class BeforeTheLight:
    """Eyes and hands at the simulated board."""

    def __init__(self, board: RelayBoard) -> None:
        self.board, self.plug, self.unplug = board, board.start, board.unplug

    def sees(self, lamps: str) -> None:
        """The relays move a moment after the command was sent."""
        assert self.board.world.wait_for(lambda _: self.board.lamps == lamps, SECONDS), self.board.lamps

    def heard(self, tones: int) -> None:
        """How often the buzzer's relay closed."""
        moves = [event for event in self.board.world.history("relay") if event.facts["number"] == 4]
        assert sum(event.facts["closed"] is True for event in moves) == tones


@pytest.fixture
def board() -> Iterator[RelayBoard]:
    board = RelayBoard(World(speed=0))
    board.start()
    yield board
    board.stop()


@pytest.fixture
def device(board: RelayBoard) -> Iterator[SignalLight]:
    path = board.port.path
    device = TowerLight(lambda: SerialRelays(path, 9600, 4), tone_seconds=0.02)
    device.open()
    yield device
    device.close()


@pytest.fixture
def hands(board: RelayBoard) -> BeforeTheLight:
    return BeforeTheLight(board)


class TestSerialRelayLight(SignalLightContract):
    """Every assertion of every light."""

    schemes = ("serial", "gpio")


def test_a_relay_that_does_not_move_is_told(device: SignalLight, board: RelayBoard) -> None:
    board.levers.stuck = 3
    assert refusal(device.show, Signal.READY) is FaultCode.LIGHT_REFUSED


def test_noise_before_an_answer_does_no_harm(device: SignalLight, board: RelayBoard) -> None:
    board.levers.noise = b"\x00CH1:O\xff"
    device.show(Signal.FAULT)
    assert device.status().detail["shows"] == "fault"


def test_a_board_without_a_word_of_its_own_still_shows(board: RelayBoard) -> None:
    board.levers.silent = True
    device = open_device("signal_light", board.uri)
    device.show(Signal.READY)  # type: ignore[attr-defined]
    BeforeTheLight(board).sees("green")
    assert (device.status().level, device.status().detail["shows"]) == ("ok", "not told")
    device.close()


def test_the_board_by_a_client_that_is_not_ours(board: RelayBoard) -> None:
    line = SerialLine(board.port.path, 9600)
    line.write(bytes.fromhex("a0 01 01 a2 a0 01 00 a2 00 a0 03 01 a4"))
    BeforeTheLight(board).sees("red green")
    line.close()


def test_status_costs_little(device: SignalLight) -> None:
    begun = time.process_time()
    for _ in range(50):
        assert device.status().level == "ok"
    assert time.process_time() - begun < 0.5


@pytest.mark.parametrize("chip", ["gpiochip94", "siaga/gpio-bridge"])
def test_without_a_gpio_chip_the_light_is_unreachable_in_words(chip: str) -> None:
    device = open_device("signal_light", f"gpio:{chip}/0,1,2,3")
    status = device.status()
    assert (status.level, status.reasons) == ("down", (FaultCode.LIGHT_UNREACHABLE.value,))
    assert chip in status.detail["why"] or "not installed" in status.detail["why"]
    assert refusal(device.open) is FaultCode.LIGHT_UNREACHABLE


@pytest.mark.parametrize(
    "uri",
    [
        "gpio:gpiochip0",
        "gpio:gpiochip0/1,2,3",
        "gpio:../mem/1,2,3,4",
        "gpio:siaga/../mem/1,2,3,4",
        "gpio:dri/card0/1,2,3,4",
        "gpio:a/1,2,3,x",
    ],
)
def test_another_form_of_address_is_refused(uri: str) -> None:
    with pytest.raises(ValueError, match="CHIP/red,yellow,green,buzzer"):
        on_gpio(uri)


def test_the_light_follows_the_appliance_and_finds_its_way_back(board: RelayBoard) -> None:
    path, eyes = board.port.path, BeforeTheLight(board)
    levels: dict[str, Level] = {}
    load = Load(working=False, waiting=False)
    rack = DeviceRack({LIGHT: TowerLight(lambda: SerialRelays(path, 9600, 4), tone_seconds=0.01)})
    follower = LightFollower(lambda: levels, lambda: load, lambda: rack.use(LIGHT))

    def look(lamps: str, tones: int) -> None:
        follower.follow(signal_for(levels, load))
        eyes.sees(lamps)
        eyes.heard(tones)

    look("", 0)
    levels.update(camera="ok", card_printer="limited")
    look("green", 0)
    load = Load(working=True, waiting=False)
    look("yellow green", 0)
    load = Load(working=True, waiting=True)
    look("yellow", 1)
    look("yellow", 1)
    levels["card_printer"] = "down"
    look("red", 2)
    board.unplug()
    levels[LIGHT] = "down"
    follower.follow(signal_for(levels, load))
    board.start()
    look("red", 3)
    rack.close()


def test_the_light_goes_off_when_the_appliance_stops(board: RelayBoard) -> None:
    path, stop = board.port.path, threading.Event()
    rack = DeviceRack({LIGHT: TowerLight(lambda: SerialRelays(path, 9600, 4))})
    ready = Load(working=False, waiting=False)
    follower = LightFollower(lambda: {"camera": "ok"}, lambda: ready, lambda: rack.use(LIGHT))
    thread = threading.Thread(target=follower.run, args=(stop, 0.01))
    thread.start()
    BeforeTheLight(board).sees("green")
    stop.set()
    thread.join()
    BeforeTheLight(board).sees("")
    rack.close()
