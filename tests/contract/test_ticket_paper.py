"""A number of the queue and the code of a report on paper: kiosk page, deviced, CUPS and a roll printer."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import zxingcpp

from appliance.casework.slip_code import case_code
from appliance.clock import Deadline
from hw_sim.demo.appliance import Appliance
from hw_sim.demo.browser import Browser
from hw_sim.roll_printer import RollPrinter
from hw_sim.station import Station
from hw_sim.world import World

pytestmark = [pytest.mark.daemons, pytest.mark.timeout(240)]
FINGERS = Path(__file__).parents[2] / "build" / "fingers"


HIMSELF: tuple[tuple[str, dict[str, object]], ...] = (
    ("setuju", {}),
    ("pelapor", {"role": "self"}),
    ("nama", {"reporter": "SUGENG RIYADI", "phone": ""}),
    ("keadaan", {"condition": ["lansia"]}),
    ("tempat", {"legal": "none"}),
    ("kecamatan", {"district": "tidak_tahu"}),
    ("surat", {"papers": []}),
)


@dataclass
class Hall:
    """The waiting hall: a kiosk with its roll printer."""

    appliance: Appliance
    roll: RollPrinter

    def takes(self) -> tuple[str, str]:
        """A resident takes a number: what it is, and what the page says of its paper in the end."""
        browser = Browser(f"http://{self.appliance.addresses['resident']}")
        browser.get("/nomor")
        browser.submit("queue_for", {"service": "lapor"})
        browser.submit("take_number", {"first": "tidak"})
        return _in_the_end(browser, "/nomor/anda", r"data-ticket>(\w+)<")

    def reports(self) -> tuple[str, str]:
        """A resident reports himself: the code, and what the page says of its paper in the end."""
        browser = Browser(f"http://{self.appliance.addresses['resident']}")
        browser.get("/lapor")
        for slug, fields in HIMSELF:
            browser.submit(slug, fields)
        browser.submit("send_report")
        return _in_the_end(browser, "/lapor/bukti", r"data-code>([\w-]+)<")


def _in_the_end(browser: Browser, address: str, pattern: str) -> tuple[str, str]:
    """What this page calls it, and what it says of the paper once that is not printing any more."""
    by = Deadline.after(60)
    while True:
        page = browser.content(address).decode()
        name, paper = re.search(pattern, page), re.search(r'data-paper="(\w+)"', page)
        assert name and paper
        if paper[1] != "printing":
            return name[1], paper[1]
        assert not by.passed
        threading.Event().wait(0.05)


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hall]:
    folder = tmp_path_factory.mktemp("hall")
    with Station(World(speed=0.0), folder / "station", FINGERS) as station:
        appliance = Appliance(folder / "appliance", station.config(), {})
        appliance.start()
        try:
            hall, by = Hall(appliance, station.receipts), Deadline.after(60)
            while hall.takes()[1] == "none":  # the printer has not been asked yet how it is
                assert not by.passed
            yield hall
        finally:
            appliance.stop()


def test_a_number_comes_out_of_the_printer_once_and_goes_on_after_a_power_cut(hall: Hall) -> None:
    before = len(hall.roll.slips)
    number, paper = hall.takes()
    assert paper == "printed"
    assert hall.roll.world.wait_for(lambda _: len(hall.roll.slips) == before + 1, 10)
    assert hall.roll.slips[-1].width == 576
    hall.appliance.kill()
    hall.appliance.start()
    following, _ = hall.takes()
    assert int(following[1:]) == int(number[1:]) + 1


def test_without_paper_the_number_counts_and_no_paper_comes_later(hall: Hall) -> None:
    before = len(hall.roll.slips)
    hall.roll.levers.paper = 0
    number, paper = hall.takes()
    assert paper in {"failed", "none"}, "none, where the watch had seen it before"
    hall.roll.mend()
    by = Deadline.after(60)
    while hall.takes()[1] != "printed":
        assert not by.passed
    assert hall.roll.world.wait_for(lambda _: len(hall.roll.slips) > before, 10)
    assert len(hall.roll.slips) == before + 1
    assert int(hall.takes()[0][1:]) > int(number[1:]) + 1


def test_the_code_of_a_report_comes_out_of_the_printer_and_a_reader_knows_it(hall: Hall) -> None:
    before = len(hall.roll.slips)
    code, paper = hall.reports()
    assert paper == "printed"
    assert hall.roll.world.wait_for(lambda _: len(hall.roll.slips) == before + 1, 10)
    (seen,) = zxingcpp.read_barcodes(hall.roll.slips[-1].convert("RGB"))
    assert case_code(seen.text) == code


def test_without_paper_the_report_counts_and_its_code_is_to_be_written_down(hall: Hall) -> None:
    before = len(hall.roll.slips)
    hall.roll.levers.paper = 0
    code, paper = hall.reports()
    assert paper in {"failed", "none"}, "none, where the watch had seen it before"
    hall.roll.mend()
    browser = Browser(f"http://{hall.appliance.addresses['resident']}")
    browser.get("/status/kode")
    browser.submit("look_up", {"code": code})
    assert 'data-state="DILAPORKAN"' in browser.content("/status/berkas").decode()
    by = Deadline.after(60)
    while hall.reports()[1] != "printed":
        assert not by.passed
    assert hall.roll.world.wait_for(lambda _: len(hall.roll.slips) == before + 1, 10), "and never the one from before"
