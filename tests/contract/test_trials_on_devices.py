"""Every kind of device tried from the technician's page: the whole appliance, real daemons, simulated devices."""

from __future__ import annotations

import io
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image

from appliance.clock import Deadline, utc_millis
from appliance.diagnostics import history
from appliance.diagnostics.history import Past
from appliance.diagnostics.rest import TOO_LONG_MS, Rest
from appliance.issuance.trial_acts import EXCHANGES
from hw_sim.demo.appliance import Appliance
from hw_sim.demo.browser import Browser, PageRefused
from hw_sim.people import Person
from hw_sim.station import Station
from hw_sim.world import When, World

pytestmark = [pytest.mark.daemons, pytest.mark.timeout(240)]
FINGERS = Path(__file__).parents[2] / "build" / "fingers"
PERSON = Person("Uji Coba", 9001)
PIN = "314159"


@dataclass
class Bench:
    """A technician before a running appliance with its station."""

    station: Station
    appliance: Appliance
    browser: Browser

    def page(self, device: str) -> tuple[str, str]:
        """How the trial stands, and the page's text."""
        page = self.browser.content(f"/teknisi/coba/{device}").decode()
        found = re.search(r'data-part="trial"[^>]* data-state="([a-z]+)"', page)
        assert found
        return found[1], page

    def until(self, device: str, *states: str) -> str:
        """The page as soon as the trial stands so."""
        by = Deadline.after(60)
        while True:
            state, page = self.page(device)
            if state in states:
                return page
            assert not by.passed, (device, state)
            threading.Event().wait(0.05)

    def begin(self, device: str, **values: str) -> None:
        self.browser.get(f"/teknisi/coba/{device}")
        self.browser.submit("begin_trial", values)

    def picture(self, device: str) -> Image.Image:
        return Image.open(io.BytesIO(self.browser.content(f"/teknisi/coba/{device}/gambar")))


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    folder = tmp_path_factory.mktemp("bench")
    world = World(speed=0.0)
    world.people |= {"at_scanner": PERSON, "at_camera": PERSON, "at_pad": PERSON}
    with Station(world, folder / "station", FINGERS) as station:
        appliance = Appliance(folder / "appliance", station.config(), {})
        appliance.run("account", "set", "teknisi", "teknisi", "Teknisi", stdin=PIN + "\n")
        rest = Rest(str(station.document_printer.counter), utc_millis() - TOO_LONG_MS - 1)
        run = folder / "appliance" / "data" / "run"
        run.mkdir(parents=True, exist_ok=True)
        history.write(run / history.FILE, {"document_printer": Past(rest=rest)})
        appliance.start()
        try:
            browser = Browser(f"http://{appliance.addresses['technician']}", ("teknisi", PIN))
            browser.get("/teknisi/")
            yield Bench(station, appliance, browser)
        finally:
            appliance.stop()


@pytest.mark.parametrize(("device", "wide"), [("fingerprint_scanner", 300), ("camera", 960), ("signature_pad", 300)])
def test_what_is_taken_is_shown_and_then_gone(bench: Bench, device: str, wide: int) -> None:
    bench.begin(device)
    page = bench.until(device, "done", "asked", "failed")
    if device == "fingerprint_scanner":
        assert 'data-outcome="done"' in page, page
    else:
        assert 'data-outcome="asked"' in page and page.count('class="answer"') == 2, page
        bench.browser.get(f"/teknisi/coba/{device}")
        bench.browser.submit("answer_trial", {"answer": "good"})
        bench.until(device, "done")
    with bench.picture(device) as picture:
        assert picture.width >= wide
    bench.browser.get(f"/teknisi/coba/{device}")
    bench.browser.submit("erase_trial")
    assert "sudah dihapus" in bench.page(device)[1]
    with pytest.raises(PageRefused):
        bench.picture(device)


def test_a_camera_that_sees_nothing_is_no_success(bench: Bench) -> None:
    person = bench.station.world.people.pop("at_camera")
    bench.begin("camera")
    page = bench.until("camera", "done", "asked", "failed")
    bench.station.world.people["at_camera"] = person
    assert 'data-outcome="failed"' in page and "kabur atau kosong" in page
    with bench.picture("camera") as picture:
        assert picture.width >= 960


