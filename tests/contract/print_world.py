"""A sheet printer and a card printer behind a real cupsd, started once for the session, mended before each test."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest

from appliance.drivers.printer import QueuedPrinter, card_printer, document_printer
from hw_sim.cupsd import Cupsd
from hw_sim.printer import Printer
from hw_sim.world import When, World


@dataclass
class PrintWorld:
    """Both sides of the wire: machines and CUPS on one, drivers on the other."""

    world: World
    sheets: Printer
    cards: Printer
    cups: Cupsd
    drivers: list[QueuedPrinter] = field(default_factory=list)

    def document_driver(self) -> QueuedPrinter:
        """A fresh driver for sheets, as after a restart."""
        return self.closed_after(document_printer(self.cups.document_printer_uri))

    def card_driver(self) -> QueuedPrinter:
        """A fresh driver for cards, as after a restart."""
        return self.closed_after(card_printer(self.cups.card_printer_uri))

    def closed_after(self, driver: QueuedPrinter) -> QueuedPrinter:
        """The driver itself, which the test need not close."""
        self.drivers.append(driver)
        return driver


class PrinterInTheWorld:
    """The hands of `every_printer` at a simulated printer."""

    def __init__(self, printer: Printer) -> None:
        self.printer = printer
        self.unplug, self.plug = printer.stop, printer.start
        self.mend, self.stand_still, self.abort = printer.clear, printer.stall, printer.abort_job
        self.media_empty, self.ribbon_empty = printer.media_empty, printer.ribbon_empty
        self.open_cover, self.open_door = printer.open_cover, printer.open_door
        self.go_offline, self.supply_low = printer.go_offline, printer.supply_low
        self.ribbon_missing = partial(printer.says, "marker-print-ribbon-missing-error")
        self.output_full = partial(printer.says, "output-area-full-error")
        self.waste_full = partial(printer.says, "marker-waste-full-error")
        self.overheat = partial(printer.says, "fuser-over-temp-error")
        self.motor_fails = partial(printer.says, "motor-failure-error")
        self.media_low = partial(printer.says, "media-low-warning")
        self.part_worn = partial(printer.says, "opc-near-eol-warning")

    def load(self) -> None:
        """A card into the card printer; sheets lie in their tray."""
        if self.printer.kind == "card":
            self.printer.load(object())

    def jam(self) -> None:
        """The next medium in motion jams."""
        self.printer.world.on(When("printing", {"printer": self.printer.kind}), lambda _: self.printer.jam())

    def saw(self, key: str, times: int) -> None:
        """The media that came out under this name."""
        assert sum(len(output.media) for output in self.printer.outputs if output.name == key) == times


@pytest.fixture(scope="session")
def _print_session() -> Iterator[PrintWorld]:
    world = World(speed=0.0)
    with tempfile.TemporaryDirectory(prefix="cups-") as directory:
        sheets, cards = Printer(world, "sheet"), Printer(world, "card")
        sheets.start()
        cards.start()
        queues = {"KTP": cards.uri, "KK": sheets.uri}
        cups = Cupsd(Path(directory) / "cups", queues, lambda _: cards.speak_apple_raster())
        try:
            cups.start()
            yield PrintWorld(world, sheets, cards, cups)
        finally:
            cups.stop()
            cards.stop()
            sheets.stop()


@pytest.fixture
def printing(_print_session: PrintWorld) -> Iterator[PrintWorld]:
    """The session's printers, in order and empty-handed."""
    yield _print_session
    while _print_session.drivers:
        _print_session.drivers.pop().close()
    for printer in (_print_session.sheets, _print_session.cards):
        printer.eject()
        printer.start()
        printer.clear()
        printer.cancel_all()
    _print_session.cups.run("cancel", "-a", "KK", "KTP")
    _print_session.cups.run("cupsenable", "KK", "KTP")
