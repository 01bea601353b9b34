"""Parsers of what comes from devices and from the daemons and libraries between: one row each."""

from __future__ import annotations

import struct

from property.answering import answered, lines
from property.hostile import SWOLLEN_BYTES, Row

from appliance.devices import Stroke
from appliance.drivers import (
    atr,
    code_lines,
    escpos,
    evolis_states,
    finger_picture,
    fir,
    isdv4,
    libfprint_picture,
    nb1010,
    nut,
    relay_frames,
    sysfs_power,
    transport_pcsc_child,
    zfm,
)
from appliance.drivers.nut_supply import NutSupply
from appliance.drivers.power_words import status_of as power_status
from appliance.drivers.transport_tcp import TextLine
from hw_sim.signature_pad import FACTS, pen
from hw_sim.signatures import PenSample
from hw_sim.zfm_module import R503

STORAGE_CARD = bytes.fromhex("3B8F8001804F0CA000000306030001000000006A")
EXTENDED_CARD = bytes.fromhex("3BF51300008131FE4580318065B08300C8830F900083".replace("8300C8", "7300C8"))


def zfm_packets(data: bytes) -> bytes:
    """Module packets round pieces of these bytes, sums right."""
    sent = b""
    for at in range(0, len(data), 200):
        body = struct.pack(">BH", 7, len(data[at : at + 200]) + 2) + data[at : at + 200]
        sent += b"\xef\x01\xff\xff\xff\xff" + body + struct.pack(">H", sum(body) & 0xFFFF)
    return sent


def _module(data: bytes) -> None:
    zfm.hidden_in_piece(data).indices(len(data))
    reader = zfm.PacketReader()
    for at in range(0, len(data), 37):
        for one in reader.feed(data[at : at + 37]):
            zfm.grey(one.content)
            zfm.parameters(one.content)
            made = zfm.product(one.content)
            assert made is None or made.width * made.height <= 512 * 512


def _usb_answer(data: bytes) -> None:
    nb1010.is_answer(data)
    for code in (nb1010.TOUCH, nb1010.PREPARE):
        try:
            nb1010.touched(nb1010.touch(nb1010.checked(data, code)))
        except nb1010.BadAnswer:
            continue


