"""What a device sends comes out as it went in, in pieces and after noise; any bytes: `test_every_parser`."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from appliance.devices import FingerPosition, PrintDocument
from appliance.drivers import fir, zfm
from appliance.drivers.code_lines import CodeLines, code_of
from appliance.drivers.escpos import NotTold, reasons, slip
from appliance.drivers.finger_picture import as_png
from appliance.drivers.isdv4 import PacketReader, PenPacket, TabletFacts
from appliance.drivers.mjpeg import BrokenFrame, PartReader, boundary_of
from appliance.drivers.printer_reasons import meaning
from appliance.drivers.relay_frames import command, states
from hw_sim.escpos import Reader, Slip
from hw_sim.fingers import png
from hw_sim.sbi_capture import finger_record
from hw_sim.signature_pad import FACTS, pen
from hw_sim.signatures import PenSample

QUICK = settings(max_examples=60, deadline=None)


def _picture() -> bytes:
    import numpy as np

    return png(np.arange(120 * 100, dtype=np.uint32).reshape(120, 100).astype(np.uint8))


PICTURE = _picture()


@pytest.mark.parametrize("coding", ["png", "raw"])
@pytest.mark.parametrize("finger", list(FingerPosition))
def test_a_finger_record_is_read(finger: FingerPosition, coding: str) -> None:
    got = fir.read(finger_record(finger.value, PICTURE, 55, "raw" if coding == "raw" else "png"))
    assert (got.fingers, got.width, got.height, got.ppi, got.quality) == ((finger,), 100, 120, 500, 55)
    assert Image.open(io.BytesIO(as_png(got))).tobytes() == Image.open(io.BytesIO(PICTURE)).tobytes()


@QUICK
@given(st.integers(0, 400))
def test_a_cut_finger_record_is_refused(length: int) -> None:
    record = finger_record("left_ring", PICTURE, 55)
    with pytest.raises(fir.BadRecord):
        fir.read(record[: min(length, len(record) - 1)])


samples = st.builds(PenSample, st.floats(0, 100), st.floats(0, 50), st.floats(0, 1), st.just(0))


@QUICK
@given(st.lists(samples, max_size=8), st.integers(1, 7))
def test_pen_packets_arrive_in_any_pieces(drawn: list[PenSample], step: int) -> None:
    stream = FACTS + b"".join(pen(one, True) for one in drawn)
    reader = PacketReader()
    packets = [p for at in range(0, len(stream), step) for p in reader.feed(stream[at : at + step])]
    assert packets[0] == TabletFacts(10000, 5000, 1023, 132)
    assert [(p.x, p.y) for p in packets[1:] if isinstance(p, PenPacket)] == [
        (round(one.x * 100), round(one.y * 100)) for one in drawn
    ]
    assert reader.lost == 0


@QUICK
@given(st.binary(max_size=60), samples)
def test_after_noise_the_pen_is_found_again(noise: bytes, sample: PenSample) -> None:
    reader = PacketReader()
    reader.feed(noise)
    packets = reader.feed(pen(sample, True) * 3)
    assert packets and isinstance(packets[-1], PenPacket)
    assert packets[-1].x == round(sample.x * 100)


@QUICK
@given(st.lists(st.binary(max_size=40), max_size=5), st.booleans(), st.integers(1, 9))
def test_parts_come_out_as_they_went_in(parts: list[bytes], measured: bool, step: int) -> None:
    bodies = [b"\xff\xd8" + part.replace(b"--", b"") + b"\xff\xd9" for part in parts]
    stream = b""
    for body in bodies:
        length = b"Content-Length: %d\r\n" % len(body) if measured else b""
        stream += b"--edge\r\nContent-Type: image/jpeg\r\n" + length + b"\r\n" + body + b"\r\n"
    stream += b"--edge--\r\n"
    reader = PartReader("edge")
    assert [p for at in range(0, len(stream), step) for p in reader.feed(stream[at : at + step])] == bodies


@pytest.mark.parametrize("kind", ["image/jpeg", "multipart/x-mixed-replace", "", "text/html; boundary=a"])
def test_another_content_type_is_no_stream(kind: str) -> None:
    with pytest.raises(BrokenFrame):
        boundary_of(kind)


def test_boundaries_are_found_quoted_and_plain() -> None:
    assert boundary_of('multipart/x-mixed-replace; boundary="a b"'.replace(" b", "b")) == "ab"
    assert boundary_of("multipart/x-mixed-replace;boundary=--myboundary") == "--myboundary"


zfm_packets = st.builds(zfm.Packet, st.sampled_from((1, 2, 7, 8)), st.binary(min_size=1, max_size=256))


@QUICK
@given(st.lists(zfm_packets, max_size=6), st.integers(1, 300))
def test_module_packets_arrive_in_any_pieces(sent: list[zfm.Packet], step: int) -> None:
    stream = b"".join(zfm.packet(one.kind, one.content) for one in sent)
    reader = zfm.PacketReader()
    got = [p for at in range(0, len(stream), step) for p in reader.feed(stream[at : at + step])]
    assert got == sent and reader.damaged == 0


@QUICK
@given(st.binary(max_size=600), zfm_packets)
def test_after_noise_a_module_packet_is_found_again(noise: bytes, one: zfm.Packet) -> None:
    reader = zfm.PacketReader()
    reader.feed(noise)
    whole = zfm.packet(one.kind, one.content)
    assert one in reader.feed(whole * (2 + 280 // len(whole)))
    assert len(reader._buffer) <= 2 * 267


@QUICK
@given(zfm_packets, st.data())
def test_a_module_packet_with_one_changed_byte_is_not_believed(one: zfm.Packet, data: st.DataObject) -> None:
    spoiled = bytearray(zfm.packet(one.kind, one.content))
    at = data.draw(st.integers(6, len(spoiled) - 1))
    spoiled[at] ^= data.draw(st.integers(1, 255))
    assert one not in zfm.PacketReader().feed(bytes(spoiled))


@QUICK
@given(st.lists(st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=60)), st.integers(1, 7))
def test_codes_come_out_as_they_went_in(codes: list[str], step: int) -> None:
    lines, stream = CodeLines(), "".join(f"{code}\r\n" for code in codes).encode()
    found = [line for at in range(0, len(stream), step) for line in lines.feed(stream[at : at + step])]
    assert [code_of(line) for line in found] == codes


@QUICK
@given(st.binary(max_size=600))
def test_a_relay_board_may_answer_anything(answer: bytes) -> None:
    assert set(states(answer)) <= set(range(1, 9))
    assert states(answer + b"CH1:OFF\r\nCH2: on\r\n")[2] is True


def test_relay_commands_are_those_of_the_product_sheet() -> None:
    assert command(1, True) == bytes.fromhex("a00101a2") and command(1, False) == bytes.fromhex("a00100a1")
    assert command(2, True) == bytes.fromhex("a00201a3")


@QUICK
@given(
    st.one_of(st.binary(max_size=8), st.lists(st.sampled_from(range(0x12, 0x80)), min_size=4, max_size=4).map(bytes))
)
def test_a_roll_printer_may_answer_anything(answer: bytes) -> None:
    try:
        keywords = reasons(answer)
    except NotTold:
        return
    assert len(answer) == 4 and all(meaning(word.rpartition("-")[0]) is not None for word in keywords)


@QUICK
@given(st.integers(1, 90), st.integers(1, 40), st.integers(0, 255), st.integers(1, 50))
def test_a_slip_is_read_back_dot_for_dot_in_any_pieces(width: int, height: int, grey: int, step: int) -> None:
    picture = Image.effect_noise((width, height), 200).point(lambda dot: dot if dot > grey else 0)
    out = io.BytesIO()
    picture.save(out, "PNG")
    stream = slip(PrintDocument(out.getvalue(), "image/png", "custom_receipt_58x200mm", "slip"), 58)
    slips: list[Slip] = []
    reader = Reader(384, slips.append)
    for at in range(0, len(stream), step):
        reader.feed(stream[at : at + step])
    (came_out,) = slips
    black = picture.point(lambda dot: 255 * (dot > 127))
    assert came_out.picture().crop((0, 0, width, height)).tobytes() == black.tobytes()
    assert came_out.picture().crop((width, 0, 384, height)).getextrema() == (255, 255)
