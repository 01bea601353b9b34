"""The running appliance and every cable pulled in turn, with a page open and a job of the device under way."""

from __future__ import annotations

import contextlib
import functools
import http.client
import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from beginnings import signed
from counter import Counter, open_counter
from works import FINGERS, Clerk

from appliance.app.places import run_folder
from appliance.app.rooms import open_store
from appliance.casework.roles import Role
from appliance.clock import utc_millis
from appliance.config import load
from appliance.faults import FAULTS, FaultCode, Retry
from appliance.queue import jobs, wake
from appliance.queue.jobs import Job
from appliance.records import audit, blanks, cases
from hw_sim.demo.appliance import Appliance
from hw_sim.demo.browser import Browser
from hw_sim.signature_pad import SignaturePad
from hw_sim.station import Station
from hw_sim.world import World

pytestmark = [pytest.mark.daemons, pytest.mark.timeout(180)]

TELLS_SECONDS, POLLED_SECONDS, BACK_SECONDS, PAGE_SECONDS = 1.0, 3.0, 3.0, 1.0
ALONE, BUSY = 1.0, 4.0
"""How many times the limit: a machine busy with other tests may be so much slower; what was measured is printed."""
PIN = "314159"


@dataclass
class Screen:
    """A technician's open page: its event stream, and how long the page itself takes."""

    browser: Browser
    seen: list[dict[str, str]] = field(default_factory=list)
    slowest: float = 0.0
    ended: threading.Event = field(default_factory=threading.Event)

    def follow(self) -> None:
        """Read the stream until `ended`; a stream that ends by itself is a page that froze."""
        host, _, port = self.browser.base.removeprefix("http://").partition(":")
        line = http.client.HTTPConnection(host, int(port), timeout=10)
        cookies = "; ".join(f"{name}={value}" for name, value in self.browser.cookies.items())
        line.request("GET", "/teknisi/langsung?tab=1", headers={"Cookie": cookies})
        stream = line.getresponse()
        while not self.ended.is_set():
            words = stream.readline()
            assert words, "the stream ended"
            if words.startswith(b"data: "):
                self.seen.append(json.loads(words[6:])["devices"])
        line.close()

    def load(self) -> None:
        began = time.monotonic()
        self.browser.get("/teknisi/")
        self.slowest = max(self.slowest, time.monotonic() - began)

    def until(self, device: str, level: str, seconds: float) -> float:
        """How long until the stream says so; the page is loaded all the while."""
        began = time.monotonic()
        while self.seen[-1][device] != level:
            assert time.monotonic() - began < seconds, f"{device} still {self.seen[-1][device]} after {seconds} s"
            self.load()
            self.ended.wait(0.02)
        return time.monotonic() - began

    def until_all_is_well(self) -> None:
        by = time.monotonic() + 20
        while not self.seen or set(self.seen[-1].values()) != {"ok"}:
            assert time.monotonic() < by, self.seen[-1:]
            self.load()
            self.ended.wait(0.02)


@dataclass(frozen=True)
class Cable:
    """How a device is unplugged and plugged in, and the job that is under way meanwhile, if `act` names one.

    `slow` makes the device take its time, so that the job is not done before the cable is pulled.
    """

    device: str
    seconds: float
    unplug: Callable[[], object]
    plug: Callable[[], object]
    act: str = ""
    role: Role = Role.PEREKAM
    kind: str = ""
    values: dict[str, object] = field(default_factory=dict)
    fault: FaultCode | None = None
    slow: Callable[[], object] = lambda: None


@dataclass
class House:
    """The station, the appliance, and its books from behind."""

    station: Station
    appliance: Appliance
    counter: Counter
    case: str
    next_case: str
    screen: Screen
    cables: tuple[Cable, ...]

    def processes(self) -> dict[str, int]:
        """The long-lived processes by name."""
        found = {}
        for entry in Path("/proc").iterdir():
            with contextlib.suppress(OSError, ValueError, IndexError):
                words = (entry / "cmdline").read_text().split("\0")
                if os.getsid(int(entry.name)) == self.appliance.process_id and words[3] in (
                    "web",
                    "deviced",
                    "syncd",
                ):
                    found[words[3]] = int(entry.name)
        return found

    def case_of(self, cable: Cable) -> str:
        """The chip of one resident is made while another is recorded."""
        return self.next_case if cable.act == "issue_card" else self.case

    def work(self, cable: Cable) -> Job:
        with self.counter.store.read() as tx:
            return [one for one in jobs.of_case(tx, self.case_of(cable)) if one.kind == cable.kind][-1]

    def evidence(self) -> list[str]:
        with self.counter.store.read() as tx:
            assert audit.verify(tx)[1] is None and blanks.balance(tx)[1] is None
            kinds = ("kk_draft", "kk_signed", "search_finger", "photo", "signature", "finger")
            return [one.id for kind in kinds for one in cases.evidence_of(tx, self.case, kind)]


