"""The driver on libfprint: the suite over a simulated USB reader, faults over libfprint's own virtual image reader.

The USB reader is the simulated NB-1010-U, driven here by a stranger: libfprint's own driver `nb1010`.
"""

from __future__ import annotations

import io
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from every_device import opened_within, refusal
from every_fingerprint_scanner import LATE_SECONDS
from PIL import Image
from usb_finger_hands import (
    CACHE,
    PERSON,
    PORT,
    ScannerHands,
    UsbFingerScannerContract,
    bus,
    grow,
    in_environment,
    plugged,
)

from appliance.clock import Deadline
from appliance.devices import FingerPosition as Finger
from appliance.devices import FingerprintScanner
from appliance.drivers.catalogue import open_device
from appliance.drivers.libfprint_scanner import LibfprintScanner, from_uri
from appliance.drivers.transport_libfprint import LibfprintReader
from appliance.faults import DeviceFault, FaultCode
from hw_sim import fprint_virtual
from hw_sim.fprint_virtual import VirtualReader
from hw_sim.usb_bus import UsbBus
from hw_sim.world import When

__all__ = ["bus"]
pytestmark = pytest.mark.daemons

VIRTUAL = "fprint:virtual_image?ppi=500"


@pytest.fixture
def hands(bus: UsbBus) -> Iterator[ScannerHands]:
    with plugged(bus, takes=2) as hands:
        yield hands


@pytest.fixture
def device(hands: ScannerHands) -> Iterator[FingerprintScanner]:
    device = open_device("fingerprint_scanner", "fprint:")
    device.open()
    yield device  # type: ignore[misc]
    device.close()


class TestUsbReaderThroughLibfprint(UsbFingerScannerContract):
    schemes = ("fprint",)
    knows_serial = False


@pytest.fixture
def usb_hands(bus: UsbBus) -> Iterator[ScannerHands]:
    with plugged(bus) as hands:
        yield hands


@pytest.fixture
def usb_scanner(usb_hands: ScannerHands) -> Iterator[LibfprintScanner]:
    scanner = from_uri("fprint:nb1010?turn=90")
    scanner.open()
    yield scanner
    scanner.close()


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[VirtualReader]:
    grow()
    reader = VirtualReader(tmp_path / "reader", CACHE, PERSON)
    with in_environment(reader.environment()):
        yield reader
    reader.close()


@pytest.fixture
def scanner(reader: VirtualReader) -> Iterator[LibfprintScanner]:
    scanner = from_uri(VIRTUAL)
    scanner.open()
    yield scanner
    scanner.close()


def picture_of(scanner: LibfprintScanner, seconds: float = 5) -> Image.Image:
    (image,) = scanner.capture((Finger.RIGHT_INDEX,), 40, Deadline.after(seconds))
    return Image.open(io.BytesIO(image.image))


def failed(scanner: LibfprintScanner, seconds: float = 5) -> DeviceFault:
    with pytest.raises(DeviceFault) as fault:
        scanner.capture((Finger.RIGHT_INDEX,), 40, Deadline.after(seconds))
    return fault.value


def test_strangers_driver_and_ours_see_the_same_picture(
    usb_hands: ScannerHands, usb_scanner: LibfprintScanner
) -> None:
    usb_hands.lay_finger("right_index")
    theirs = picture_of(usb_scanner)
    usb_scanner.close()
    direct = open_device("fingerprint_scanner", "usb:298d:1010")
    direct.open()
    (ours,) = direct.capture((Finger.RIGHT_INDEX,), 40, Deadline.after(5))  # type: ignore[attr-defined]
    direct.close()
    with Image.open(io.BytesIO(ours.image)) as picture:
        assert picture.size == theirs.size == (234, 332)
        assert picture.tobytes() == theirs.tobytes()


@pytest.mark.parametrize(("way", "number"), [("usb-out", 3), ("usb-in", 40)])
def test_unplugged_in_the_middle_it_says_so_and_comes_back(
    usb_hands: ScannerHands, usb_scanner: LibfprintScanner, way: str, number: int
) -> None:
    usb_hands.lay_finger("right_index")
    usb_scanner.close()
    usb_hands.unplug()
    usb_hands.plug()
    usb_hands.bus.world.on(When(way, {"port": PORT, "n": number}), lambda _: usb_hands.unplug())
    usb_scanner.open()
    began = time.monotonic()
    assert failed(usb_scanner).code is FaultCode.SCANNER_UNREACHABLE
    assert time.monotonic() - began < 3
    usb_hands.plug()
    assert opened_within(usb_scanner, 3)
    picture_of(usb_scanner).load()


