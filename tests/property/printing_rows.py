"""Parsers of what queues, printers and the children that speak to them say: one row each."""

from __future__ import annotations

import json
import struct

from property.answering import Replies, answered, folder, http, spoken, web
from property.hostile import Row

from appliance.clock import Deadline
from appliance.devices import PrintDocument
from appliance.drivers import ipp, print_evidence, printer_abilities, printer_reasons, printer_status
from appliance.drivers import printer_questions as asked
from appliance.drivers.evolis_printer import EvolisPrinter
from appliance.drivers.framed_child import ChildGone, ChildSilent, read_reply
from appliance.drivers.print_journal import Entry, PrintJournal
from appliance.drivers.transport_cups import Address, ask
from appliance.drivers.transport_cups_changes import CupsChanges
from appliance.drivers.transport_evolis import EvolisLink
from appliance.drivers.transport_roll import roll_address
from appliance.faults import DeviceFault
from hw_sim.ipp import Attribute, Message, Tag, encode, of
from hw_sim.printer import Printer
from hw_sim.printer_ipp import printer_attributes
from hw_sim.world import World

SHEET = PrintDocument(b"", "application/pdf", "iso_a4_210x297mm", "x", sides="two-sided-long-edge", resolution=300)
QUEUE = {
    "device-uri": of(Tag.URI, "ipp://127.0.0.1:8631/ipp/print?waitjob=false"),
    "printer-error-policy": of(Tag.NAME, "abort-job"),
    "printer-is-accepting-jobs": of(Tag.BOOLEAN, True),
    "printer-state": of(Tag.ENUM, 3),
    "printer-state-reasons": of(Tag.KEYWORD, "media-jam-error", "paused", "toner-low"),
}
JOB = {
    "job-id": of(Tag.INTEGER, 7),
    "job-name": of(Tag.NAME, "key"),
    "job-state": of(Tag.ENUM, 9),
    "job-state-reasons": of(Tag.KEYWORD, "job-completed-successfully"),
    "job-impressions-completed": of(Tag.INTEGER, 1),
    "job-billing": of(Tag.NAME, "counter=1000"),
    "job-k-octets": of(Tag.INTEGER, 12),
}


def answers() -> tuple[bytes, ...]:
    """What a queue and a printer of the station answer."""
    said = printer_attributes(Printer(World(), "sheet"))
    card = printer_attributes(Printer(World(), "card"))
    groups = [
        ((Tag.PRINTER, QUEUE),),
        ((Tag.PRINTER, said),),
        ((Tag.PRINTER, card),),
        ((Tag.JOB, JOB), (Tag.JOB, JOB)),
    ]
    return tuple(encode(Message(0, 1, tuple((int(tag), one) for tag, one in group))) for group in groups)


def _read(data: bytes) -> None:
    answer = ipp.answer(data)
    for said in answer.of(ipp.PRINTER_GROUP):
        printer_status.status_of(said, None)
        printer_status.status_of(said, said)
        asked.device_address(said)
        roll_address(asked.text(said, "device-uri"))
        printer_reasons.read(asked.texts(said, "printer-state-reasons"), False)
        blocking = asked.blocking_reason(said)
        assert blocking is None or blocking.fault().code
        counter = asked.counter_of(said)
        assert counter is None or print_evidence.counter_note(counter)
        try:
            printer_abilities.refuse_what_it_has_not(said, SHEET)
        except DeviceFault:
            continue
    for job in answer.of(ipp.JOB_GROUP):
        seen = print_evidence.seen(job)
        assert type(seen.number) is int and seen.empty in (True, False)
        print_evidence.judge("key", seen, [seen], 3)


def _asked(_: object) -> None:
    ask(Address("127.0.0.1", web().port, "/printers/KK"), ipp.GET_JOBS, (), Deadline.after(2))


def _changes(data: bytes) -> None:
    changes = CupsChanges(Address("127.0.0.1", 1, "/printers/KK"), "siaga", child=Replies(data))
    by = Deadline.after(2)
    changes.ready(by)
    changes.submit("key", "title", {}, b"%PDF", by)
    changes.cancel(7, by)


