"""Receipts through a real cupsd, raw, to a roll printer that reads ESC/POS by itself."""

from __future__ import annotations

import io
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar

import pytest
import segno
import zxingcpp
from escpos.printer import Dummy
from every_device import refusal
from every_printer import STILL_SECONDS, Another, PrinterContract, PrinterHands, new_key, within
from PIL import Image, ImageDraw

from appliance.clock import Deadline
from appliance.devices import DeviceStatus, PrintDocument, Printer, PrintState
from appliance.drivers.printer import QueuedPrinter
from appliance.drivers.receipt_printer import receipt_printer
from appliance.faults import FaultCode
from hw_sim.cupsd import Cupsd
from hw_sim.roll_printer import DOTS, RollPrinter
from hw_sim.world import World

pytestmark = pytest.mark.daemons
TEXT = "SG-4K7M-27 SPECIMEN"


def _receipt(width: int, text: str = TEXT) -> bytes:
    code = io.BytesIO()
    segno.make(text, error="m", micro=False).save(code, kind="png", scale=6)
    picture = Image.new("L", (width, 420), 255)
    draw = ImageDraw.Draw(picture)
    draw.text((10, 10), "TANDA TERIMA", fill=0, font_size=36)
    draw.rectangle((0, 0, width - 1, 419), outline=0)
    picture.paste(Image.open(code).convert("L"), (40, 80))
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


WIDE = PrintDocument(_receipt(576), "image/png", "custom_receipt_80x200mm", "receipt")
NARROW = PrintDocument(_receipt(381), "image/png", "custom_receipt_58x200mm", "receipt")


@dataclass
class Counter:
    """A roll printer of each width behind a real cupsd, and the drivers made for a test."""

    wide: RollPrinter
    narrow: RollPrinter
    cups: Cupsd
    drivers: list[QueuedPrinter] = field(default_factory=list)

    def driver(self, uri: str = "") -> QueuedPrinter:
        """A fresh driver, as after a restart."""
        self.drivers.append(receipt_printer(uri or self.cups.receipt_printer_uri))
        return self.drivers[-1]


@pytest.fixture(scope="module")
def _counter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counter]:
    with ExitStack() as stack:
        rolls = RollPrinter(World(speed=0), 80), RollPrinter(World(speed=0), 58)
        for roll in rolls:
            roll.start()
            stack.callback(roll.stop)
        queues = {"STRUK": rolls[0].uri, "STRUK58": rolls[1].uri}
        cups = Cupsd(tmp_path_factory.mktemp("cups"), queues)
        stack.callback(cups.stop)
        cups.start()
        yield Counter(*rolls, cups)


@pytest.fixture
def counter(_counter: Counter) -> Iterator[Counter]:
    yield _counter
    while _counter.drivers:
        _counter.drivers.pop().close()
    for roll in (_counter.wide, _counter.narrow):
        roll.start()
        roll.mend()
    _counter.cups.run("cancel", "-a", "STRUK", "STRUK58")
    _counter.cups.run("cupsenable", "STRUK", "STRUK58")


class BeforeTheRoll:
    """Hands and eyes at the simulated roll printer; a slip bears no job's name, so all slips are counted."""

    def __init__(self, roll: RollPrinter) -> None:
        self.roll, self.plug, self.unplug = roll, roll.start, roll.stop
        self.begun = len(roll.slips)
        self.expected: dict[str, int] = {}

    def load(self) -> None:
        """The roll is long."""

    def stand_still(self) -> None:
        """The mechanics stop."""
        self.roll.levers.stalled = True

    def mend(self) -> None:
        """Put it right, slower than CUPS hangs up on what was purged: what the printer holds would else come out."""
        if self.roll.levers.stalled:
            assert self.roll.sender_gone(5)
        self.roll.mend()

    def saw(self, key: str, times: int) -> None:
        """All that came out since the test began is what its jobs should have made."""
        self.expected[key] = times
        wanted = self.begun + sum(self.expected.values())
        assert self.roll.world.wait_for(lambda _: len(self.roll.slips) >= wanted, 5)
        assert len(self.roll.slips) == wanted


@pytest.fixture
def another(counter: Counter) -> Another:
    return counter.driver


@pytest.fixture
def device(another: Another) -> Printer:
    device = another()
    device.open()
    return device


@pytest.fixture
def hands(counter: Counter) -> BeforeTheRoll:
    return BeforeTheRoll(counter.wide)


class TestReceiptPrinter(PrinterContract):
    """What holds for every printer, as far as a printer that counts nothing can hold it."""

    kind = "receipt_printer"
    schemes = ("ipp",)
    document = WIDE
    beyond: ClassVar[dict[str, Any]] = {
        "media": "custom_receipt_58x200mm",
        "sides": "two-sided-long-edge",
        "color": "color",
        "resolution": 600,
        "copies": 10,
        "format": "application/pdf",
        "data": _receipt(577),
    }

    def test_a_printer_that_stands_still_runs_into_the_deadline_and_is_purged(
        self, device: Printer, hands: PrinterHands
    ) -> None:
        """The wire's own buffers may take a whole slip: the queue then says sent, and a person must look."""
        key = new_key()
        hands.stand_still()
        device.submit(self.document, key)
        told = refusal(device.settle, key, within(STILL_SECONDS))
        assert told in {FaultCode.PRINTER_TIMEOUT, FaultCode.PRINTER_UNSETTLED}, "never taken for printed"
        device.purge(key)
        hands.mend()
        self.prints(device, hands)
        hands.saw(key, 0)
        job = device.job(key)
        sent = told is FaultCode.PRINTER_UNSETTLED
        assert job is not None and job.state is (PrintState.COMPLETED if sent else PrintState.CANCELED)
        assert job.counter_moved is not True

    def finish(self, device: Printer, key: str) -> None:
        """Sent is all that is known: a person must look."""
        assert refusal(device.settle, key, within()) is FaultCode.PRINTER_UNSETTLED
        job = device.job(key)
        assert job is not None and (job.state, job.counter_moved) == (PrintState.COMPLETED, None)


