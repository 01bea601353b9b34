"""Print submission against a raw IPP submission of the same sheet to the same queue of a real cupsd."""

from __future__ import annotations

import http.client
import itertools
import socket
import struct
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import unquote, urlsplit

from rows import Row, in_turn, seconds

from appliance.devices import PrintDocument
from appliance.drivers.printer import QueuedPrinter, document_printer
from hw_sim.cupsd import Cupsd
from hw_sim.printer import Printer
from hw_sim.world import World

ROUNDS = 9
LIMIT = 1.3
PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)
SHEET = PrintDocument(PDF, "application/pdf", "iso_a4_210x297mm", "bench")
_numbers = itertools.count(1)


def rows() -> Iterator[Row]:
    """From the call to the sheet in the tray, which the limit is for, and from the call to the accepted job.

    Before it submits, the driver asks queue and printer whether the sheet is already theirs; the floor does not.
    """
    world = World(speed=0.0)
    with TemporaryDirectory(prefix="siaga-bench-") as directory:
        printer = Printer(world, "sheet")
        printer.start()
        cups = Cupsd(Path(directory) / "cups", {"KK": printer.uri})
        cups.start()
        driver = document_printer(cups.document_printer_uri)
        raw = RawQueue(cups.document_printer_uri)
        try:
            driver.submit(SHEET, f"warm-{next(_numbers)}")
            printed = in_turn(
                lambda: _rested(_ours(driver, world))[1], lambda: _rested(_floor(raw, world))[1], ROUNDS
            )
            accepted = in_turn(
                lambda: _rested(_ours(driver, world))[0], lambda: _rested(_floor(raw, world))[0], ROUNDS
            )
        finally:
            driver.close()
            cups.stop()
            printer.stop()
    yield Row("print: one sheet, from submit to the tray", printed[0] * 1000, printed[1] * 1000, "ms", LIMIT)
    yield Row("print: one sheet, from submit to accepted", accepted[0] * 1000, accepted[1] * 1000, "ms")


REST_SECONDS = 0.4
"""After a sheet cupsd still ends its filters and writes the job down, and answers nobody meanwhile."""


def _until_printed(world: World, before: int) -> None:
    assert world.wait_for(lambda now: now.count("printed") > before, 60)


def _rested(figures: tuple[float, float]) -> tuple[float, float]:
    time.sleep(REST_SECONDS)
    return figures


def _ours(driver: QueuedPrinter, world: World) -> tuple[float, float]:
    before, began = world.count("printed"), time.perf_counter()
    accepted = seconds(lambda: driver.submit(SHEET, f"ours-{next(_numbers)}"))
    _until_printed(world, before)
    return accepted, time.perf_counter() - began


def _floor(raw: RawQueue, world: World) -> tuple[float, float]:
    before, began = world.count("printed"), time.perf_counter()
    accepted = seconds(raw.submit)
    _until_printed(world, before)
    return accepted, time.perf_counter() - began


class RawQueue:
    """Create-Job and Send-Document (RFC 8011 §4.2.4, §4.3.1) over one connection, as programs of CUPS do it."""

    def __init__(self, uri: str, media: str = "iso_a4_210x297mm", data: bytes = PDF) -> None:
        parts = urlsplit(uri)
        self._socket_path, self._path = unquote(parts.netloc), parts.path
        self._media, self._data = media.encode(), data

    def submit(self) -> None:
        """Queue the document once more."""
        link = http.client.HTTPConnection("localhost")
        link.sock = socket.socket(socket.AF_UNIX)
        link.sock.connect(self._socket_path)
        media = _attribute(0x44, "media", self._media)
        answer = self._ask(link, 5, b"", b"\x02" + media)
        job = answer[answer.index(b"job-id") + 8 :][:4]
        document = _attribute(0x49, "document-format", b"application/pdf") + _attribute(0x22, "last-document", b"\1")
        self._ask(link, 6, _attribute(0x21, "job-id", job) + USER + document, b"", self._data)
        link.close()

    def _ask(
        self, link: http.client.HTTPConnection, operation: int, fields: bytes, job: bytes, data: bytes = b""
    ) -> bytes:
        body = struct.pack(">BBHIB", 1, 1, operation, next(_numbers), 1)
        body += _attribute(0x47, "attributes-charset", b"utf-8")
        body += _attribute(0x48, "attributes-natural-language", b"en")
        body += _attribute(0x45, "printer-uri", f"ipp://localhost{self._path}".encode())
        body += (fields or USER) + job + b"\x03" + data
        link.request("POST", self._path, body, {"Content-Type": "application/ipp", "Host": "localhost"})
        answer = link.getresponse().read()
        assert answer[2:4] == b"\0\0", answer[2:4].hex()
        return answer


def _attribute(tag: int, name: str, value: bytes) -> bytes:
    return struct.pack(">BH", tag, len(name)) + name.encode() + struct.pack(">H", len(value)) + value


USER = _attribute(0x42, "requesting-user-name", b"siaga")
