"""The USB scanner driver over usbfs calls: the real libusb on a simulated bus, unplugged at every moment."""

from __future__ import annotations

import io
import os
import subprocess
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from every_device import opened_within, refusal
from every_fingerprint_scanner import Looker
from PIL import Image
from usb_finger_hands import CACHE, PERSON, PORT, ScannerHands, UsbFingerScannerContract, bus, plugged

from appliance.clock import Deadline
from appliance.devices import FingerPosition as Finger
from appliance.drivers.catalogue import NoDriver, open_device
from appliance.drivers.nb1010_scanner import Nb1010Scanner, from_uri
from appliance.faults import FaultCode
from hw_sim.usb_bus import UsbBus
from hw_sim.usb_finger_scanner import SERIAL, UsbFingerScanner
from hw_sim.world import When

__all__ = ["bus"]
pytestmark = pytest.mark.daemons

URI = "usb:298d:1010"
UNPLUGGED = FaultCode.SCANNER_UNREACHABLE


@pytest.fixture
def takes() -> int:
    return 1


@pytest.fixture
def hands(bus: UsbBus, takes: int) -> Iterator[ScannerHands]:
    with plugged(bus, takes) as hands:
        yield hands


@pytest.fixture
def device(hands: ScannerHands) -> Iterator[Nb1010Scanner]:
    scanner = from_uri(URI)
    scanner.open()
    yield scanner
    scanner.close()


def capture(scanner: Nb1010Scanner, seconds: float = 10) -> Any:
    (image,) = scanner.capture([Finger.RIGHT_THUMB], 40, Deadline.after(seconds))
    return image


def failed(scanner: Nb1010Scanner, seconds: float = 10) -> FaultCode:
    return refusal(scanner.capture, [Finger.RIGHT_THUMB], 40, Deadline.after(seconds))


class TestUsbScanner(UsbFingerScannerContract):
    schemes = ("usb",)
    has_stream = True

    @pytest.fixture
    def takes(self) -> int:
        return 2


def test_a_stranger_reads_the_descriptors(hands: ScannerHands) -> None:
    line = ["lsusb", "-v", "-d", "298d:1010"]
    shown = subprocess.run(line, capture_output=True, text=True, timeout=20)
    assert shown.returncode == 0, shown.stderr
    for fact in ("1 NEXT Biometrics", f"3 {SERIAL}", "EP 2 OUT", "EP 3 IN", "Device Status:     0x0000"):
        assert fact in shown.stdout


def test_a_finger_becomes_an_upright_png_of_500_ppi(device: Nb1010Scanner, hands: ScannerHands) -> None:
    hands.lay_finger("right_thumb")
    image = capture(device)
    with Image.open(io.BytesIO(image.image)) as png:
        assert (png.mode, png.size) == ("L", (image.width, image.height)) == ("L", (234, 332))
        assert round(png.info["dpi"][0]) == 500
        seen = png.copy()
    assert (image.position, image.device_serial) == (Finger.RIGHT_THUMB, SERIAL)
    assert 38 < image.device_quality <= 100
    with Image.open(io.BytesIO(CACHE.impression(PERSON.finger_seed("right_thumb"), 0))) as whole:
        middle = whole.crop((83, 74, 83 + 234, 74 + 332))
    assert likeness(seen, middle) > 0.9
    assert likeness(seen, middle.transpose(Image.Transpose.ROTATE_180)) < 0.5


def likeness(one: Image.Image, other: Image.Image) -> float:
    import numpy as np

    flat = [np.asarray(each.convert("L"), float).ravel() for each in (one, other)]
    return float(np.corrcoef(*flat)[0, 1])


def test_a_finger_laid_later_is_waited_for(device: Nb1010Scanner, hands: ScannerHands) -> None:
    hands.bus.world.on(When("usb-out", {"n": 6, "port": PORT}), lambda _: hands.lay_finger("right_thumb"))
    assert capture(device).image.startswith(b"\x89PNG")


def test_no_finger_ends_at_the_deadline(device: Nb1010Scanner) -> None:
    begun = time.monotonic()
    assert failed(device, 0.4) is FaultCode.SCANNER_TIMEOUT
    assert time.monotonic() - begun < 3
    assert device.status().level == "ok"


def test_a_finger_lifted_before_the_picture_is_no_finger(device: Nb1010Scanner, hands: ScannerHands) -> None:
    hands.lay_finger("right_thumb")
    hands.bus.world.on(When("usb-capture-begins"), lambda _: hands.lift_finger())
    assert failed(device) is FaultCode.SCANNER_NO_FINGER


def test_another_finger_than_the_one_asked_is_another_picture(device: Nb1010Scanner, hands: ScannerHands) -> None:
    hands.lay_finger("right_thumb")
    right = capture(device)
    hands.levers.swapped = {"right_thumb": "left_thumb"}
    assert capture(device).image != right.image


