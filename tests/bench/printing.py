"""Print submission against raw IPP submissions of the same sheet to the same queue of a real cupsd."""

from __future__ import annotations

import http.client
import io
import itertools
import socket
import struct
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal
from urllib.parse import unquote, urlsplit

from counting_relay import CountingRelay
from PIL import Image
from rows import Row, seconds

from appliance.devices import PrintDocument
from appliance.drivers import escpos
from appliance.drivers.printer import QueuedPrinter, card_printer, document_printer
from appliance.drivers.receipt_printer import receipt_printer
from appliance.drivers.wire_log import ALL
from hw_sim.cupsd import Cupsd
from hw_sim.printer import Printer
from hw_sim.roll_printer import RollPrinter
from hw_sim.world import World

ROUNDS = 25
LIMIT = 1.3
PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)
SHEET = PrintDocument(PDF, "application/pdf", "iso_a4_210x297mm", "bench")
FACE = PrintDocument(PDF.replace(b"595 842", b"244 153"), "application/pdf", "om_id-1_54x86mm", "bench")
SLIP_DOTS = (576, 420)
_numbers = itertools.count(1)


def _slip() -> PrintDocument:
    picture, out = Image.new("L", SLIP_DOTS, 255), io.BytesIO()
    picture.paste(0, (40, 40, 400, 200))
    picture.save(out, "PNG")
    return PrintDocument(out.getvalue(), "image/png", "custom_receipt_80x200mm", "bench")


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of printer: its queue, its driver, what is printed and as what that goes out, what then happens."""

    medium: Literal["sheet", "card", "slip"]
    queue: str
    driver: Callable[..., QueuedPrinter]
    document: PrintDocument
    data: bytes
    format: str = "application/pdf"
    event: str = "printed"


_RECEIPT = _slip()
KINDS = (
    Kind("sheet", "KK", document_printer, SHEET, SHEET.data),
    Kind("card", "KTP", card_printer, FACE, FACE.data),
    Kind("slip", "STRUK", receipt_printer, _RECEIPT, escpos.slip(_RECEIPT, 80), "application/vnd.cups-raw", "slip"),
)
Took = tuple[float, float]
"""Seconds to the accepted job, and to the sheet in the tray."""


class Desk:
    """One simulated printer behind a real cupsd, and hands that give it what it prints on."""

    def __init__(self, kind: Kind) -> None:
        self.kind, self.world = kind, World(speed=0.0)
        self.roll = RollPrinter(self.world) if kind.medium == "slip" else None
        self.printer = None if kind.medium == "slip" else Printer(self.world, kind.medium)

    def machine(self) -> Printer | RollPrinter:
        """Either."""
        found = self.printer or self.roll
        assert found is not None
        return found

    def printed(self, act: Callable[[], object]) -> Took:
        """Do it with something to print on, wait until it lies there, and let cupsd come to rest."""
        if self.printer is not None and self.kind.medium == "card":
            self.printer.load(object())
        if self.roll is not None:
            self.roll.mend()
        event = self.kind.event
        before, began = self.world.count(event), time.perf_counter()
        accepted = seconds(act)
        assert self.world.wait_for(lambda now: now.count(event) > before, 60)
        tray = time.perf_counter() - began
        time.sleep(REST_SECONDS)
        return accepted, tray


def rows() -> Iterator[Row]:
    """From the call to what lies in the tray and to the accepted job, against two floors of the same run.

    *Job alone* is what any program does that prints. *Asked and job* asks first what keeps a sheet from coming out
    twice, and from being asked of a printer that cannot make it: the driver's own questions, ready-made.
    """
    for kind in KINDS:
        yield from _of(Desk(kind))


def _of(desk: Desk) -> Iterator[Row]:
    kind = desk.kind
    with TemporaryDirectory(prefix="siaga-bench-") as directory:
        desk.machine().start()
        cups = Cupsd(Path(directory) / "cups", {kind.queue: desk.machine().uri})
        cups.start()
        uri = cups.queue_uri(kind.queue)
        relay = CountingRelay(Path(directory), unquote(urlsplit(uri).netloc))
        driver, watched = kind.driver(uri), kind.driver(relay.uri(kind.queue))

        def submit(one: QueuedPrinter) -> None:
            one.submit(kind.document, f"bench-{next(_numbers)}")

        def raw(uri: str, questions: Sequence[bytes] = ()) -> RawQueue:
            return RawQueue(uri, kind.document.media, kind.data, questions, desk.printer, kind.format)

        try:
            heard: list[bytes] = []
            desk.printed(lambda: heard.extend(_questions(kind, uri)))
            desk.printed(lambda: submit(driver))
            acts = (lambda: submit(driver), raw(uri).submit, raw(uri, heard).submit)
            found = _in_turn(desk, acts, ROUNDS)
            desk.printed(lambda: submit(watched))  # what it asks once only
            sent = _bytes(relay, lambda: desk.printed(lambda: submit(watched)))
            needed = _bytes(relay, lambda: desk.printed(raw(relay.uri(kind.queue)).submit))
        finally:
            driver.close()
            watched.close()
            relay.close()
            cups.stop()
            desk.machine().stop()
    for floor, name, limit in ((1, "job alone", None), (2, "asked and job", LIMIT)):
        for which, what in ((0, "accepted"), (1, "in the tray")):
            ours, theirs = _median([(one[0][which], one[floor][which]) for one in found])
            kept = LIMIT if which else limit
            yield Row(f"print: one {kind.medium} {what}, floor: {name}", ours * 1000, theirs * 1000, "ms", kept)
    size = len(kind.data)
    yield Row(f"print: bytes to and from CUPS beside one {kind.medium}'s document", sent - size, needed - size, "B")


def _bytes(relay: CountingRelay, act: Callable[[], object]) -> int:
    before = relay.count
    act()
    return relay.count - before


REST_SECONDS = 0.4
"""After a sheet cupsd still ends its filters and writes the job down, and answers nobody meanwhile."""


def _in_turn(desk: Desk, acts: Sequence[Callable[[], object]], rounds: int) -> list[list[Took]]:
    """What each act took in each round, the first round (a warm-up) thrown away; who begins changes."""
    found = []
    for number in range(rounds + 1):
        took: dict[int, Took] = {}
        for step in range(len(acts)):
            which = (number + step) % len(acts)
            took[which] = desk.printed(acts[which])
        found.append([took[which] for which in range(len(acts))])
    return found[1:]


def _median(pairs: list[tuple[float, float]]) -> tuple[float, float]:
    return sorted(pairs, key=lambda pair: pair[0] / pair[1])[len(pairs) // 2]


class RawQueue:
    """Create-Job and Send-Document (RFC 8011 §4.2.4, §4.3.1) over one connection, as programs of CUPS do it.

    `questions` are requests to the queue and to the printer behind it, asked before over one connection to each.
    """

    def __init__(
        self,
        uri: str,
        media: str = "iso_a4_210x297mm",
        data: bytes = PDF,
        questions: Sequence[bytes] = (),
        printer: Printer | None = None,
        format: str = "application/pdf",
    ) -> None:
        parts = urlsplit(uri)
        self._socket_path, self._path = unquote(parts.netloc), parts.path
        self._media, self._data, self._format = media.encode(), data, format.encode()
        self._at_queue = [body for body in questions if self._path.encode() in body]
        self._at_printer = [body for body in questions if body not in self._at_queue]
        self._printer_port = printer.port if printer else 0
        self._next = 1

    def submit(self) -> None:
        """Queue the document once more."""
        if self._at_queue:
            link = self._link()
            for body in self._at_queue:
                # The driver asks for the jobs that are new to it.
                before, found, after = body.partition(b"first-job-id\0\4")
                self._post(link, self._path, before + found + struct.pack(">i", self._next) + after[4:])
            link.close()
        if self._at_printer:
            link = http.client.HTTPConnection("127.0.0.1", self._printer_port)
            for body in self._at_printer:
                self._post(link, "/ipp/print", body)
            link.close()
        link = self._link()
        media = _attribute(0x44, "media", self._media)
        answer = self._ask(link, 5, b"", b"\x02" + media)
        job = answer[answer.index(b"job-id") + 8 :][:4]
        self._next = int.from_bytes(job, "big") + 1
        document = _attribute(0x49, "document-format", self._format) + _attribute(0x22, "last-document", b"\1")
        self._ask(link, 6, _attribute(0x21, "job-id", job) + USER + document, b"", self._data)
        link.close()

    def _link(self) -> http.client.HTTPConnection:
        link = http.client.HTTPConnection("localhost")
        link.sock = socket.socket(socket.AF_UNIX)
        link.sock.connect(self._socket_path)
        return link

    def _ask(
        self, link: http.client.HTTPConnection, operation: int, fields: bytes, job: bytes, data: bytes = b""
    ) -> bytes:
        body = struct.pack(">BBHIB", 1, 1, operation, next(_numbers), 1)
        body += _attribute(0x47, "attributes-charset", b"utf-8")
        body += _attribute(0x48, "attributes-natural-language", b"en")
        body += _attribute(0x45, "printer-uri", f"ipp://localhost{self._path}".encode())
        return self._post(link, self._path, body + (fields or USER) + job + b"\x03" + data)

    def _post(self, link: http.client.HTTPConnection, path: str, body: bytes) -> bytes:
        link.request("POST", path, body, {"Content-Type": "application/ipp", "Host": "localhost"})
        answer = link.getresponse().read()
        assert answer[2:4] == b"\0\0", answer[2:4].hex()
        return answer


def _questions(kind: Kind, uri: str) -> list[bytes]:
    """What the driver asks before it submits, word for word."""
    heard: list[bytes] = []

    def tap(direction: str, data: bytes, _: slice = ALL) -> None:
        if direction == "out" and data[:3] == b"\1\1\0":
            heard.append(data)

    driver = kind.driver(uri, tap)
    driver.submit(kind.document, f"heard-{next(_numbers)}")
    driver.close()
    return heard


def _attribute(tag: int, name: str, value: bytes) -> bytes:
    return struct.pack(">BH", tag, len(name)) + name.encode() + struct.pack(">H", len(value)) + value


USER = _attribute(0x42, "requesting-user-name", b"siaga")