def test_a_card_answers_and_the_keys_are_there(bench: Bench) -> None:
    encoder = bench.station.cards.encoder
    card = bench.station.cards.blank()
    written = card.pages_written
    encoder.insert(card)
    bench.begin("chip_encoder")
    page = bench.until("chip_encoder", "done", "failed")
    encoder.remove()
    encoder.wait_until_noticed()
    assert re.search(r"<dd>3B [0-9A-F ]+</dd>", page) and "Modul kunci</dt><dd>siap" in page
    assert card.pages_written == written, "a trial writes nothing"
    assert page.count('<rect class="ok"') == EXCHANGES, "how long each command took is seen"
    bench.begin("chip_encoder")
    page = bench.until("chip_encoder", "done", "failed")
    assert "chip_encoder.card_absent" in page


def test_a_printer_that_stood_still_for_a_week_is_told_and_a_test_page_helps(bench: Bench) -> None:
    def rests() -> bool:
        page = bench.browser.content("/teknisi/alat/document_printer").decode()
        return "<small>printer.rested</small></p>" in page  # what it is now, not what the last day was

    by = Deadline.after(60)
    while not rests():
        assert not by.passed
        threading.Event().wait(0.05)
    bench.begin("document_printer")
    bench.until("document_printer", "asked")
    bench.browser.get("/teknisi/coba/document_printer")
    bench.browser.submit("answer_trial", {"answer": "good"})
    by = Deadline.after(60)
    while rests():
        assert not by.passed
        threading.Event().wait(0.05)


@pytest.mark.parametrize("device", ["document_printer", "card_printer", "receipt_printer"])
def test_a_test_page_comes_out_and_is_asked_about(bench: Bench, device: str) -> None:
    values = {}
    if device == "card_printer":
        with pytest.raises(PageRefused, match="kartu uji"):
            bench.begin(device)
        bench.station.card_printer.load("a white card")
        values = {"test_card": "1"}
    bench.begin(device, **values)
    page = bench.until(device, "asked", "done", "failed")
    assert 'data-outcome="asked"' in page, page
    bench.browser.get(f"/teknisi/coba/{device}")
    bench.browser.submit("answer_trial", {"answer": "good"})
    assert bench.page(device)[0] == "done"


def test_a_jam_is_told_in_words_and_the_page_does_not_come_later(bench: Bench) -> None:
    printer = bench.station.document_printer
    printed = len(printer.outputs)
    printer.jam()
    bench.begin("document_printer")
    page = bench.until("document_printer", "failed")
    assert "printer.media-jam" in page
    printer.clear()
    bench.begin("document_printer")
    bench.until("document_printer", "asked")
    assert len(printer.outputs) == printed + 1, "only the second"


def test_reader_light_and_keys(bench: Bench) -> None:
    bench.begin("barcode_reader")
    bench.until("barcode_reader", "running")
    by = Deadline.after(20)
    while bench.page("barcode_reader")[0] == "running" and not by.passed:
        bench.station.reader.show("]Q1SG-TEST-01")
        threading.Event().wait(0.1)
    page = bench.until("barcode_reader", "done")
    assert "<dd>13</dd>" in page and "<dd>QR</dd>" in page and "SG-TEST" not in page
    bench.begin("signal_light")
    bench.until("signal_light", "asked")
    bench.begin("secure_access_module")
    assert "Keadaan</dt><dd>siap" in bench.until("secure_access_module", "done")


def test_a_trial_that_the_power_ends_is_found_again_and_told(bench: Bench) -> None:
    cut = threading.Event()
    bench.station.world.on(When("printing"), lambda event: cut.set())
    printed = len(bench.station.document_printer.outputs)
    bench.station.document_printer.stall()
    bench.begin("document_printer")
    assert cut.wait(30)
    bench.appliance.kill()
    bench.station.document_printer.clear()
    bench.appliance.restart()
    bench.browser.get("/teknisi/")
    page = bench.until("document_printer", "cut")
    assert "terputus" in page and "Halaman uji</dt>" in page
    assert len(bench.station.document_printer.outputs) <= printed + 1
    bench.begin("document_printer")
    bench.until("document_printer", "asked")


def test_the_last_day_of_each_device_is_on_its_page(bench: Bench) -> None:
    by = Deadline.after(20)
    while "state-bar" not in bench.browser.content("/teknisi/alat/camera").decode():
        assert not by.passed
        threading.Event().wait(0.2)
    page = bench.browser.content("/teknisi/alat/card_printer").decode()
    assert 'data-tier="silver"' in page and "siap" in page
