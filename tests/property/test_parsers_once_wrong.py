"""What the parsers once did wrong with bytes from outside, each mistake by its name."""

from __future__ import annotations

import base64
import io
import json
import struct
import zlib

import pytest
from PIL import Image
from property.answering import Replies, http, spoken, web
from timing import quickest

from appliance.clock import Deadline
from appliance.devices import PrintDocument
from appliance.drivers import ipp, picture_pdf, print_evidence, printer_questions, printer_status, transport_http
from appliance.drivers.camera_pictures import proven
from appliance.drivers.escpos import slip
from appliance.drivers.print_journal import Entry, PrintJournal
from appliance.drivers.sbi_messages import unsigned
from appliance.drivers.sbi_picture import finger_image
from appliance.drivers.transport_cups import Address
from appliance.drivers.transport_cups_changes import CupsChanges, Doubtful
from appliance.drivers.transport_pcsc import PcscAddress, PcscTransport
from appliance.drivers.transport_roll import roll_address
from appliance.faults import DeviceFault, FaultCode
from hw_sim.ipp import Message, Tag, encode, of

NESTED = b"[" * 100_000


def test_an_attribute_of_very_many_values_is_read_in_no_time() -> None:
    data = encode(Message(0, 1, ((int(Tag.JOB), {"job-name": of(Tag.KEYWORD, *["x"] * 200_000)}),)))
    assert len(ipp.answer(data).of(ipp.JOB_GROUP)[0]["job-name"]) == 200_000
    assert quickest(lambda: ipp.answer(data), 3.0) < 3.0  # each value once copied all before it: minutes


def test_an_attribute_that_comes_again_counts_as_the_last_one_said() -> None:
    one = b"\x44\0\1a\0\1x" + b"\x44\0\0\0\1y"
    again = b"\x44\0\1a\0\1z"
    data = b"\1\1\0\0\0\0\0\1\2" + one + again + b"\3"
    assert ipp.answer(data).of(ipp.JOB_GROUP) == [{"a": ("z",)}]


def test_empty_groups_without_end_are_refused() -> None:
    with pytest.raises(ipp.IppError, match="more groups"):
        ipp.answer(b"\1\1\0\0\0\0\0\1" + b"\2" * 20_000 + b"\3")


@pytest.mark.parametrize(
    "note", ["counter=", "counter=\u00b2", "counter=" + "9" * 5000, "counter=-4", "counter=1 ", b"counter=5", True]
)
def test_a_note_that_is_none_of_ours_keeps_no_counter(note: object) -> None:
    assert print_evidence.seen({"job-billing": (note,)}).counter_before is None


def test_a_note_of_ours_keeps_its_counter() -> None:
    assert print_evidence.seen({"job-billing": (print_evidence.counter_note(2**31 - 1),)}).counter_before == 2**31 - 1


@pytest.mark.parametrize("odd", [True, "7", b"7", ()])
def test_a_number_of_another_kind_is_not_told(odd: object) -> None:
    values = odd if isinstance(odd, tuple) else (odd,)
    job = print_evidence.seen(dict.fromkeys(("job-id", "job-state", "job-impressions-completed"), values))
    assert (job.number, job.state, job.impressions) == (0, print_evidence.PENDING, None)
    said = dict.fromkeys(("printer-impressions-completed", "printer-state"), values)
    assert printer_questions.counter_of(said) is None  # type: ignore[arg-type]
    assert printer_questions.number(said, "printer-state") is None  # type: ignore[arg-type]


@pytest.mark.parametrize("uri", ["ipp://[", "socket://[::", "ipp://a:x/", "ipp://\u2100/"])
def test_a_device_uri_that_is_none_is_no_address(uri: str) -> None:
    queue: printer_questions.Attributes = {"device-uri": (uri,)}
    assert printer_questions.device_address(queue) is None
    assert roll_address(uri) is None
    assert printer_status.status_of(queue, None).level in ("ok", "limited")


def test_deeply_nested_json_of_a_scanner_service_is_no_json() -> None:
    assert unsigned(base64.urlsafe_b64encode(NESTED).decode()) == {}
    web().answer = http(NESTED)
    with pytest.raises(ValueError, match="not JSON"):
        transport_http.call("127.0.0.1", web().port, "MOSIPDISC", "/device", {}, Deadline.after(2))