def told(driver: QueuedPrinter, level: str) -> DeviceStatus:
    """What the printer says; it is asked for a second at most, so on a busy machine an answer may be missed."""
    by = Deadline.after(10)
    while (status := driver.status()).level != level and by.remaining() > 0:
        pass
    return status


TROUBLES = {
    "cover_open": (True, FaultCode.PRINTER_COVER_OPEN),
    "paper": (0, FaultCode.PRINTER_MEDIA_EMPTY),
    "offline": (True, FaultCode.PRINTER_OFFLINE),
    "cutter_stuck": (True, FaultCode.PRINTER_FAILURE),
    "broken": (True, FaultCode.PRINTER_FAILURE),
    "hot": (True, FaultCode.PRINTER_TEMPERATURE),
}


@pytest.mark.parametrize("lever", TROUBLES)
def test_trouble_is_named_and_nothing_is_queued_into_it(counter: Counter, lever: str) -> None:
    driver, key, (value, code) = counter.driver(), new_key(), TROUBLES[lever]
    setattr(counter.wide.levers, lever, value)
    status = told(driver, "down")
    assert (status.level, status.reasons) == ("down", (code.value,))
    assert refusal(driver.submit, WIDE, key) is code
    assert driver.job(key) is None
    counter.wide.mend()
    assert told(driver, "ok").level == "ok"
    driver.submit(WIDE, key)


def test_paper_that_nears_its_end_is_told_and_printing_goes_on(counter: Counter) -> None:
    driver, key, slips = counter.driver(), new_key(), len(counter.wide.slips)
    counter.wide.levers.near_end = True
    status = driver.status()
    assert (status.level, status.reasons) == ("limited", (FaultCode.PRINTER_MEDIA_LOW.value,))
    driver.submit(WIDE, key)
    assert refusal(driver.settle, key, within()) is FaultCode.PRINTER_UNSETTLED
    assert counter.wide.world.wait_for(lambda _: len(counter.wide.slips) == slips + 1, 5)


def test_a_printer_that_tells_no_state_is_limited_and_prints(counter: Counter) -> None:
    counter.wide.levers.mute = True
    status = counter.driver().status()
    assert (status.level, status.reasons) == ("limited", (FaultCode.PRINTER_OTHER.value,))


@pytest.mark.parametrize("width", [80, 58])
def test_a_receipt_comes_out_dot_for_dot_and_its_code_can_be_read(counter: Counter, width: int) -> None:
    roll, queue, document = {80: (counter.wide, "STRUK", WIDE), 58: (counter.narrow, "STRUK58", NARROW)}[width]
    driver, key, slips = counter.driver(f"{counter.cups.queue_uri(queue)}?paper={width}"), new_key(), len(roll.slips)
    driver.submit(document, key)
    assert refusal(driver.settle, key, within()) is FaultCode.PRINTER_UNSETTLED
    assert roll.world.wait_for(lambda _: len(roll.slips) == slips + 1, 5)
    meant = Image.open(io.BytesIO(document.data)).point(lambda grey: 255 * (grey > 127))
    assert roll.slips[-1].crop((0, 0, *meant.size)).tobytes() == meant.tobytes()
    assert roll.slips[-1].size == (DOTS[width], 420) and roll.rubbish == 0
    assert zxingcpp.read_barcodes(roll.slips[-1].convert("RGB"))[0].text == TEXT


def test_copies_are_slips(counter: Counter) -> None:
    driver, key, slips = counter.driver(), new_key(), len(counter.wide.slips)
    driver.submit(replace(WIDE, copies=3), key)
    assert refusal(driver.settle, key, within()) is FaultCode.PRINTER_UNSETTLED
    assert counter.wide.world.wait_for(lambda _: len(counter.wide.slips) == slips + 3, 5)


def test_a_stopped_queue_takes_nothing(counter: Counter) -> None:
    driver, key = counter.driver(), new_key()
    counter.cups.run("cupsdisable", "STRUK")
    assert refusal(driver.submit, WIDE, key) is FaultCode.PRINTER_STOPPED
    assert refusal(driver.counter) is FaultCode.PRINTER_OTHER


@pytest.mark.parametrize("native", [True, False])
def test_the_simulated_printer_reads_another_program_s_receipt(counter: Counter, native: bool) -> None:
    theirs = Dummy(profile="TM-T88III" if not native else "default")
    theirs.set(align="center", bold=True)
    theirs.text("TANDA TERIMA\n")
    theirs.image(Image.open(io.BytesIO(_receipt(384, "raster 99"))))
    theirs.set(align="left")
    theirs.qr("native 99", native=native, size=6)
    theirs.cut()
    slips = len(counter.wide.slips)
    with socket.create_connection(("127.0.0.1", counter.wide.port)) as wire:
        wire.sendall(theirs.output)
    assert counter.wide.world.wait_for(lambda _: len(counter.wide.slips) == slips + 1, 5)
    found = {code.text for code in zxingcpp.read_barcodes(counter.wide.slips[-1].convert("RGB"))}
    assert found == {"raster 99", "native 99"} and counter.wide.rubbish == 0


@pytest.mark.parametrize("paper", ["57", "x", "080"])
def test_a_paper_that_is_not_made_is_refused(paper: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="58 or 80"):
        receipt_printer(f"ipp://localhost/printers/STRUK?paper={paper}")