def test_a_picture_that_stops_half_way_is_not_taken_for_one(
    usb_hands: ScannerHands, usb_scanner: LibfprintScanner
) -> None:
    usb_hands.lay_finger("right_index")
    usb_hands.levers.packets = 45
    assert failed(usb_scanner).code is FaultCode.SCANNER_SILENT
    usb_hands.levers.packets = 90
    picture_of(usb_scanner).load()


def test_a_stalled_reader_is_confused(usb_hands: ScannerHands, usb_scanner: LibfprintScanner) -> None:
    usb_hands.lay_finger("right_index")
    usb_hands.levers.stalled = True
    assert failed(usb_scanner).code is FaultCode.SCANNER_BAD_ANSWER
    usb_hands.levers.stalled = False
    picture_of(usb_scanner).load()


@pytest.mark.parametrize("left", [bytes((0x80, 0x37)).ljust(16, b"\0"), bytes((0x80, 0x21)).ljust(540, b"\0")])
def test_what_a_capture_cut_short_left_in_the_reader_is_not_taken_for_the_next_answer(
    usb_hands: ScannerHands, usb_scanner: LibfprintScanner, left: bytes
) -> None:
    assert failed(usb_scanner, 0.5).code is FaultCode.SCANNER_TIMEOUT
    resets = usb_hands.bus.world.count("usb-reset")
    usb_hands.scanner.leave(left)
    usb_hands.lay_finger("right_index")
    picture_of(usb_scanner).load()
    assert usb_hands.bus.world.count("usb-reset") == resets + 1


def test_another_program_holds_it(usb_scanner: LibfprintScanner) -> None:
    second = from_uri("fprint:nb1010")
    assert refusal(second.open) is FaultCode.SCANNER_BUSY
    assert second.status().level == "limited"
    usb_scanner.close()
    second.open()
    second.close()


def test_what_the_reader_sent_is_what_is_kept(reader: VirtualReader, scanner: LibfprintScanner) -> None:
    reader.lay("right_index")
    sent = Image.open(io.BytesIO(CACHE.impression(PERSON.finger_seed("right_index"), 0)))
    kept = picture_of(scanner)
    assert kept.tobytes() == sent.convert("L").tobytes()
    assert round(kept.info["dpi"][0]) == 500


def test_pictures_of_another_scale_are_made_500_and_turned(reader: VirtualReader) -> None:
    scanner = from_uri("fprint:virtual_image?ppi=250&turn=90")
    scanner.open()
    reader.lay("right_index")
    assert picture_of(scanner).size == (960, 800)
    scanner.close()


def test_another_finger_is_another_picture(reader: VirtualReader, scanner: LibfprintScanner) -> None:
    reader.levers.swapped = {"right_index": "right_thumb"}
    reader.lay("right_index")
    asked = Image.open(io.BytesIO(CACHE.impression(PERSON.finger_seed("right_index"), 0)))
    assert picture_of(scanner).tobytes() != asked.convert("L").tobytes()


@pytest.mark.parametrize("why", range(4))
def test_once_more_is_tried_until_the_deadline_and_then_no_finger(
    reader: VirtualReader, scanner: LibfprintScanner, why: int
) -> None:
    reader.ask_again(why)
    fault = failed(scanner, 0.6)
    assert fault.code is FaultCode.SCANNER_NO_FINGER
    assert "try again" in fault.detail
    reader.ask_again(why)
    reader.lay("right_index")
    picture_of(scanner).load()


@pytest.mark.parametrize("kind", ["half", "black"])
def test_what_is_no_whole_finger_is_no_picture(reader: VirtualReader, scanner: LibfprintScanner, kind: str) -> None:
    reader.levers.picture = kind  # type: ignore[assignment]
    reader.lay("right_index")
    code = FaultCode.SCANNER_BROKEN_PICTURE if kind == "half" else FaultCode.SCANNER_NO_FINGER
    assert failed(scanner, 1).code is code
    reader.levers.picture = "whole"
    reader.lay("right_index")
    picture_of(scanner).load()


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (fprint_virtual.BUSY, FaultCode.SCANNER_BUSY),
        (fprint_virtual.PROTOCOL, FaultCode.SCANNER_BAD_ANSWER),
        (fprint_virtual.TOO_HOT, FaultCode.SCANNER_NOT_READY),
        (fprint_virtual.REMOVED, FaultCode.SCANNER_UNREACHABLE),
    ],
)
def test_an_error_of_the_reader_is_a_fault_and_then_it_goes_on(
    reader: VirtualReader, scanner: LibfprintScanner, error: int, code: FaultCode
) -> None:
    reader.fail(error)
    assert failed(scanner).code is code
    scanner.open()
    reader.lay("right_index")
    picture_of(scanner).load()