def test_what_a_server_says_wrongly_is_not_repeated_in_words() -> None:
    web().answer = b"9972010107710001 secret\r\n" * 2000
    for act in (transport_http.server_of, transport_http.open_stream):
        with pytest.raises(ConnectionError) as caught:
            act("127.0.0.1", web().port, "/", Deadline.after(2))
        assert str(caught.value) == "BadStatusLine"


@pytest.mark.parametrize(("score", "meant"), [("1e999", 60), ("nan", 60), (10**400, 60), (None, 60), (71.6, 72)])
def test_a_quality_that_is_no_number_is_that_of_the_record(score: object, meant: int) -> None:
    from property.samples import grey_png

    from appliance.drivers import fir
    from hw_sim.sbi_capture import finger_record

    record = fir.read(finger_record("right_index", grey_png(), 60))
    payload = {"bioSubType": "Right IndexFinger", "qualityScore": score}
    assert finger_image(payload, record, "1").device_quality == meant


def test_a_journal_that_was_written_over_knows_no_job(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("journal")
    journal = PrintJournal(folder)
    journal.keep(Entry("key", 1, 1000))
    (file,) = folder.glob("*.json")
    row = json.loads(file.read_text())
    for content in (NESTED.decode(), json.dumps({**row, "number": float("inf")}), "[]", "\udcff"):
        file.write_bytes(content.encode("utf-8", "surrogateescape"))
        assert journal.get("key") is None


def test_children_that_answer_too_little_are_faults() -> None:
    with pytest.raises(DeviceFault) as caught:
        PcscTransport(PcscAddress("Reader"), child=Replies(spoken(b"\0"))).readers()
    assert caught.value.code is FaultCode.ENCODER_NO_SERVICE
    changes = CupsChanges(Address("127.0.0.1", 1, "/printers/KK"), "siaga", child=Replies(spoken(b"\0" * 7)))
    with pytest.raises(Doubtful) as doubt:
        changes.submit("key", "title", {}, b"%PDF", Deadline.after(2))
    assert doubt.value.code is FaultCode.PRINTER_UNREACHABLE


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


HEAD = struct.pack(">IIBBBBB", 4, 4, 8, 0, 0, 0, 0)


@pytest.mark.parametrize(
    "chunks",
    [
        _chunk(b"IHDR", HEAD[:9]),
        _chunk(b"IHDR", struct.pack(">IIBBBBB", 0, 4, 8, 0, 0, 0, 0)),
    ],
    ids=["short-head", "no-width"],
)
def test_a_png_with_impossible_chunks_is_refused_for_printing(chunks: bytes) -> None:
    with pytest.raises(ValueError, match="PNG"):
        picture_pdf.pdf_of(b"\x89PNG\r\n\x1a\n" + chunks + _chunk(b"IEND", b""))


@pytest.mark.parametrize("scale", [b"\0", struct.pack(">IIB", 0, 0, 1), struct.pack(">IIB", 9, 9, 2)])
def test_a_png_with_an_impossible_scale_is_printed_at_the_usual_one(scale: bytes) -> None:
    chunks = _chunk(b"IHDR", HEAD) + _chunk(b"pHYs", scale) + _chunk(b"IEND", b"")
    assert b"/MediaBox [0 0 0.9600 0.9600]" in picture_pdf.pdf_of(b"\x89PNG\r\n\x1a\n" + chunks)


def _vast_jpeg(side: int) -> bytes:
    """A small file that says it is a picture of many million dots."""
    out = io.BytesIO()
    Image.new("L", (32, 800), 90).save(out, "JPEG")
    data = bytearray(out.getvalue())
    at = data.index(b"\xff\xc0")
    data[at + 5 : at + 9] = struct.pack(">HH", side, side)
    return bytes(data)


@pytest.mark.parametrize("side", [4_000, 12_000, 65_000])
def test_a_picture_of_millions_of_dots_is_refused_before_it_is_drawn(side: int) -> None:
    vast = _vast_jpeg(side)

    def refused() -> None:
        with pytest.raises(DeviceFault) as caught:
            proven(vast)
        assert caught.value.code is FaultCode.CAMERA_BROKEN_FRAME

    assert quickest(refused, 0.2) < 0.2


def test_a_vast_slip_is_refused() -> None:
    data = b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0))
    with pytest.raises(DeviceFault) as caught:
        slip(PrintDocument(data + _chunk(b"IEND", b""), "image/png", "custom_receipt_58x200mm", "slip"), 58)
    assert caught.value.code is FaultCode.PRINTER_UNSUPPORTED
