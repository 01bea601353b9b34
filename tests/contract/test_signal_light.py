"""The signal light's driver against a relay board on a pseudo-terminal, and what it says where there is no GPIO."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest
from every_device import refusal
from every_signal_light import SignalLightContract
from front_office import open_office, post, sign_in

from appliance.casework.roles import Role
from appliance.devices import Level, Signal, SignalLight
from appliance.diagnostics.light import LIGHT, LOOK_SECONDS, LightFollower, Load, load_of, signal_for
from appliance.drivers.catalogue import open_device
from appliance.drivers.serial_relays import SerialRelays
from appliance.drivers.signal_light import TowerLight, on_gpio
from appliance.drivers.transport_serial import SerialLine
from appliance.faults import DeviceFault, FaultCode
from appliance.issuance.rack import DeviceRack
from appliance.kiosk_ui.bell import Bell
from appliance.queue import jobs
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

        def count(world: World) -> int:
            moves = [event for event in world.history("relay") if event.facts["number"] == 4]
            return sum(event.facts["closed"] is True for event in moves)

        assert self.board.world.wait_for(lambda world: count(world) >= tones, SECONDS)
        assert count(self.board.world) == tones


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


def test_a_resident_who_calls_is_seen_within_the_second_until_somebody_goes(
    board: RelayBoard, tmp_path: Path
) -> None:
    """From the kiosk's button to the lamp, through the books; over a fault too, and with a tone if it is lit."""
    path, eyes, stop = board.port.path, BeforeTheLight(board), threading.Event()
    place = open_office(tmp_path)
    store = place.office.store
    levels: dict[str, Level] = {"camera": "ok"}
    rack = DeviceRack({LIGHT: TowerLight(lambda: SerialRelays(path, 9600, 4), tone_seconds=0.01)})
    follower = LightFollower(lambda: levels, lambda: load_of(store), lambda: rack.use(LIGHT))
    thread = threading.Thread(target=follower.run, args=(stop, 0.01))
    assert LOOK_SECONDS <= 1
    thread.start()
    eyes.sees("green")
    kiosk, desk = (place.app(face).test_client() for face in ("resident", "officer"))
    assert post(kiosk, "/", "/bantuan").status_code == 303
    eyes.sees("yellow")
    eyes.heard(1)
    sign_in(desk, Role.PETUGAS)
    assert post(desk, "/petugas/", "/petugas/panggilan", place="kios").status_code == 303
    eyes.sees("green")
    with store.write() as tx:
        jobs.put(tx, "pad", "capture-signature", "light")
    job = jobs.claim(store, "pad", "me")
    assert job is not None
    with store.write() as tx:
        jobs.hold(tx, job, "signature_pad.timeout")
    eyes.sees("yellow")
    eyes.heard(2)
    post(kiosk, "/", "/bantuan")
    eyes.heard(3)
    levels["camera"] = "down"
    eyes.sees("yellow")
    post(desk, "/petugas/", "/petugas/panggilan", place="kios")
    eyes.sees("red")
    stop.set()
    thread.join()
    rack.close()
    store.close()


def test_a_call_that_was_open_when_the_pages_began_anew_is_over(tmp_path: Path) -> None:
    store = open_office(tmp_path).office.store
    Bell(store).ring("kios", 1)
    assert load_of(store).called
    Bell(store)
    assert not load_of(store).called
    store.close()


class NoDisk:
    """Books on a disk that takes nothing."""

    def write(self) -> NoReturn:
        raise DeviceFault(FaultCode.STORAGE_FULL)


def test_a_disk_that_takes_nothing_keeps_a_call_from_the_light_only() -> None:
    bell = Bell(NoDisk())  # type: ignore[arg-type]
    bell.ring("kios", 1)
    assert bell.calls() == (("kios", 1),)


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
