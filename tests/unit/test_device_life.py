"""The life of devices: owners, watchers, the board that they keep, and one round of questions at once."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from appliance.clock import Deadline, utc_millis
from appliance.config import DEVICES, OPTIONAL
from appliance.devices import DeviceStatus, Level
from appliance.diagnostics import board, watch
from appliance.diagnostics.asking import ask_all
from appliance.diagnostics.board import Board
from appliance.diagnostics.watch import Pace, Watcher, alive, pace_of
from appliance.faults import DeviceFault, FaultCode
from appliance.issuance.rack import ABSENT, DeviceRack, Owner
from appliance.kiosk_ui.live import Pulse

GONE = DeviceStatus("down", ("camera.unreachable",), detail={"why": "no cable"})


class Plug:
    """A device with a cable; counts how often it was opened and closed."""

    def __init__(self) -> None:
        self.here, self.is_open = True, False
        self.opened = self.closed = self.asked = 0
        self.hangs: threading.Event | None = None

    def open(self) -> None:
        if not self.here:
            raise DeviceFault(FaultCode.CAMERA_UNREACHABLE, "no cable")
        self.is_open = True
        self.opened += 1

    def close(self) -> None:
        self.is_open = False
        self.closed += 1

    def status(self) -> DeviceStatus:
        self.asked += 1
        if self.hangs is not None:
            self.hangs.wait(20)
        return DeviceStatus("ok", (), "Plug") if self.here and self.is_open else GONE

    def self_test(self) -> DeviceStatus:
        return self.status()


def owner_of(device: Plug, seconds: float = 20.0) -> Owner:
    return Owner(device, FaultCode.CAMERA_UNREACHABLE, seconds)


def in_thread(run: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread


def until(holds: Callable[[], bool]) -> None:
    by = Deadline.after(10)
    while not holds():
        assert not by.passed
        threading.Event().wait(0.001)


def test_a_device_is_opened_when_wanted_and_stays_open() -> None:
    plug = Plug()
    owner = owner_of(plug)
    for _ in range(3):
        with owner.use() as device:
            assert device is plug
    assert (plug.opened, plug.closed) == (1, 0)


def test_a_broken_link_closes_it_and_the_next_use_opens_it_again() -> None:
    plug = Plug()
    owner = owner_of(plug)
    with pytest.raises(DeviceFault), owner.use():
        raise DeviceFault(FaultCode.CAMERA_UNREACHABLE)
    assert (plug.opened, plug.closed) == (1, 1)
    with pytest.raises(DeviceFault), owner.use():
        raise DeviceFault(FaultCode.CAMERA_FROZEN)
    assert (plug.opened, plug.closed) == (2, 1), "a device in trouble is not a device that has gone"


def test_the_question_finds_a_device_that_was_plugged_in_again() -> None:
    plug = Plug()
    owner = owner_of(plug)
    assert owner.ask() == DeviceStatus("ok", (), "Plug"), "opened by the question itself"
    plug.here = False
    assert owner.ask() == GONE
    assert owner.ask() == DeviceStatus("down", ("camera.unreachable",), detail={"why": "no cable"})
    plug.here = True
    said = owner.ask()
    assert said is not None and said.level == "ok"


def test_a_device_that_a_step_finds_back_says_so_once_while_the_step_has_it() -> None:
    plug = Plug()
    owner = owner_of(plug)
    plug.here = False
    assert owner.ask() == GONE
    plug.here = True
    said: list[DeviceStatus | None] = []
    with owner.use():
        for _ in range(2):
            in_thread(lambda: said.append(owner.ask())).join(5)
    assert said == [DeviceStatus("ok", (), "Plug"), None]


def test_a_device_at_work_is_not_asked_and_nobody_waits() -> None:
    plug = Plug()
    owner = owner_of(plug)
    said: list[DeviceStatus | None] = []
    with owner.use():
        in_thread(lambda: said.append(owner.ask())).join(5)
    assert (said, plug.asked) == ([None], 0)


def test_a_question_that_hangs_costs_a_step_its_patience_not_its_life() -> None:
    plug = Plug()
    plug.hangs = threading.Event()
    owner = owner_of(plug, 0.05)
    asking = in_thread(owner.ask)
    until(lambda: plug.asked > 0)
    with pytest.raises(DeviceFault) as fault, owner.use():
        raise AssertionError
    assert (fault.value.code, fault.value.detail) == (
        FaultCode.CAMERA_UNREACHABLE,
        "no answer to the last question in 0.05 s",
    )
    plug.hangs.set()
    asking.join(5)
    with owner.use() as device:
        assert device is plug


def test_a_step_waits_for_another_step_longer_than_for_a_question() -> None:
    owner = owner_of(Plug(), 0.01)
    inside, leave = threading.Event(), threading.Event()

    def first() -> None:
        with owner.use():
            inside.set()
            leave.wait(5)

    working = in_thread(first)
    assert inside.wait(5)
    threading.Timer(0.1, leave.set).start()
    with owner.use():
        assert leave.is_set()
    working.join(5)


def test_closing_the_rack_lets_every_device_go() -> None:
    plugs = {"camera": Plug(), "signature_pad": Plug()}
    rack = DeviceRack(plugs)
    rack.close()
    assert [plug.closed for plug in plugs.values()] == [1, 1]


def test_every_device_of_the_settings_has_a_fault_for_its_absence() -> None:
    assert set(ABSENT) == set(DEVICES)


def test_a_device_that_is_down_is_looked_for_ever_more_seldom_but_within_three_seconds() -> None:
    pace = Pace(steady=1.5)
    assert [pace.after(down) for down in (0, 1, 2, 3, 4, 99)] == [1.5, 0.5, 1.0, 2.0, 2.0, 2.0]
    assert max(watch.TELLS.longest, watch.POLLED.longest) < 3
    assert watch.TELLS.steady < 1 and watch.POLLED.steady < 3
    assert pace_of("pcsc:Reader?slot=0") is watch.TELLS
    assert pace_of("mjpeg+http://127.0.0.1:1/") is watch.POLLED


def test_a_change_is_on_the_board_and_told_at_once_and_nothing_else_is_told(tmp_path: Path) -> None:
    plug, told = Plug(), threading.Semaphore(0)
    path = tmp_path / "board.json"
    watcher = Watcher("camera", owner_of(plug).ask, Pace(0.001, 0.001), Board(path, utc_millis, told.release))
    stop = threading.Event()
    thread = in_thread(lambda: watcher.run(stop))
    levels = []
    for here in (True, False, True):
        plug.here = here
        assert told.acquire(timeout=5)
        levels.append([(one.level, one.model) for one in board.read(path)])
    asked = plug.asked
    until(lambda: plug.asked >= asked + 20)
    stop.set()
    thread.join(5)
    assert levels == [[("ok", "Plug")], [("down", "Plug")], [("ok", "Plug")]]
    assert not told.acquire(blocking=False), "the same answer again is no news"


def test_the_board_is_renewed_once_a_second_and_a_device_at_work_keeps_its_word(tmp_path: Path) -> None:
    now, path = [10_000], tmp_path / "board.json"
    kept = Board(path, lambda: now[0], lambda: None)
    kept.post("camera", None)
    assert board.read(path) == ()
    kept.post("camera", DeviceStatus("ok"))
    for at, seen in ((10_500, 10_000), (11_000, 11_000), (11_900, 11_000), (12_000, 12_000), (9_000, 9_000)):
        now[0] = at
        kept.post("camera", None)
        (one,) = board.read(path)
        assert (one.level, one.since, one.asked) == ("ok", 10_000, seen)


def test_one_device_that_hangs_holds_up_nobody_but_all_of_them_stop_the_watchdog(tmp_path: Path) -> None:
    stuck, well = Plug(), Plug()
    stuck.hangs = threading.Event()
    kept = Board(tmp_path / "board.json", utc_millis, lambda: None)
    stop = threading.Event()
    watchers = tuple(
        Watcher(name, owner_of(plug).ask, Pace(0.001), kept) for name, plug in (("camera", stuck), ("pad", well))
    )
    began = [one.turned_at for one in watchers]
    threads = [in_thread(functools.partial(one.run, stop)) for one in watchers]
    until(lambda: stuck.asked > 0 and well.asked > 3)
    assert watchers[0].turned_at == began[0] and watchers[1].turned_at > began[1]
    stop.set()
    stuck.hangs.set()
    for thread in threads:
        thread.join(5)
    watchers[0].turned_at -= watch.ALIVE_SECONDS + 1
    assert alive(watchers), "one of them may hang"
    watchers[1].turned_at -= watch.ALIVE_SECONDS + 1
    assert not alive(watchers)
    assert alive(()), "no devices, nothing that hangs"


@pytest.mark.parametrize(
    ("levels", "verdict"),
    [
        ({}, "unknown"),
        ({"camera": "ok"}, "ok"),
        ({"camera": "ok", "receipt_printer": "down"}, "limited"),
        ({"camera": "ok", "signal_light": "unknown"}, "limited"),
        ({"camera": "unknown", "power_supply": "down"}, "unknown"),
        ({"camera": "down", "barcode_reader": "ok"}, "down"),
        ({"camera": "limited"}, "limited"),
    ],
)
def test_what_the_machine_can_do_without_never_makes_it_unready(levels: dict[str, Level], verdict: str) -> None:
    assert board.verdict(levels) == verdict
    assert set(DEVICES) > OPTIONAL


def test_all_devices_are_asked_at_once_and_a_silent_one_is_unknown() -> None:
    meet = threading.Barrier(3)
    leave = threading.Event()

    def well() -> DeviceStatus:
        meet.wait(5)
        return DeviceStatus("ok")

    def silent() -> DeviceStatus:
        meet.wait(5)
        leave.wait(20)
        return DeviceStatus("ok")

    by = Deadline.after(0.5)
    found = ask_all({"camera": well, "pad": silent, "printer": well}, by, utc_millis)
    leave.set()
    assert [(one.name, one.level) for one in found] == [("camera", "ok"), ("pad", "unknown"), ("printer", "ok")]
    assert found[1].detail == {"why": "no answer in time"}


def test_a_pulse_wakes_those_who_wait_and_those_who_come_late() -> None:
    pulse, going = Pulse(), threading.Event()
    assert pulse.wait(0, 0.001, going) == 0
    pulse.beat()
    assert pulse.wait(0, 20, going) == 1, "a beat before the wait is not lost"
    woken: list[int] = []
    threads = [in_thread(lambda: woken.append(pulse.wait(1, 20, going))) for _ in range(3)]
    pulse.beat()
    for thread in threads:
        thread.join(5)
    assert woken == [2, 2, 2]
