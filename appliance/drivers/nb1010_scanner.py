"""Fingerprint scanner NextBiometrics NB-1010-U on USB (`usb:298d:1010[?serial=…&turn=…]`): one finger at a time.

No real one has been driven by this module yet; `nb1010` says where its facts come from.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from appliance.clock import Deadline
from appliance.devices import DeviceStatus, FingerImage, FingerPosition, Level
from appliance.drivers import nb1010
from appliance.drivers.finger_picture import contrast, upright
from appliance.drivers.shared_glass import SharedGlass
from appliance.drivers.transport_usb import (
    UsbBusy,
    UsbGone,
    UsbIdentity,
    UsbStalled,
    UsbTransport,
    parse_uri,
)
from appliance.drivers.wire_log import Direction, Tap, no_tap
from appliance.faults import DeviceFault, FaultCode

ANSWER_SECONDS = 2.0
"""While a picture is made: the device answers within milliseconds, but a board with everything to do at once may let
the process of the bus wait for a second and more."""
LOOK_SECONDS = 1.0
"""The same where it is only asked whether a finger is there: nothing is lost by a second look."""
EXPOSURE_SECONDS = 3.0
"""How long after its answer the first piece of a picture may take; the pieces then follow each other."""
PICTURE_SECONDS = ANSWER_SECONDS + 2 * EXPOSURE_SECONDS
LOOK_PAUSE = 0.05
"""Between two questions whether a finger is there."""
LEAST_CONTRAST = 12.0
"""Standard deviation of the grey values below which a picture shows no finger; bare glass has 1 to 3."""
TURN = 90
"""Degrees anticlockwise from the sensor's lines to an upright finger. Which of the two ways is right is not
published: a first real picture that stands on its head means `turn=270`. Comparison does not depend on it."""


class Nb1010Scanner:
    """A FingerprintScanner for comparison one to one; it judges no quality: `device_quality` tells the touch."""

    def __init__(self, transport: UsbTransport, turn: int = TURN) -> None:
        self._transport = transport
        self._turn = turn
        self._identity = UsbIdentity("", "", "")
        self._sequence = 0
        self._glass = SharedGlass()

    def open(self) -> None:
        """Find and claim the scanner and ask it once."""
        with self._held(Deadline.after(PICTURE_SECONDS)):
            self._begin()

    def close(self) -> None:
        """Let the scanner go; a live picture in another thread ends with the one being made; never raises."""
        self._glass.end()
        with suppress(TimeoutError), self._glass.first(Deadline.after(PICTURE_SECONDS)):
            self._transport.close()
        self._transport.close()

    def status(self) -> DeviceStatus:
        """Ask the scanner whether a finger is there (about 2 ms), opening it first if need be (about 0.3 s).

        A live picture that is being made is waited for.
        """
        try:
            with self._held(Deadline.after(PICTURE_SECONDS)):
                self._ready()
                strength = self._strength(Deadline.after(LOOK_SECONDS))
        except DeviceFault as fault:
            level: Level = "limited" if fault.code is FaultCode.SCANNER_BUSY else "down"
            return DeviceStatus(level, (fault.code.value,), self._identity.product, detail={"why": fault.detail})
        model = self._identity.product or "NB-1010-U"
        return DeviceStatus("ok", (), model, self._identity.serial, {"touch": str(strength), "ppi": str(nb1010.PPI)})

    def self_test(self) -> DeviceStatus:
        """Take one whole picture of the glass, with or without a finger, and throw it away."""
        try:
            with self._held(Deadline.after(PICTURE_SECONDS)):
                self._ready()
                self._picture(Deadline.after(PICTURE_SECONDS))
        except DeviceFault as fault:
            return DeviceStatus("down", (fault.code.value,), self._identity.product, detail={"why": fault.detail})
        return self.status()

    def capture(self, positions: Sequence[FingerPosition], min_quality: int, by: Deadline) -> tuple[FingerImage, ...]:
        """One finger, as soon as it lies on the glass; the picture is resampled from 385 to 500 ppi.

        `min_quality` cannot be passed on. `fingerprint_scanner.wrong_count` for more than one finger, `timeout` if
        none was laid down, `no_finger` if it was lifted too soon; `broken_picture`, `silent`, `bad_answer`,
        `busy`, `unreachable`.
        """
        if len(positions) != 1:
            raise DeviceFault(FaultCode.SCANNER_WRONG_COUNT, f"{len(positions)} fingers asked of a scanner for one")
        with self._held(by):
            self._ready()
            # What an earlier, broken-off picture has left in the device would pass for this one's answer.
            self._transport.drain(nb1010.IN)
            strength = self._await_finger(by)
            pixels = self._picture(by)
            png, width, height = upright(pixels, nb1010.WIDTH, nb1010.LINES, nb1010.PPI, self._turn)
            self._glass.show(png)
        if contrast(pixels, nb1010.WIDTH, nb1010.LINES) < LEAST_CONTRAST:
            raise DeviceFault(FaultCode.SCANNER_NO_FINGER, "the picture is of bare glass")
        quality = min(100, strength * 100 // 255)
        return (FingerImage(positions[0], png, width, height, quality, self._identity.serial),)

    def preview(self) -> Iterator[bytes]:
        """PNG pictures of the glass as they come, until closed; while a capture waits for a finger, one of the bare
        glass, then the finger that it took."""
        return self._glass.pictures(self._live)

    def _live(self) -> bytes:
        with self._in_faults():
            self._ready()
            try:
                return self._upright(self._picture(Deadline.after(PICTURE_SECONDS)))
            except DeviceFault:
                self._transport.drain(nb1010.IN)
                raise

    def _begin(self) -> None:
        if not self._transport.opened:
            self._identity = self._transport.open()
        self._transport.drain(nb1010.IN)
        self._strength(Deadline.after(ANSWER_SECONDS))

    def _ready(self) -> None:
        if not self._transport.opened:
            self._begin()

    def _upright(self, pixels: bytes) -> bytes:
        return upright(pixels, nb1010.WIDTH, nb1010.LINES, nb1010.PPI, self._turn)[0]

    def _await_finger(self, by: Deadline) -> int:
        """Wait until a finger lies there at two questions in a row; the strength of the second."""
        before, bare = False, False
        while not by.passed:
            strength = self._strength(Deadline.after(LOOK_SECONDS))
            if (now := nb1010.touched(strength)) and before:
                return strength
            if now:
                bare = False
            elif not bare and self._glass.watched:
                self._show_bare_glass()
                bare = True
            before = now
            time.sleep(min(LOOK_PAUSE, by.remaining()))
        raise DeviceFault(FaultCode.SCANNER_TIMEOUT, "no finger on the glass")

    def _show_bare_glass(self) -> None:
        """For who looks: nothing lies there any more. Once, while the finger is still to come, not again and again
        when it may come down; no trouble of it is the capture's."""
        try:
            self._glass.show(self._upright(self._picture(Deadline.after(PICTURE_SECONDS))))
        except DeviceFault:
            self._transport.drain(nb1010.IN)

    def _strength(self, by: Deadline) -> int:
        return nb1010.touch(self._ask(nb1010.TOUCH, by))

    def _picture(self, by: Deadline) -> bytes:
        self._ask(nb1010.PREPARE, Deadline.after(ANSWER_SECONDS))
        self._ask(nb1010.CAPTURE, Deadline.after(ANSWER_SECONDS))
        pixels = bytearray()
        wait = EXPOSURE_SECONDS
        for number in range(nb1010.PACKETS):
            patience = min(Deadline.after(wait), by, key=lambda one: one.at)
            try:
                pixels += nb1010.lines(self._transport.read(nb1010.IN, nb1010.PACKET_BYTES, patience))
            except (TimeoutError, nb1010.BadAnswer) as error:
                why = f"{number} of {nb1010.PACKETS} pieces: {error}"
                raise DeviceFault(FaultCode.SCANNER_BROKEN_PICTURE, why) from error
            wait = ANSWER_SECONDS
        return bytes(pixels)

    def _ask(self, code: int, by: Deadline) -> bytes:
        self._sequence = (self._sequence + 1) & 0xFF
        self._transport.write(nb1010.OUT, nb1010.command(code, self._sequence), by)
        return nb1010.checked(self._transport.read(nb1010.IN, nb1010.ANSWER_BYTES, by), code)

    @contextmanager
    def _held(self, by: Deadline) -> Iterator[None]:
        """The wire until the block ends, after a live picture that is being made; its troubles become faults."""
        try:
            with self._glass.first(by), self._in_faults():
                yield
        except TimeoutError as error:
            raise DeviceFault(FaultCode.SCANNER_SILENT, str(error)) from error

    @contextmanager
    def _in_faults(self) -> Iterator[None]:
        """Turn what the transport and the codec say into faults; a device that is gone is let go."""
        try:
            yield
        except UsbBusy as error:
            raise DeviceFault(FaultCode.SCANNER_BUSY, str(error)) from error
        except UsbGone as error:
            self._transport.close()
            raise DeviceFault(FaultCode.SCANNER_UNREACHABLE, str(error)) from error
        except TimeoutError as error:
            raise DeviceFault(FaultCode.SCANNER_SILENT, str(error)) from error
        except (UsbStalled, nb1010.BadAnswer) as error:
            raise DeviceFault(FaultCode.SCANNER_BAD_ANSWER, str(error)) from error


def opened_of(direction: Direction, transfer: bytes) -> int:
    """Commands and answers hold nothing of any person; all else that comes in is a piece of a picture."""
    return len(transfer) if direction == "out" or nb1010.is_answer(transfer) else 0


def from_uri(uri: str, tap: Tap = no_tap) -> Nb1010Scanner:
    """The scanner of `usb:298d:1010`; `serial` chooses one of several, `turn` is 0, 90, 180 or 270."""
    address = parse_uri(uri)
    if (address.vendor, address.product) != (nb1010.VENDOR, nb1010.PRODUCT) or dict(address.options).keys() - {
        "turn"
    }:
        raise ValueError("this driver serves usb:298d:1010 with the options serial and turn")
    turn = int(address.option("turn", str(TURN)))
    if turn not in (0, 90, 180, 270):
        raise ValueError("turn must be 0, 90, 180 or 270")
    return Nb1010Scanner(UsbTransport(address, tap, opened=opened_of), turn)