def _usb_picture(data: bytes) -> None:
    pixels = b"".join(nb1010.lines(data[at : at + 540]) for at in range(0, max(1, len(data)), 540))
    finger_picture.contrast(pixels, nb1010.WIDTH, len(pixels) // nb1010.WIDTH)
    finger_picture.upright(pixels, nb1010.WIDTH, 2, nb1010.PPI, 90)


def _tablet(data: bytes) -> list[Stroke]:
    reader = isdv4.PacketReader()
    for at in range(0, len(data), 7):
        reader.feed(data[at : at + 7])
    return []


def _codes(data: bytes) -> None:
    reader = code_lines.CodeLines()
    code_lines.ends_a_line(data)
    for at in range(0, len(data), 100):
        for line in reader.feed(data[at : at + 100]):
            try:
                assert code_lines.code_of(line).isprintable()
            except code_lines.Unreadable:
                continue
    assert reader.begun <= code_lines.MAX_BYTES + 1


def _power(data: bytes) -> None:
    rows = [row.partition("=") for row in data.decode("utf-8", "replace").splitlines()]
    said = {name: value for name, _, value in rows}
    bits = sysfs_power.throttled_bits(said.get("throttled", ""))
    words = "" if bits is None else sysfs_power.throttled_words(bits)
    power_status(sysfs_power.power_of([said, said], bits), "m", "s", {"throttled": words})
    sysfs_power.throttles(bits or 0)
    sysfs_power.celsius([said.get("temp"), said.get("capacity")])
    sysfs_power.worn_percent(said.get("life_time"))


def _supply(url: object) -> None:
    supply = NutSupply("127.0.0.1", lines().port, "ups")
    try:
        supply.power()
    finally:
        supply.close()


def _upsd(data: bytes) -> None:
    for line in data.decode("utf-8", "replace").splitlines():
        nut.words(line)
        nut.error_of(line)
        nut.variable(line, "ups")


def _evolis_words(data: bytes) -> None:
    word = data.decode("latin-1")
    evolis_states.meaning(word)
    evolis_states.blocks(word)


def _many_lines(line: bytes) -> bytes:
    return line * (SWOLLEN_BYTES // len(line))


def _pen_line() -> list[bytes]:
    return [FACTS + b"".join(pen(PenSample(at, at / 2, 0.5, 0), True) for at in range(12))]


UPSD = (
    b"BEGIN LIST VAR ups\n"
    b'VAR ups ups.status "OL CHRG"\nVAR ups battery.charge "87"\nVAR ups device.mfr "A \\"B\\""\n'
    b"END LIST VAR ups\n"
)
HEAT = b"temp=48312\nlife_time=0x02 0x0b\n"
SUPPLY = b"type=Battery\nstatus=Discharging\ncapacity=57\nenergy_now=4200000\npower_now=9000\nthrottled=0x50005\n"

ROWS = (
    Row(
        "answer to reset",
        lambda data: (atr.historical_bytes(data), atr.extended_lengths(data), atr.is_extended(data)),
        (atr.historical_bytes, atr.extended_lengths, atr.is_extended),
        lambda: (STORAGE_CARD, EXTENDED_CARD),
        (),
    ),
    Row(
        "a card reader's list of properties",
        lambda data: [transport_pcsc_child.value_of(data, tag) for tag in (0x0A, 0x12)],
        (transport_pcsc_child.value_of,),
        lambda: (bytes.fromhex("1204" + "00313520" + "0A0400000104"),),
        (),
        lambda: (b"\x01\x00" * (SWOLLEN_BYTES // 2),),
    ),
    Row(
        "serial finger module",
        _module,
        (zfm.PacketReader.feed, zfm.parameters, zfm.product, zfm.grey, zfm.hidden_in_piece),
        lambda: (zfm_packets(b"\0" + R503.product), zfm_packets(b"\0" + bytes(12) + b"\0\2\0\6")),
        (),
        lambda: (_many_lines(b"\xef\x01\xff\xff\xff\xff\x07\x01\x02"),),
        mend=lambda data: zfm_packets(data[9:-2]) if len(data) % 2 else data,
        seconds=1.0,
    ),
    Row(
        "USB finger scanner, answers",
        _usb_answer,
        (nb1010.checked, nb1010.touch, nb1010.is_answer),
        lambda: (bytes.fromhex("8037") + bytes(10) + b"\x70\0\0\0", bytes.fromhex("8020") + bytes(14)),
        (),
    ),
    Row(
        "USB finger scanner, pictures",
        _usb_picture,
        (nb1010.lines, finger_picture.contrast, finger_picture.upright),
        lambda: (bytes(range(256)) * 2 + bytes(28),),
        (nb1010.BadAnswer, fir.BadRecord),
    ),
    Row(
        "pictures from libfprint",
        lambda data: libfprint_picture.scale("nb1010", libfprint_picture.raw_picture(data).ppi, 0),
        (libfprint_picture.raw_picture, libfprint_picture.scale),
        lambda: (struct.pack(">IId", 16, 16, 19.685) + bytes(range(1, 256)) + b"\1",),
        (libfprint_picture.BadPicture,),
        lambda: (struct.pack(">IId", 0xFFFFFFFF, 0xFFFFFFFF, float("nan")) + bytes(9),),
    ),
    Row("pen tablet", _tablet, (isdv4.PacketReader.feed,), _pen_line, ()),
    Row(
        "QR and barcode reader",
        _codes,
        (code_lines.CodeLines.feed, code_lines.code_of, code_lines.ends_a_line),
        lambda: (b"9972010107710001\r\n\xc3\xa9\r", b"https://example.invalid/kk?x=1\n"),
        (),
    ),
    Row(
        "roll printer's state",
        escpos.reasons,
        (escpos.reasons,),
        lambda: (bytes((0x12, 0x12, 0x12, 0x12)), bytes((0x1A, 0x36, 0x12, 0x72))),
        (escpos.NotTold,),
    ),
    Row(
        "relay board",
        relay_frames.states,
        (relay_frames.states,),
        lambda: (b"CH1:OFF\r\nCH2: on\r\n",),
        (),
    ),
    Row("lines of upsd", _upsd, (nut.words, nut.variable, nut.error_of), lambda: (UPSD, b"ERR DATA-STALE\n"), ()),
    Row(
        "power supply's daemon",
        answered(lines(), _supply),
        (nut.power_of, NutSupply.power, TextLine.read),
        lambda: (UPSD, b"ERR UNKNOWN-UPS\n"),
        swollen=lambda: (
            UPSD[:19] + b"".join(b'VAR ups x%d "1"\n' % one for one in range(6000)),
            UPSD[:19] + b'"' * SWOLLEN_BYTES + b"\n",
        ),
    ),
    Row(
        "power in the kernel's files",
        _power,
        (
            sysfs_power.power_of,
            sysfs_power.throttled_bits,
            sysfs_power.throttled_words,
            sysfs_power.celsius,
            sysfs_power.worn_percent,
        ),
        lambda: (SUPPLY, HEAT, b"type=Mains\nonline=0\ntime_to_empty_now=90\nthrottled=throttled=0x0\n"),
        (),
        lambda: (b"type=Battery\ncapacity=" + b"9" * SWOLLEN_BYTES,),
        holds=60,
    ),
    Row(
        "states of an Evolis printer",
        _evolis_words,
        (evolis_states.meaning, evolis_states.blocks),
        lambda: (b"DEF_RIBBON_ENDED", b"INF_CLEANING_REQUIRED", b"PRINTER_READY"),
        (),
        lambda: (_many_lines(b"CLEAN"), _many_lines(b"RIBBON_"), _many_lines(b"_END")),
    ),
)
