"""The NUT driver over NUT's own upsd and dummy driver."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

import pytest
from every_device import refusal
from every_power_supply import PowerSupplyContract

from appliance.drivers.catalogue import open_device
from appliance.drivers.nut_supply import ANSWER_SECONDS, NutSupply
from appliance.faults import FaultCode
from hw_sim.power import Ups
from hw_sim.world import World

SUPPLY = "power_supply"


@pytest.fixture(scope="module")
def ups() -> Iterator[Ups]:
    with Ups(World(speed=0)) as ups:
        yield ups


class UpsHands:
    """The hands at the simulated supply; its data way is cut by ending the daemon."""

    def __init__(self, ups: Ups) -> None:
        self.unplug, self.plug = ups.stop_daemon, ups.start_daemon
        self.mains_off, self.nearly_empty, self.mains_on = ups.mains_off, ups.nearly_empty, ups.mains_on


@pytest.fixture
def device(ups: Ups) -> Iterator[NutSupply]:
    device = open_device(SUPPLY, ups.uri)
    assert isinstance(device, NutSupply)
    device.open()
    yield device
    device.close()


@pytest.fixture
def hands(ups: Ups) -> UpsHands:
    return UpsHands(ups)


class TestNutSupply(PowerSupplyContract):
    schemes = ("nut",)


def test_nuts_own_client_hears_what_was_set(ups: Ups) -> None:
    assert (ups.heard("ups.status"), ups.heard("battery.charge")) == ("OL CHRG", "97")


def test_data_that_upsd_calls_stale_is_no_answer(ups: Ups) -> None:
    supply = open_device(SUPPLY, ups.uri)
    ups.freeze()
    ups.wait_until("ups.status", "")
    status = supply.status()
    assert (status.level, status.reasons) == ("down", (FaultCode.POWER_UNREACHABLE.value,))
    assert "DATA-STALE" in status.detail["why"]
    ups.thaw()
    ups.wait_until("ups.status", "OL CHRG")
    assert supply.status().level == "ok"
    supply.close()


def test_a_name_that_upsd_does_not_know(ups: Ups) -> None:
    supply = open_device(SUPPLY, ups.uri + "x")
    assert refusal(supply.open) is FaultCode.POWER_UNREACHABLE
    assert "UNKNOWN-UPS" in supply.status().detail["why"]
    supply.close()


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


def _supply(listener: socket.socket) -> NutSupply:
    supply = open_device(SUPPLY, f"nut://127.0.0.1:{listener.getsockname()[1]}/x")
    assert isinstance(supply, NutSupply)
    return supply


def test_a_mute_daemon_costs_one_deadline(listener: socket.socket) -> None:
    supply, began = _supply(listener), time.monotonic()
    assert refusal(supply.power) is FaultCode.POWER_UNREACHABLE
    assert time.monotonic() - began < ANSWER_SECONDS * 2
    supply.close()


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"BEGIN LIST VAR x\n",
        b"BEGIN LIST VAR other\n",
        b"BEGIN LIST VAR x\nVAR x ups.status\nEND LIST VAR x\n",
        b'BEGIN LIST VAR x\nVAR x ups.status "WAIT"\nEND LIST VAR x\n',
        b"BEGIN LIST VAR x\n" + b'VAR x a "b"\n' * 600 + b"".join(b'VAR x a%d "b"\n' % n for n in range(600)),
        b"x" * 20_000,
        b"\xff\xfe\n",
        b"ERR\n",
    ],
)
def test_rubbish_is_no_answer(listener: socket.socket, said: bytes) -> None:
    def answer() -> None:
        # The driver may hang up first, and it may ask once or twice: both end this thread quietly.
        with contextlib.suppress(OSError):
            for _ in range(2):
                with listener.accept()[0] as line:
                    line.recv(100)
                    line.sendall(said)

    thread = threading.Thread(target=answer, daemon=True)
    thread.start()
    supply = _supply(listener)
    assert refusal(supply.power) is FaultCode.POWER_UNREACHABLE
    supply.close()
    with contextlib.suppress(OSError):
        listener.shutdown(socket.SHUT_RDWR)  # wakes a thread that waits for a second question
    thread.join(5)
