"""The simulated USB devices, checked without a bus: descriptors, standard requests, the scanner's language."""

from __future__ import annotations

from pathlib import Path

import pytest

from hw_sim.fingers import FingerCache
from hw_sim.usb_device import Descriptors, Stalled, control, record
from hw_sim.usb_finger_scanner import UsbFingerScanner
from hw_sim.world import World


@pytest.fixture
def scanner(tmp_path: Path) -> UsbFingerScanner:
    return UsbFingerScanner(World(speed=0), FingerCache(tmp_path))


def ask(scanner: UsbFingerScanner, command: str) -> bytes | None:
    scanner.written(0x02, bytes.fromhex(command))
    return scanner.read(0x83, 540)


def test_descriptors_have_the_lengths_they_name() -> None:
    shown = Descriptors(0x298D, 0x1010, ("a", "b", "c"), (0x02, 0x83))
    assert shown.device()[0] == len(shown.device()) == 18
    whole = shown.configuration()
    assert int.from_bytes(whole[2:4], "little") == len(whole) == 9 + 9 + 7 + 7
    assert shown.string(1) == bytes((4, 3)) + "a".encode("utf-16-le")


def test_standard_requests(scanner: UsbFingerScanner) -> None:
    assert control(scanner, bytes.fromhex("8006000100000800"), b"") == scanner.descriptors.device()[:8]
    assert control(scanner, bytes.fromhex("800600020000ff00"), b"") == scanner.descriptors.configuration()
    assert control(scanner, bytes.fromhex("8006000300000400"), b"") == bytes.fromhex("04030904")
    assert control(scanner, bytes.fromhex("8000000000000200"), b"") == b"\0\0"
    assert control(scanner, bytes.fromhex("0009010000000000"), b"") == b""
    for refused in ("8006090300040400", "8006000f00000500", "80ff000000000100", "c001000000000100"):
        with pytest.raises(Stalled):
            control(scanner, bytes.fromhex(refused), b"")


def test_the_record_is_in_the_testbeds_letters() -> None:
    text = record(Descriptors(0x298D, 0x1010, ("a", "b", "c"), (0x02, 0x83)), "1-1", 7)
    blocks = text.strip().split("\n\n")
    assert [block.splitlines()[0][-3:] for block in blocks] == ["1-1", "1.0"]
    content = blocks[0].splitlines()[1].removeprefix("N: bus/usb/001/007=")
    assert content == content.upper() and bytes.fromhex(content)[8:12] == bytes.fromhex("8d291010")


def test_the_scanner_answers_what_is_known_and_nothing_else(scanner: UsbFingerScanner) -> None:
    assert ask(scanner, "8007050008000000") == bytes.fromhex("8029050010000000") + bytes(8)
    answer = ask(scanner, "8038010008000000")
    assert answer is not None and answer[:2] == b"\x80\x37" and answer[12] <= 0x60
    for nothing in ("8038010009000000", "0038010008000000", "80", "80ff010008000000"):
        assert ask(scanner, nothing) is None


def test_the_scanner_sends_bare_glass_as_ninety_packets(scanner: UsbFingerScanner) -> None:
    assert ask(scanner, "80120400200000000200000000000000000000000000000000000000" + "20000000") is not None
    packets = [scanner.read(0x83, 540) for _ in range(91)]
    assert packets.pop() is None
    assert {len(one or b"") for one in packets} == {540}
    assert {(one or b"")[25:537] for one in packets} == {bytes((235,)) * 512}