def cables(station: Station, folder: Path) -> tuple[Cable, ...]:
    """By device, in the order in which they are pulled."""

    def levers(of: object, name: str, value: object) -> Callable[[], None]:
        return lambda: setattr(of, name, value)

    def new_pad() -> None:
        station.pad = SignaturePad(station.world)
        station.pad.levers.refuses = True
        station.pad.start()
        link(station, folder)

    scanner, camera = station.scanner.levers, station.camera.levers
    return (
        Cable("signature_pad", TELLS_SECONDS, lambda: station.pad.unplug(), new_pad, "capture_signature",
              kind="capture-signature", fault=FaultCode.PAD_UNREACHABLE),
        Cable("fingerprint_scanner", POLLED_SECONDS, levers(scanner, "unplugged", True),
              levers(scanner, "unplugged", False), "capture_finger", kind="capture",
              values={"position": "right_index"}, fault=FaultCode.SCANNER_UNREACHABLE),
        Cable("camera", POLLED_SECONDS, levers(camera, "drop", True), levers(camera, "drop", False),
              "capture_photo", kind="capture-photo", fault=FaultCode.CAMERA_UNREACHABLE,
              slow=levers(camera, "late", 1.3)),
        Cable("document_printer", POLLED_SECONDS, station.document_printer.stop, station.document_printer.start,
              "print_kk", Role.OPERATOR, "print-kk", fault=FaultCode.PRINTER_UNREACHABLE,
              slow=station.document_printer.stall),
        Cable("card_printer", POLLED_SECONDS, station.card_printer.stop, station.card_printer.start),
        Cable("receipt_printer", POLLED_SECONDS, station.receipts.stop, station.receipts.start),
        Cable("barcode_reader", POLLED_SECONDS, station.reader.port.unplug, station.reader.port.plug),
        Cable("signal_light", POLLED_SECONDS, station.light.unplug, station.light.start),
        Cable("power_supply", POLLED_SECONDS, station.board.unplug, station.board.plug),
        Cable("secure_access_module", TELLS_SECONDS, lambda: station.cards.slots[1].remove(),
              lambda: station.cards.slots[1].insert(station.cards.sam)),
        Cable("chip_encoder", TELLS_SECONDS, station.cards.stop, station.cards.start, "issue_card", Role.OPERATOR,
              "prepare", {"blank_serial": "A001"}),
    )  # fmt: skip


def link(station: Station, folder: Path) -> None:
    """The pad's name in /dev, as udev would make it."""
    fresh = folder / "pad.new"
    fresh.symlink_to(station.pad.path)
    fresh.replace(folder / "pad")


@pytest.fixture
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("house")
    with Station(World(speed=0.0), folder / "station", FINGERS) as station:
        link(station, folder)
        station.pad.levers.refuses = True
        fragment = station.config().replace(station.pad.path, str(folder / "pad"))
        appliance = Appliance(folder / "appliance", fragment, {})
        appliance.run("account", "set", "teknisi", "teknisi", "Teknisi", stdin=PIN + "\n")
        settings = load(appliance.config)
        store, vault = open_store(settings)
        counter = open_counter(folder / "counter", utc_millis())
        counter.store.close()
        caller = wake.Caller(run_folder(settings))
        counter.office = replace(counter.office, store=store, vault=vault, settings=settings, wake=caller)
        inside = functools.partial(replace, store=store, vault=vault, settings=settings)
        counter.machines = inside(counter.machines, renderer=Clerk())
        counter.offices = inside(counter.offices)
        case, next_case = signed(counter), signed(counter, blanks=0)
        counter.record_quickly(next_case)
        while counter.person(next_case).ktp_state in {"DIREKAM", "DIKIRIM"}:
            counter.run("centre")
            threading.Event().wait(0.05)
        appliance.start()
        screen = Screen(Browser(f"http://{appliance.addresses['technician']}", ("teknisi", PIN)))
        try:
            screen.load()
            watching = threading.Thread(target=screen.follow, daemon=True)
            watching.start()
            yield House(station, appliance, counter, case, next_case, screen, cables(station, folder))
            screen.ended.set()
            watching.join(5)
            assert not watching.is_alive()
        finally:
            appliance.stop()
            caller.close()
            store.close()


@pytest.mark.parametrize(
    "room", [pytest.param(BUSY, id="on a busy machine"), pytest.param(ALONE, id="alone", marks=pytest.mark.timed)]
)
def test_any_device_unplugged_at_work_and_back_again(house: House, room: float) -> None:
    screen = house.screen
    screen.until_all_is_well()
    processes, kept = house.processes(), house.evidence()
    assert set(processes) == {"web", "deviced", "syncd"}
    rows = []
    for cable in house.cables:
        if cable.act:
            cable.slow()
            house.counter.do(cable.act, cable.role, house.case_of(cable), resident=0, **cable.values)
            by = time.monotonic() + 10
            while house.work(cable).state != "leased":
                assert time.monotonic() < by, house.work(cable)
                screen.load()
        cable.unplug()
        gone = screen.until(cable.device, "down", cable.seconds * room)
        cable.plug()
        back = screen.until(cable.device, "ok", BACK_SECONDS * room)
        rows.append((cable.device, round(gone, 2), round(back, 2)))
        if cable.fault is not None and FAULTS[cable.fault].retry is Retry.AUTO_ONCE:
            # It was tried again by itself meanwhile; the history of faults says what was met.
            with house.counter.store.read() as tx:
                met = str([entry["facts"] for entry in audit.newest(tx, "job-fault", 9)])
            assert cable.fault.value in met or FaultCode.PRINTER_SILENT.value in met, met
        elif cable.fault is not None:
            job = house.work(cable)
            assert (job.state, job.fault) == ("hold", cable.fault.value), job
        elif cable.act:
            # pcscd going away shows as one of three codes; the one that is tried again by itself waits for its card.
            job = house.work(cable)
            gone_away = {f"chip_encoder.{why}" for why in ("unreachable", "no_service", "cut_off")}
            assert job.state == "leased" or job.fault in gone_away, job
        assert house.processes() == processes
        assert house.evidence()[: len(kept)] == kept
        screen.until_all_is_well()  # the key card goes and comes with its reader
    print("\n" + "\n".join(f"  {device:22} gone {gone:5} s  back {back:5} s" for device, gone, back in rows))
    print(f"  slowest page {screen.slowest * 1000:.0f} ms")
    assert screen.slowest <= PAGE_SECONDS * room
