"""What a wire log may keep of each device: names of commands, lengths, outcomes; no picture, key, PIN or password."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from appliance.drivers import camera_child, nb1010, transport_libfprint, transport_pkcs11, zfm
from appliance.drivers.catalogue import open_device
from appliance.drivers.nb1010_scanner import opened_of
from appliance.drivers.wire_log import ALL, NOTHING, Direction, Tap, WireLog, no_tap, veiled
from hw_sim.power import Board
from hw_sim.world import World

SECRET = bytes(range(0x40, 0x80)) * 8


class Seen:
    """A tap that keeps what a log would."""

    def __init__(self) -> None:
        self.kept: list[bytes] = []

    def __call__(self, direction: Direction, data: bytes, hidden: slice = ALL) -> None:
        begin, end, _ = hidden.indices(len(data))
        self.kept.append(data[:begin] + data[max(begin, end) :])


def test_a_veil_knows_the_request_of_each_reply() -> None:
    seen = Seen()
    tap = veiled(seen, lambda _: NOTHING, lambda asked, _: NOTHING if asked == b"name" else ALL)
    for direction, data in (("out", b"name"), ("in", b"R503"), ("out", b"picture"), ("in", SECRET)):
        tap(direction, data, NOTHING)  # type: ignore[arg-type]
    assert seen.kept == [b"name", b"R503", b"picture", b""]


def test_without_a_log_there_is_no_veil() -> None:
    assert veiled(no_tap, lambda _: NOTHING, lambda *_: NOTHING) is no_tap


@pytest.mark.parametrize(
    ("rule", "request_", "reply", "kept"),
    [
        (camera_child.hidden_in_reply, b"N", b"+" + SECRET, b"+"),
        (camera_child.hidden_in_reply, b"S", b"+imx708", b"+imx708"),
        (camera_child.hidden_in_reply, b"N", b"-gone", b"-gone"),
        (transport_libfprint.hidden_in_reply, b"C", b"K" + bytes(16) + SECRET, b"K" + bytes(16)),
        (transport_libfprint.hidden_in_reply, b"C", b"Nno finger", b"Nno finger"),
        (transport_libfprint.hidden_in_reply, b"O", b"Knb1010", b"Knb1010"),
        (transport_pkcs11.hidden_in_reply, b"L123456", b"KSoftHSM", b"KSoftHSM"),
        (transport_pkcs11.hidden_in_reply, b"C\x01K", b"K" + SECRET, b"K"),
        (transport_pkcs11.hidden_in_reply, b"X", b"K" + SECRET, b"K"),
        (transport_pkcs11.hidden_in_reply, b"E\x01K", b"K" + SECRET, b"K"),
    ],
)
def test_of_a_reply_only_its_outcome_is_kept(
    rule: Callable[[bytes, bytes], slice], request_: bytes, reply: bytes, kept: bytes
) -> None:
    seen = Seen()
    seen("in", reply, rule(request_, reply))
    assert seen.kept == [kept]


@pytest.mark.parametrize(
    ("request_", "kept"),
    [(b"L271828", b"L"), (b"C\x0630-ENC" + SECRET, b"C\x0630-ENC"), (b"E\x02id" + SECRET, b"E\x02id"), (b"X", b"X")],
)
def test_of_a_token_no_pin_and_nothing_to_be_signed_is_kept(request_: bytes, kept: bytes) -> None:
    seen = Seen()
    seen("out", request_, transport_pkcs11.hidden_in_request(request_))
    assert seen.kept == [kept]


def test_of_a_usb_scanner_commands_and_answers_are_opened_and_no_piece_of_a_picture() -> None:
    command = nb1010.command(nb1010.CAPTURE, 1)
    assert opened_of("out", command) == len(command)
    assert opened_of("in", bytes((0x80, 0x37)).ljust(nb1010.ANSWER_BYTES, b"\0")) == nb1010.ANSWER_BYTES
    assert opened_of("in", (b"\x80" + SECRET * 2)[: nb1010.PACKET_BYTES]) == 0
    assert opened_of("in", SECRET[: nb1010.ANSWER_BYTES]) == 0


def module_kept(direction: Direction, data: bytes) -> bytes:
    seen = Seen()
    tap: Tap = veiled(seen, zfm.hidden_in_command, lambda _, piece: zfm.hidden_in_piece(piece))
    tap(direction, data)
    return seen.kept[0]


def test_of_a_serial_module_the_password_is_hidden_and_each_other_command_kept() -> None:
    taken = zfm.packet(zfm.COMMAND, zfm.TAKE_PICTURE)
    assert module_kept("out", taken) == taken
    opened = zfm.packet(zfm.COMMAND, zfm.verify_password(0x12345678))
    assert module_kept("out", opened) == opened[:10]


def test_of_a_serial_module_answers_are_kept_and_no_dots() -> None:
    answer, dots = zfm.packet(zfm.ANSWER, b"\0"), zfm.packet(zfm.DATA, SECRET[:128])
    assert module_kept("in", answer) == answer
    assert module_kept("in", answer + dots) == answer, "a picture that comes on the heels of its answer"
    assert module_kept("in", dots) == dots[:9]
    assert module_kept("in", dots[40:]) == b"", "a piece that begins within a packet"
    assert module_kept("in", zfm.packet(zfm.ANSWER, SECRET[:128])) == dots[:6] + b"\x07" + dots[7:9]


def test_the_kernels_power_files_are_kept_with_their_names(tmp_path: Path) -> None:
    board = Board(tmp_path / "sys", World(speed=0))
    log = WireLog(tmp_path / "wire")
    open_device("power_supply", board.uri, tap=log.tap("power_supply")).open()
    log.close()
    lines = [json.loads(line) for line in (tmp_path / "wire").read_text().splitlines()]
    kept = [bytes.fromhex(line["bytes"]) for line in lines]
    assert b"BAT0/capacity=97" in kept and b"AC/online=1" in kept and b"soc:firmware/get_throttled=0" in kept
    assert not any("hidden" in line for line in lines)