def test_a_silent_scanner_is_called_silent_in_its_status_too(device: Nb1010Scanner, hands: ScannerHands) -> None:
    hands.silence()
    assert device.status().reasons == (FaultCode.SCANNER_SILENT.value,)
    hands.speak()
    assert device.status().level == "ok"


@pytest.mark.parametrize(("lever", "value"), [("stalled", True), ("garbage", True)])
def test_a_confused_scanner_is_called_so(device: Nb1010Scanner, hands: ScannerHands, lever: str, value: bool) -> None:
    hands.lay_finger("right_thumb")
    setattr(hands.levers, lever, value)
    assert failed(device) is FaultCode.SCANNER_BAD_ANSWER
    setattr(hands.levers, lever, not value)
    assert capture(device).width == 234


def test_half_a_picture_is_not_one_and_its_rest_is_not_the_next_ones(
    device: Nb1010Scanner, hands: ScannerHands
) -> None:
    hands.lay_finger("right_thumb")
    whole = capture(device)
    hands.levers.packets = 45
    assert failed(device) is FaultCode.SCANNER_BROKEN_PICTURE
    hands.levers.packets = 90
    assert capture(device).image == whole.image
    hands.scanner.leave(b"\x80\x21" + bytes(538))
    assert capture(device).image == whole.image


@pytest.mark.parametrize(("way", "number"), [("usb-out", 3), ("usb-out", 5), ("usb-in", 40)])
def test_unplugged_in_the_middle_it_says_so_and_comes_back(
    device: Nb1010Scanner, hands: ScannerHands, way: str, number: int
) -> None:
    hands.lay_finger("right_thumb")
    hands.unplug()
    hands.plug()
    device.close()
    hands.bus.world.on(When(way, {"port": PORT, "n": number}), lambda _: hands.unplug())
    begun = time.monotonic()
    device.open()
    assert failed(device) is UNPLUGGED
    assert time.monotonic() - begun < 4
    assert device.status().level == "down"
    hands.plug()
    assert opened_within(device, 3)
    assert capture(device).width == 234


def test_another_program_holds_it(device: Nb1010Scanner) -> None:
    second = from_uri(URI)
    assert refusal(second.open) is FaultCode.SCANNER_BUSY
    assert second.status().level == "limited"
    device.close()
    second.open()
    second.close()


def test_a_killed_child_is_replaced(device: Nb1010Scanner, hands: ScannerHands) -> None:
    hands.lay_finger("right_thumb")
    first = device._transport.process_id
    assert first is not None
    os.kill(first, 9)
    assert failed(device) is UNPLUGGED
    assert capture(device).width == 234
    assert device._transport.process_id not in (None, first)


def test_the_preview_shows_the_glass_until_it_is_closed(device: Nb1010Scanner, hands: ScannerHands) -> None:
    pictures = device.preview()
    bare = next(pictures)
    hands.lay_finger("right_thumb")
    assert bare.startswith(b"\x89PNG") and next(pictures) != bare
    device.close()
    assert list(pictures) == []


def test_who_looks_while_a_capture_waits_sees_that_the_finger_is_gone_then_the_one_taken(
    device: Nb1010Scanner, hands: ScannerHands
) -> None:
    hands.lay_finger("right_thumb")
    with Looker(device) as looker:
        looker.see(2)
        # between the last live picture and the capture
        hands.bus.world.on(When("usb-capture"), lambda _: hands.lift_finger())
        taken: list[bytes] = []
        capturing = threading.Thread(target=lambda: taken.append(capture(device).image))
        capturing.start()
        looker.until(lambda picture: bare(picture))
        hands.lay_finger("right_thumb")
        capturing.join(20)
        looker.until(lambda picture: picture == taken[0])
    assert not looker.trouble


def bare(picture: bytes) -> bool:
    with Image.open(io.BytesIO(picture)) as seen:
        darkest, _ = seen.getextrema()
    return int(darkest) > 200  # type: ignore[arg-type]


def test_one_of_two_scanners_is_chosen_by_its_serial_number(hands: ScannerHands) -> None:
    other = UsbFingerScanner(hands.bus.world, CACHE, serial="NB99000002")
    hands.bus.plug("1-2", other)
    try:
        assert refusal(from_uri(URI).open) is UNPLUGGED
        chosen = from_uri(f"{URI}?serial=NB99000002")
        assert chosen.status().serial == "NB99000002"
        chosen.close()
    finally:
        hands.bus.unplug("1-2")


def test_the_uri_names_this_driver_or_none() -> None:
    assert isinstance(open_device("fingerprint_scanner", f"{URI}?turn=270"), Nb1010Scanner)
    with pytest.raises(NoDriver):
        open_device("fingerprint_scanner", "usb:1234:5678")
    for uri in (f"{URI}?turn=45", f"{URI}?speed=1", "usb:1234:5678", "usb:298d", "serial:/dev/x"):
        with pytest.raises(ValueError):
            from_uri(uri)
