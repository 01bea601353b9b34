"""What every fingerprint scanner must hold, however it is wired; a driver's test file gives `device` and `hands`."""

from __future__ import annotations

import io
import itertools
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import ClassVar, Protocol

from every_device import DeviceContract, Hands, opened_within, refusal
from PIL import Image

from appliance.clock import Deadline
from appliance.devices import FingerImage, FingerPosition, FingerprintScanner
from appliance.faults import DeviceFault, FaultCode

LATE_SECONDS = 1.0
"""How much later than its deadline a capture may end."""


class FingerprintHands(Hands, Protocol):
    """What can be done at a fingerprint scanner."""

    def lay_finger(self, position: FingerPosition) -> None:
        """Lay this finger on the glass and leave it there."""

    def lift_finger(self) -> None:
        """Take every finger off the glass."""

    def silence(self) -> None:
        """The device answers nothing any more, though its cable is in."""

    def speak(self) -> None:
        """It answers again."""


class FingerprintScannerContract(DeviceContract):
    """Pictures, deadlines, silence, unplugging, preview and counts.

    `finger` is the finger asked for; `too_many` more than the device takes in one placement; `has_stream` whether
    it shows live pictures; `capture_seconds` ample time for one picture; `unplug_seconds` 1 on a wire that tells,
    3 on one that must be asked; `knows_serial` whether the device has a serial number of its own.
    """

    kind = "fingerprint_scanner"
    unreachable = FaultCode.SCANNER_UNREACHABLE
    finger: ClassVar[FingerPosition] = FingerPosition.RIGHT_INDEX
    too_many: ClassVar[Sequence[FingerPosition]] = (FingerPosition.RIGHT_INDEX, FingerPosition.RIGHT_MIDDLE)
    has_stream: ClassVar[bool] = False
    knows_serial: ClassVar[bool] = True
    capture_seconds: ClassVar[float] = 20.0
    unplug_seconds: ClassVar[float] = 1.0

    def one(self, device: FingerprintScanner) -> FingerImage:
        """One capture of the finger that lies there."""
        (image,) = device.capture((self.finger,), 40, Deadline.after(self.capture_seconds))
        return image

    def test_a_finger_is_a_complete_picture_of_500_ppi(
        self, device: FingerprintScanner, hands: FingerprintHands
    ) -> None:
        hands.lay_finger(self.finger)
        image = self.one(device)
        with Image.open(io.BytesIO(image.image), formats=("PNG",)) as picture:
            picture.load()
            assert (picture.mode, picture.size) == ("L", (image.width, image.height))
            assert [round(one) for one in picture.info["dpi"]] == [500, 500]
            darkest, lightest = picture.getextrema()
        assert lightest - darkest > 40, "ridges and valleys"
        assert image.position is self.finger
        assert 0 <= image.device_quality <= 100
        assert image.device_serial == device.status().serial
        assert bool(image.device_serial) is self.knows_serial

    def test_two_captures_are_two_pictures(self, device: FingerprintScanner, hands: FingerprintHands) -> None:
        hands.lay_finger(self.finger)
        first = self.one(device)
        hands.lift_finger()
        hands.lay_finger(self.finger)
        assert first.image != self.one(device).image

    def test_without_a_finger_it_ends_in_time(self, device: FingerprintScanner, hands: FingerprintHands) -> None:
        hands.lift_finger()
        began = time.monotonic()
        code = refusal(device.capture, (self.finger,), 40, Deadline.after(1))
        assert code in {FaultCode.SCANNER_TIMEOUT, FaultCode.SCANNER_NO_FINGER}
        assert time.monotonic() - began < 1 + LATE_SECONDS
        hands.lay_finger(self.finger)
        assert self.one(device).position is self.finger

    def test_silent_it_ends_in_time_and_is_usable_afterwards(
        self, device: FingerprintScanner, hands: FingerprintHands
    ) -> None:
        hands.lay_finger(self.finger)
        hands.silence()
        began = time.monotonic()
        code = refusal(device.capture, (self.finger,), 40, Deadline.after(1))
        assert code in {FaultCode.SCANNER_TIMEOUT, FaultCode.SCANNER_SILENT, FaultCode.SCANNER_UNREACHABLE}
        assert time.monotonic() - began < 1 + LATE_SECONDS
        hands.speak()
        assert opened_within(device, 3)
        assert self.one(device).position is self.finger

    def test_unplugged_before_a_capture(self, device: FingerprintScanner, hands: FingerprintHands) -> None:
        hands.lay_finger(self.finger)
        hands.unplug()
        began = time.monotonic()
        assert refusal(device.capture, (self.finger,), 40, Deadline.after(10)) is FaultCode.SCANNER_UNREACHABLE
        assert time.monotonic() - began < self.unplug_seconds
        hands.plug()
        assert opened_within(device, 3)
        assert self.one(device).position is self.finger

    def test_unplugged_while_it_waits_for_a_finger(self, device: FingerprintScanner, hands: FingerprintHands) -> None:
        hands.lift_finger()
        threads, processes = set(threading.enumerate()), _children()
        pulled: list[float] = []

        def pull() -> None:
            hands.unplug()
            pulled.append(time.monotonic())

        hand = threading.Timer(0.3, pull)
        hand.start()
        code = refusal(device.capture, (self.finger,), 40, Deadline.after(15))
        ended = time.monotonic()
        hand.join()
        assert code is FaultCode.SCANNER_UNREACHABLE
        assert ended - pulled[0] < self.unplug_seconds
        device.close()
        assert not [one for one in set(threading.enumerate()) - threads if _ours(one)]
        assert not _children() - processes
        hands.plug()
        assert opened_within(device, 3)

    def test_closing_ends_the_preview(self, device: FingerprintScanner, hands: FingerprintHands) -> None:
        hands.lay_finger(self.finger)
        if not self.has_stream:
            assert list(device.preview()) == []
            return
        pictures: list[bytes] = []
        trouble: list[DeviceFault] = []
        some = threading.Event()

        def watch() -> None:
            try:
                for picture in device.preview():
                    pictures.append(picture)
                    some.set()
            except DeviceFault as fault:
                trouble.append(fault)
                some.set()

        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        assert some.wait(5)
        device.close()
        watcher.join(2)
        assert not watcher.is_alive() and not trouble
        for one in pictures:
            with Image.open(io.BytesIO(one), formats=("JPEG", "PNG")) as picture:
                picture.load()

    def test_a_live_picture_costs_a_capture_one_picture_at_most_and_goes_on(
        self, device: FingerprintScanner, hands: FingerprintHands
    ) -> None:
        """Before, between and after captures, and each capture has a picture of its own."""
        hands.lay_finger(self.finger)
        if not self.has_stream:
            return
        before = min(_seconds(lambda: self.one(device)) for _ in range(3))
        with Looker(device) as looker:
            looker.see(3)
            with_it, taken = list[float](), list[bytes]()
            for _ in range(4):
                with_it.append(_seconds(lambda: taken.append(self.one(device).image)))
                looker.see(2)
            hands.lift_finger()
            looker.see(2)
        assert not looker.trouble
        hands.lay_finger(self.finger)
        alone = max(before, min(_seconds(lambda: self.one(device)) for _ in range(3)))  # a machine may grow busy
        pictures = looker.pictures
        periods = [later - earlier for (earlier, _), (later, _) in itertools.pairwise(pictures)]
        print(f"alone {alone:.3f} s; beside a live picture {min(with_it):.3f} to {max(with_it):.3f} s", end="; ")
        print(f"a live picture each {median(periods):.3f} s")
        assert min(with_it) <= alone + 1.5 * median(periods) + 0.1, "two pictures would be two periods"
        for _, one in pictures:
            with Image.open(io.BytesIO(one), formats=("JPEG", "PNG")) as picture:
                picture.load()
        for image in taken:
            with Image.open(io.BytesIO(image), formats=("PNG",)) as whole:
                darkest, lightest = whole.getextrema()
                assert lightest - darkest > 40

    def test_a_capture_that_waits_for_its_finger_is_no_trouble_for_who_looks(
        self, device: FingerprintScanner, hands: FingerprintHands
    ) -> None:
        """Nothing is told for longer than a live picture may be silent; who looks hears that he still looks."""
        hands.lift_finger()
        if not self.has_stream:
            return
        with Looker(device) as looker:
            looker.see(1)
            assert refusal(device.capture, (self.finger,), 40, Deadline.after(4)) in {
                FaultCode.SCANNER_TIMEOUT,
                FaultCode.SCANNER_NO_FINGER,
            }
            beats = [later - earlier for earlier, later in itertools.pairwise(looker.heard)]
            looker.see(2)
        assert not looker.trouble
        assert max(beats) < 2.5, "a page that is gone is noticed"

    def test_unplugged_while_somebody_looks_it_says_so_and_is_seen_again_afterwards(
        self, device: FingerprintScanner, hands: FingerprintHands
    ) -> None:
        hands.lay_finger(self.finger)
        if not self.has_stream:
            return
        with Looker(device) as looker:
            looker.see(2)
            hands.unplug()
            pulled = time.monotonic()
            while device.status().level != "down":
                assert time.monotonic() - pulled < 3
            assert time.monotonic() - pulled < 3
            looker.ended(3)
            assert looker.trouble in ([], [FaultCode.SCANNER_UNREACHABLE])
        hands.plug()
        assert opened_within(device, 3)
        with Looker(device) as again:
            again.see(2)

    def test_more_fingers_than_it_takes_are_refused_at_once(
        self, device: FingerprintScanner, hands: FingerprintHands
    ) -> None:
        hands.lift_finger()
        began = time.monotonic()
        assert refusal(device.capture, self.too_many, 40, Deadline.after(10)) is FaultCode.SCANNER_WRONG_COUNT
        assert time.monotonic() - began < 1