def _evolis(data: bytes) -> None:
    printer = EvolisPrinter("Primacy", folder() / "none", link=EvolisLink("Primacy", Replies(data)))
    printer.status()
    printer.supplies()
    printer.counter()


def _journal(data: bytes) -> None:
    journal = PrintJournal(folder())
    if not (files := list(folder().glob("*.json"))):
        journal.keep(Entry("key", 1, 1000))
        files = list(folder().glob("*.json"))
    files[0].write_bytes(data)
    entry = journal.get("key")
    assert entry is None or (type(entry.number) is int and type(entry.before) is int)


def _piped(data: bytes) -> None:
    import os

    out, into = os.pipe()
    try:
        os.write(into, data[:60_000])
        os.close(into)
        read_reply(out, Deadline.after(2))
    finally:
        os.close(out)


LOOK = {"state": "PRINTER_READY", "model": "Primacy 2", "serial": "1", "firmware": "2", "counter": 812}
RIBBON = {"ribbon": ["YMCKO", 120, 300]}

ROWS = (
    Row(
        "IPP answer",
        _read,
        (
            ipp.answer,
            printer_status.status_of,
            printer_reasons.read,
            asked.device_address,
            asked.blocking_reason,
            asked.waits_for_printer,
            printer_abilities.refuse_what_it_has_not,
            roll_address,
            print_evidence.seen,
            print_evidence.judge,
            print_evidence.counter_note,
        ),
        answers,
        (ipp.IppError,),
        lambda: (
            encode(Message(0, 1, ((int(Tag.JOB), {"job-name": of(Tag.KEYWORD, *["x"] * 12_000)}),))),
            encode(Message(0, 1, ((int(Tag.PRINTER), {"device-uri": of(Tag.URI, "ipp://[")}),))),
            b"\1\1\0\0\0\0\0\1\2" + b"\x34\0\0\0\0" * 18_000,
            b"\1\1\0\0\0\0\0\1" + b"\2" * 96_000,
            encode(
                Message(0, 1, ((int(Tag.JOB), {"job-billing": Attribute(Tag.NAME, ("counter=" + "9" * 30_000,))}),))
            ),
        ),
        holds=90,
        seconds=1.0,
        examples=120,
    ),
    Row(
        "IPP over HTTP", answered(web(), _asked), (ask,), lambda: [http(one, "application/ipp") for one in answers()]
    ),
    Row(
        "child that speaks to CUPS",
        _changes,
        (CupsChanges.ready, CupsChanges.submit, CupsChanges.cancel),
        lambda: (spoken(bytes(8), struct.pack(">II", 0, 7), bytes(8)), spoken(struct.pack(">II", 0x10002, 0))),
    ),
    Row(
        "child that speaks to an Evolis printer",
        _evolis,
        (EvolisLink.look, EvolisPrinter.status, EvolisPrinter.supplies, EvolisPrinter.counter),
        lambda: (spoken(*[json.dumps({**LOOK, **RIBBON}).encode()] * 3), spoken(b'{"missing": "no SDK"}')),
        swollen=lambda: (spoken(*[b"[" * 60_000] * 2), spoken(*[b'{"ribbon": ["a", true, 1]}'] * 3)),
    ),
    Row(
        "print journal",
        _journal,
        (PrintJournal.get,),
        lambda: (b'{"key": "key", "number": 1, "before": 1000, "state": "printing", "reason": ""}',),
        (),
        lambda: (b"[" * 90_000, b'{"key": "k", "number": 1e999, "before": 1, "state": "printing", "reason": ""}'),
        beside=2 << 20,
    ),
    Row(
        "frame of a child",
        _piped,
        (read_reply,),
        lambda: (b"\0\0\0\3abc", b"\0\0\0\0"),
        (ChildGone, ChildSilent),
        lambda: (b"\xff\xff\xff\xff" + bytes(40_000),),
    ),
)
