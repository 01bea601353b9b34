"""The kernel's own power files, read from a tree like the kernel's."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from every_power_supply import PowerSupplyContract

from appliance.drivers.catalogue import open_device
from appliance.drivers.sysfs_power import slowed_by_heat
from appliance.drivers.sysfs_supply import SysfsSupply
from appliance.faults import FaultCode
from hw_sim.power import Board
from hw_sim.world import World

SUPPLY = "power_supply"


@pytest.fixture
def board(tmp_path: Path) -> Board:
    return Board(tmp_path / "sys", World(speed=0))


@pytest.fixture
def device(board: Board) -> Iterator[SysfsSupply]:
    device = opened(board)
    device.open()
    yield device
    device.close()


@pytest.fixture
def hands(board: Board) -> Board:
    return board


class TestSysfsSupply(PowerSupplyContract):
    schemes = ("sysfs",)


def opened(board: Board) -> SysfsSupply:
    device = open_device(SUPPLY, board.uri)
    assert isinstance(device, SysfsSupply)
    return device


def test_a_board_that_starves_says_so_only_while_it_does(board: Board) -> None:
    device = opened(board)
    board.starve()
    assert device.power().starved
    status = device.status()
    assert (status.level, status.reasons) == ("down", (FaultCode.POWER_STARVED.value,))
    assert status.detail["throttled"] == "0x50005: under-voltage now, throttled, under-voltage since boot"
    board.starve(now=False)
    assert not device.power().starved
    status = device.status()
    assert status.level == "ok"
    assert status.detail["throttled"] == "0x50000: under-voltage since boot"


def test_heat_is_not_called_under_voltage(board: Board) -> None:
    board.overheat()
    assert not opened(board).power().starved
    status = opened(board).status()
    assert status.detail["throttled"] == "0x8000c: throttled, hot"
    assert (status.level, status.reasons) == ("limited", (FaultCode.BOARD_HOT.value,)), "it works, and more slowly"


def test_a_board_slowed_by_its_voltage_is_not_called_hot(board: Board) -> None:
    board.starve()
    assert FaultCode.BOARD_HOT.value not in opened(board).status().reasons


def test_a_hot_board_on_battery_says_both(board: Board) -> None:
    board.overheat()
    board.mains_off()
    assert opened(board).status().reasons == (FaultCode.POWER_ON_BATTERY.value, FaultCode.BOARD_HOT.value)


@pytest.mark.parametrize(
    ("bits", "degrees", "slowed"),
    [
        (0x0, 84.0, False),
        (0x8, 50.0, True),
        (0x2, None, True),
        (0x4, None, True),
        (0x5, 90.0, False),
        (0xD, 90.0, True),
        (0xE0000, 50.0, False),
        (None, 79.9, False),
        (None, 80.0, True),
        (None, None, False),
    ],
)
def test_the_boards_own_word_of_heat_counts_and_without_it_its_temperature(
    bits: int | None, degrees: float | None, slowed: bool
) -> None:
    assert slowed_by_heat(bits, degrees) is slowed


def test_the_heat_of_a_board_that_is_no_raspberry_pi_stops_nothing(board: Board) -> None:
    board.overheat()
    shutil.rmtree(board.root / "devices")
    status = opened(board).status()
    assert (status.level, status.detail["celsius"]) == ("ok", "84")
    folder = board.root / "class/hwmon/hwmon0"
    folder.mkdir(parents=True)
    (folder / "name").write_text("rpi_volt\n")
    (folder / "in0_lcrit_alarm").write_text("0\n")
    assert opened(board).status().reasons == (FaultCode.BOARD_HOT.value,), "the mainline kernel on a Pi"


def test_heat_is_told_in_degrees_and_its_memory_stays_when_it_is_over(board: Board) -> None:
    device = opened(board)
    assert device.status().detail["celsius"] == "48"
    board.overheat()
    assert device.status().detail["celsius"] == "84"
    board.cool_down()
    told = device.status()
    assert (told.detail["celsius"], told.detail["throttled"].partition(":")[0]) == ("52", "0x80000")
    assert told.level == "ok", "what is over stops nothing"


def test_the_hottest_of_several_zones_counts_and_a_broken_one_does_not(board: Board) -> None:
    for number, temp in ((1, "61500"), (2, "-274000"), (3, "no sensor"), (4, "")):
        folder = board.root / f"class/thermal/thermal_zone{number}"
        folder.mkdir()
        (folder / "temp").write_text(f"{temp}\n")
    assert opened(board).status().detail["celsius"] == "62"


def test_the_wear_of_a_soldered_memory_is_the_worse_of_its_two_words(board: Board) -> None:
    assert opened(board).status().detail["worn_percent"] == "30"
    (board.root / "class/mmc_host/mmc0/mmc0:0001/life_time").write_text("0x00 0x00\n")
    assert "worn_percent" not in opened(board).status().detail, "not told"


def test_the_time_left_is_energy_over_power(board: Board) -> None:
    board.mains_off(percent=50, watts=25)
    assert opened(board).power().seconds_left == 50 * 3600 // 25


def test_the_mainline_kernels_alarm_is_heard_as_well(board: Board) -> None:
    folder = board.root / "class/hwmon/hwmon0"
    folder.mkdir(parents=True)
    (folder / "name").write_text("rpi_volt\n")
    (folder / "in0_lcrit_alarm").write_text("1\n")
    assert opened(board).power().starved


def test_a_kernel_that_tells_nothing_is_unreachable(tmp_path: Path) -> None:
    status = open_device(SUPPLY, f"sysfs:{tmp_path}").status()
    assert (status.level, status.reasons) == ("down", (FaultCode.POWER_UNREACHABLE.value,))
