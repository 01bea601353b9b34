"""A slip held to the code reader of the kiosk: from the light on the code to the page with the case."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from front_office import FrontOffice, open_office, post, report

from appliance.biometrics.child import PictureChild
from appliance.biometrics.engine import FingerEngine, PortraitEngine
from appliance.clock import utc_millis
from appliance.diagnostics.board import DeviceReading
from appliance.drivers.catalogue import open_device
from appliance.issuance import slip
from appliance.issuance.machines import Machines
from appliance.issuance.rack import DeviceRack
from appliance.queue import jobs
from appliance.queue.worker import work_one
from hw_sim.barcode_reader import BarcodeReader
from hw_sim.world import World

HOLD = "/status/bukti"


@dataclass
class Kiosk:
    """A kiosk with its reader, and somebody at it who has reported a resident."""

    place: FrontOffice
    reader: BarcodeReader
    machines: Machines
    visitor: FlaskClient
    code: str

    def looks(self, seconds: float = 5.0) -> None:
        """The reader looks once, as deviced lets it."""
        handlers = {"read-slip": lambda job: slip.read_slip(self.machines, job, seconds)}
        assert work_one(self.place.office.store, "code_reader", "code_reader", handlers)

    def looks_while(self, act: Callable[[], None]) -> None:
        """Somebody waves a code until the reader has looked."""
        looked = threading.Event()

        def wave() -> None:
            while not looked.wait(0.02):
                act()

        waving = threading.Thread(target=wave)
        waving.start()
        try:
            self.looks()
        finally:
            looked.set()
            waving.join()

    def holds(self, text: str) -> None:
        """Somebody holds this up after having touched the tile."""
        assert post(self.visitor, "/status", HOLD).status_code == 303
        self.looks_while(lambda: self.reader.show(text))


@pytest.fixture
def kiosk(tmp_path: Path) -> Iterator[Kiosk]:
    reader = BarcodeReader(World(speed=0))
    reader.start()
    place = open_office(tmp_path / "office")
    now = utc_millis()
    place.devices.append(DeviceReading("barcode_reader", "ok", since=now, asked=now))
    rack = DeviceRack({"barcode_reader": open_device("barcode_reader", reader.uri)})
    office, pictures = place.office, PictureChild()
    machines = Machines(
        store=office.store,
        vault=office.vault,
        settings=office.settings,
        clock=utc_millis,
        rack=rack,
        profile=None,
        chip_roots=b"",
        packet_roots=b"",
        fingers=FingerEngine(pictures),
        portraits=PortraitEngine(pictures),
    )
    visitor = place.app("resident").test_client()
    yield Kiosk(place, reader, machines, visitor, report(visitor))
    rack.close()
    pictures.close()
    reader.stop()
    office.store.close()


def test_a_slip_that_is_held_up_shows_its_case(kiosk: Kiosk) -> None:
    assert 'data-act="hold_slip"' in kiosk.visitor.get("/status").text
    kiosk.holds(f"SIAGA:{kiosk.code}")
    answer = kiosk.visitor.get(HOLD)
    assert answer.headers["Location"] == "/status/berkas"
    assert kiosk.code in kiosk.visitor.get("/status/berkas").text


def test_while_the_reader_looks_the_page_says_what_to_do_and_asks_again_by_itself(kiosk: Kiosk) -> None:
    assert post(kiosk.visitor, "/status", HOLD).headers["Location"] == HOLD
    page = kiosk.visitor.get(HOLD).text
    assert "Tempelkan kotak hitam putih pada kaca pembaca" in page
    assert "data-follow" in page
    assert '<noscript><meta http-equiv="refresh"' in page


@pytest.mark.parametrize(
    "text", ["1872010107710001", "https://example.invalid/<script>alert(1)</script>", "SIAGA:SG-AAAA-AA"]
)
def test_a_foreign_code_is_said_to_be_foreign_and_nothing_of_it_is_kept(kiosk: Kiosk, text: str) -> None:
    kiosk.holds(text)
    assert "Ini bukan bukti dari kantor ini." in kiosk.visitor.get(HOLD).text
    with kiosk.place.office.store.read() as tx:
        (job,) = jobs.unfinished(tx) or [jobs.by_key(tx, _key(kiosk))]
    assert job is not None
    assert text not in str(job)


def _key(kiosk: Kiosk) -> str:
    with kiosk.visitor.session_transaction() as visit:
        return str(visit["slip"])


def test_nothing_held_up_is_no_fault_and_can_be_tried_again(kiosk: Kiosk) -> None:
    post(kiosk.visitor, "/status", HOLD)
    kiosk.looks(seconds=0.1)
    page = kiosk.visitor.get(HOLD).text
    assert "Bukti belum terbaca. Coba sekali lagi." in page
    assert 'data-act="hold_slip"' in page
    assert 'href="/status/kode"' in page
    kiosk.holds(f"SIAGA:{kiosk.code}")
    assert kiosk.visitor.get(HOLD).status_code == 303


def test_a_code_that_cannot_be_read_is_tried_again(kiosk: Kiosk) -> None:
    kiosk.reader.levers.noise = b"\xff"
    kiosk.holds(f"SIAGA:{kiosk.code}")
    assert "Bukti belum terbaca. Coba sekali lagi." in kiosk.visitor.get(HOLD).text


def test_a_reader_that_is_pulled_meanwhile_holds_nothing_up(kiosk: Kiosk) -> None:
    post(kiosk.visitor, "/status", HOLD)
    kiosk.reader.port.unplug()
    kiosk.looks()
    assert "Pembaca sedang tidak bisa. Ketik kodenya." in kiosk.visitor.get(HOLD).text
    with kiosk.place.office.store.read() as tx:
        assert jobs.held(tx) == []


def test_without_a_reader_the_code_is_asked_for_at_once(kiosk: Kiosk) -> None:
    kiosk.place.devices.clear()
    page = kiosk.visitor.get("/status").text
    assert 'data-act="look_up"' in page
    assert "hold_slip" not in page


def test_who_comes_next_joins_the_look_and_who_left_it_never_sees_it(kiosk: Kiosk) -> None:
    post(kiosk.visitor, "/status", HOLD)
    first = _key(kiosk)
    post(kiosk.visitor, "/", "/selesai")
    other = kiosk.place.app("resident").test_client()
    post(other, "/status", HOLD)
    with other.session_transaction() as visit:
        assert visit["slip"] == first
    kiosk.looks_while(lambda: kiosk.reader.show(f"SIAGA:{kiosk.code}"))
    assert other.get(HOLD).headers["Location"] == "/status/berkas"
    assert kiosk.visitor.get(HOLD).headers["Location"] == "/status"


def test_after_a_restart_nobody_stands_there_any_more(kiosk: Kiosk) -> None:
    with kiosk.place.office.store.write() as tx:
        jobs.put(tx, "code_reader", "read-slip", "read-slip:old")
    aged = replace(kiosk.machines, clock=lambda: utc_millis() + 60_000)
    assert work_one(
        kiosk.place.office.store, "code_reader", "code_reader", {"read-slip": lambda job: slip.read_slip(aged, job)}
    )
    with kiosk.place.office.store.read() as tx:
        job = jobs.by_key(tx, "read-slip:old")
    assert job is not None
    assert (job.state, job.payload) == ("done", {"code": "", "why": ""})


def test_codes_cannot_be_guessed_by_holding_up_one_after_the_other(kiosk: Kiosk) -> None:
    answers = []
    for _ in range(11):
        answers.append(post(kiosk.visitor, "/status", HOLD).status_code)
    assert answers == [303] * 10 + [429]