def test_a_reader_that_stops_in_the_middle_of_a_word_ends_in_time(
    reader: VirtualReader, scanner: LibfprintScanner
) -> None:
    reader.say_half_a_header()
    began = time.monotonic()
    assert failed(scanner, 0.5).code is FaultCode.SCANNER_TIMEOUT
    assert time.monotonic() - began < 0.5 + LATE_SECONDS
    reader.close()
    reader.lay("right_index")
    picture_of(scanner).load()


def test_a_finger_that_is_lifted_late_is_waited_for(reader: VirtualReader, scanner: LibfprintScanner) -> None:
    reader.lay_and_stay("right_index")
    hand = threading.Timer(0.5, reader.lift)
    hand.start()
    began = time.monotonic()
    picture_of(scanner).load()
    assert time.monotonic() - began > 0.5
    hand.join()


def test_a_finger_that_stays_is_told_from_none(reader: VirtualReader, scanner: LibfprintScanner) -> None:
    reader.lay_and_stay("right_index")
    fault = failed(scanner, 0.8)
    assert (fault.code, "not lifted" in fault.detail) == (FaultCode.SCANNER_TIMEOUT, True)
    fault = failed(scanner, 0.3)
    assert (fault.code, "no finger" in fault.detail) == (FaultCode.SCANNER_TIMEOUT, True)


def test_a_library_that_hangs_costs_its_process_only(reader: VirtualReader, scanner: LibfprintScanner) -> None:
    first = scanner._reader.process_id
    assert first is not None
    os.kill(first, signal.SIGSTOP)
    began = time.monotonic()
    assert failed(scanner, 0.5).code is FaultCode.SCANNER_SILENT
    assert time.monotonic() - began < 0.5 + LATE_SECONDS
    scanner.open()
    assert scanner._reader.process_id not in (None, first)
    reader.lay("right_index")
    picture_of(scanner).load()


def test_a_library_that_crashes_costs_its_process_only(reader: VirtualReader, scanner: LibfprintScanner) -> None:
    first = scanner._reader.process_id
    assert first is not None
    os.kill(first, signal.SIGSEGV)
    assert failed(scanner).code is FaultCode.SCANNER_UNREACHABLE
    assert scanner.status().level == "ok"


def test_a_scale_that_nobody_tells_is_refused(reader: VirtualReader) -> None:
    scanner = from_uri("fprint:")
    scanner.open()
    reader.lay("right_index")
    fault = failed(scanner)
    assert (fault.code, "ppi=" in fault.detail) == (FaultCode.SCANNER_NOT_READY, True)
    scanner.close()


def test_a_reader_that_compares_inside_itself_is_refused(tmp_path: Path) -> None:
    with in_environment({"FP_VIRTUAL_DEVICE": str(tmp_path / "reader")}):
        status = from_uri("fprint:").status()
    assert status.reasons == (FaultCode.SCANNER_NOT_READY.value,)
    assert "inside itself" in status.detail["why"]


def test_of_several_readers_none_is_guessed(reader: VirtualReader, bus: UsbBus, usb_hands: ScannerHands) -> None:
    status = from_uri("fprint:").status()
    assert status.reasons == (FaultCode.SCANNER_UNREACHABLE.value,)
    assert "2 readers fit" in status.detail["why"] and "nb1010" in status.detail["why"]
    chosen = from_uri("fprint:nb1010")
    assert chosen.status().level == "ok"
    chosen.close()


def test_without_a_reader_and_without_the_library_it_says_so(tmp_path: Path) -> None:
    assert "libfprint sees: none" in from_uri("fprint:").status().detail["why"]
    with in_environment({"GI_TYPELIB_PATH": ""}):
        # The library's description for GObject introspection cannot be found where this Python looks.
        lacking = LibfprintScanner(LibfprintReader("", python=_python_without_gi(tmp_path)))
        status = lacking.status()
    assert status.reasons == (FaultCode.SCANNER_UNREACHABLE.value,)
    assert "apt install gir1.2-fprint-2.0" in status.detail["why"]


def _python_without_gi(folder: Path) -> str:
    """The system's Python, which does not see the system's packages."""
    script = folder / "python3"
    script.write_text('#!/bin/sh\nexec /usr/bin/python3 -S "$@"\n')
    script.chmod(0o755)
    return str(script)


def test_the_uri_names_scale_and_turn_or_is_refused() -> None:
    assert isinstance(open_device("fingerprint_scanner", "fprint:uru4000?ppi=512&turn=180"), LibfprintScanner)
    for uri in ("fprint:?ppi=20", "fprint:?turn=45", "fprint:?speed=1", "fprint:?ppi=x", "usb:298d:1010"):
        with pytest.raises(ValueError):
            from_uri(uri)
