"""What a look at a print asks of queue and printer: each question once, over one connection to each."""

from __future__ import annotations

import io
import threading
import uuid
from collections.abc import Iterator

import pytest
from cups_relay import CupsRelay, relay_to
from PIL import Image
from print_world import PrintWorld, _print_session, printing

from appliance.clock import Deadline
from appliance.devices import PrintDocument
from appliance.drivers import ipp
from appliance.drivers.picture_pdf import pdf_of
from appliance.drivers.printer import QueuedPrinter, document_printer
from appliance.drivers.wire_log import ALL, Direction

__all__ = ["_print_session", "printing"]
pytestmark = pytest.mark.daemons
OF_JOBS, OF_ITSELF = ipp.GET_JOBS, ipp.GET_PRINTER_ATTRIBUTES


def _sheet() -> PrintDocument:
    out = io.BytesIO()
    Image.new("L", (62, 88), "white").save(out, "PNG", dpi=(7.5, 7.5))
    return PrintDocument(pdf_of(out.getvalue()), "application/pdf", "iso_a4_210x297mm", "sheet")


class Listened:
    """A driver before queue and printer, with what it asks of them and the connections that it makes."""

    def __init__(self, printing: PrintWorld, relay: CupsRelay) -> None:
        self.asked: list[int] = []
        self._printing, self._relay = printing, relay
        self.driver: QueuedPrinter = printing.closed_after(document_printer(relay.uri, self._heard))
        self.forget()

    def _heard(self, direction: Direction, data: bytes, hidden: slice = ALL) -> None:
        if direction == "out" and data.startswith(b"\1\1"):
            self.asked.append(int.from_bytes(data[2:4]))

    def forget(self) -> None:
        """What follows is heard from the start."""
        self.asked.clear()
        self._before = (self._relay.accepted, self._printing.sheets.connections)

    @property
    def connections(self) -> tuple[int, int]:
        """To the queue and to the printer."""
        queue, printer = self._before
        return self._relay.accepted - queue, self._printing.sheets.connections - printer

    @property
    def open_at_queue(self) -> int:
        """Connections to the queue that are not closed yet."""
        return self._relay.accepted - self._relay.ended


@pytest.fixture
def listened(printing: PrintWorld) -> Iterator[Listened]:
    with relay_to(printing.cups.socket_path, "KK") as relay:
        yield Listened(printing, relay)


@pytest.fixture
def key() -> str:
    return f"print-{uuid.uuid4()}"


def test_a_job_that_nobody_knows_takes_four_questions(listened: Listened, key: str) -> None:
    assert listened.driver.job(key) is None
    assert listened.asked == [OF_JOBS, OF_ITSELF, OF_JOBS, OF_JOBS]
    assert listened.connections == (1, 1)


def test_before_a_submission_five_are_asked(printing: PrintWorld, listened: Listened, key: str) -> None:
    printing.sheets.media_empty()
    listened.driver.submit(_sheet(), key)
    assert listened.asked == [OF_JOBS, OF_ITSELF, OF_JOBS, OF_JOBS, OF_ITSELF]
    # One to the queue is libcups'.
    assert listened.connections[0] == 2


def test_a_printed_job_is_settled_by_one_look(listened: Listened, key: str) -> None:
    listened.driver.submit(_sheet(), key)
    listened.driver.settle(key, Deadline.after(20))
    listened.forget()
    assert listened.driver.settle(key, Deadline.after(20)).counter_moved is True
    assert listened.asked == [OF_JOBS, OF_ITSELF, OF_JOBS, OF_JOBS, OF_ITSELF]
    assert listened.connections == (1, 1)


def test_no_connection_to_the_queue_is_held_while_a_printer_is_waited_for(
    printing: PrintWorld, listened: Listened, key: str
) -> None:
    """A cupsd to which somebody is connected writes no job down."""
    printing.sheets.mute()
    look = threading.Thread(target=listened.driver.job, args=(key,))
    look.start()
    try:
        by = Deadline.after(2.5)
        while listened.connections[1] == 0 or listened.open_at_queue:
            assert not by.passed, (listened.connections, listened.open_at_queue)
    finally:
        printing.sheets.clear()
        look.join()