class Looker:
    """Somebody who looks at the glass in a thread of his own: what he saw when, and how it ended."""

    def __init__(self, device: FingerprintScanner) -> None:
        self._device = device
        self._news = threading.Condition()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._leaves = False
        self.pictures: list[tuple[float, bytes]] = []
        self.heard: list[float] = []
        self.trouble: list[FaultCode] = []

    def __enter__(self) -> Looker:
        self._thread.start()
        return self

    def __exit__(self, *reason: object) -> None:
        self._leaves = True
        self.ended(5)

    def _look(self) -> None:
        try:
            for picture in self._device.preview():
                with self._news:
                    self.heard.append(time.monotonic())
                    if picture:
                        self.pictures.append((self.heard[-1], picture))
                    self._news.notify_all()
                if self._leaves:
                    return
        except DeviceFault as fault:
            self.trouble.append(fault.code)

    def see(self, count: int) -> None:
        """Wait for so many pictures more."""
        with self._news:
            until = len(self.pictures) + count
            assert self._news.wait_for(lambda: len(self.pictures) >= until or self.trouble, 10), "no live picture"
            assert not self.trouble

    def until(self, holds: Callable[[bytes], bool]) -> None:
        """Wait until one of the pictures is such a one."""
        with self._news:
            found = self._news.wait_for(lambda: any(holds(one) for _, one in self.pictures) or self.trouble, 10)
            assert found and not self.trouble

    def ended(self, seconds: float) -> None:
        """Wait until he sees nothing more."""
        self._thread.join(seconds)
        assert not self._thread.is_alive()


def _seconds(work: Callable[[], object]) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began


def _children() -> set[str]:
    """The process ids of our children."""
    found: set[str] = set()
    for task in Path("/proc/self/task").iterdir():
        try:
            found.update((task / "children").read_text().split())
        except FileNotFoundError:
            continue
    return found


def _ours(thread: threading.Thread) -> bool:
    """Whether the appliance started this thread, not the simulator."""
    return getattr(getattr(thread, "_target", None), "__module__", "").startswith("appliance")
