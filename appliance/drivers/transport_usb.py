"""A USB device: bytes to and from its bulk endpoints, with deadlines, by way of a child process that can be killed.

libusb ends a transfer at its timeout, but not what the kernel does for it: opening, claiming, resetting and
cancelling wait for the bus, for tens of seconds when a hub is in trouble, and nothing here could cut them short. The
child is `transport_usb_child`. A request is one letter and its argument, a reply one byte of outcome and its data.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from appliance.clock import Deadline
from appliance.drivers.framed_child import ChildGone, ChildSilent, FramedChild
from appliance.drivers.wire_log import NOTHING, Direction, Tap, no_tap, veiled

CHILD = "appliance.drivers.transport_usb_child"
OPEN_SECONDS = 4.0
"""How long finding, opening and claiming a device may take; the child's own start is in it."""
GRACE_SECONDS = 1.0
"""How much later than its deadline a transfer may end before the child is ended."""
LARGEST_READ = 1 << 20

_DONE, _NOTHING, _GONE, _STALLED, _BUSY = b"\0", b"\1", b"\2", b"\3", b"\4"


_HEAD = 1 + 1 + 4
"""Letter, endpoint, milliseconds."""

Opened = Callable[[Direction, bytes], int]
"""How many bytes at the beginning of a transfer hold nothing of any person."""


def _all_hidden(direction: Direction, data: bytes) -> int:
    return 0


class UsbGone(ConnectionError):
    """The device is not there (any more); open it again."""


class UsbBusy(ConnectionError):
    """Another program holds the device, or this one may not use it."""


class UsbStalled(OSError):
    """The device refused the transfer; the endpoint has been made free again (USB 2.0 §9.4.5)."""


@dataclass(frozen=True, slots=True)
class UsbAddress:
    """Which device: vendor and product number, its serial number if there may be several, options of the driver."""

    vendor: int
    product: int
    serial: str = ""
    options: tuple[tuple[str, str], ...] = ()

    def option(self, name: str, default: str) -> str:
        """The value of one option of the URI."""
        return dict(self.options).get(name, default)


@dataclass(frozen=True, slots=True)
class UsbIdentity:
    """What an opened device says it is (its string descriptors, which may be empty)."""

    maker: str
    product: str
    serial: str


def parse_uri(uri: str) -> UsbAddress:
    """`usb:<vendor>:<product>[?serial=…&…]`, numbers of four hexadecimal digits; raises ValueError."""
    parts = urlsplit(uri)
    numbers = parts.path.split(":")
    if parts.scheme != "usb" or len(numbers) != 2 or not all(len(one) == 4 for one in numbers):
        raise ValueError("a USB device is named as usb:<vendor>:<product>, four hexadecimal digits each")
    options = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
    serial = options.pop("serial", "")
    return UsbAddress(int(numbers[0], 16), int(numbers[1], 16), serial, tuple(options.items()))


class UsbTransport:
    """One device, of which interface 0 is claimed. Calls end at their deadline, one second later at the latest.

    After UsbGone or a TimeoutError of the child itself the device is let go: open it again. A wire log gets which
    transfer it was, its outcome and length, and of its bytes those that `opened` lets it have.
    """

    def __init__(
        self,
        address: UsbAddress,
        tap: Tap = no_tap,
        child: FramedChild | None = None,
        opened: Opened = _all_hidden,
    ) -> None:
        self.address = address
        self._child = child or FramedChild(CHILD, tap=_shown(tap, opened))
        self._open = False

    @property
    def process_id(self) -> int | None:
        """The child's; None if none runs."""
        return self._child.process_id

    @property
    def opened(self) -> bool:
        """Whether the device is held."""
        return self._open

    def open(self) -> UsbIdentity:
        """Find and claim the device; raises UsbGone or UsbBusy."""
        self.close()
        ask = f"{self.address.vendor:04x}{self.address.product:04x}{self.address.serial}".encode()
        reply = self._ask(b"O", ask, Deadline.after(OPEN_SECONDS))
        names = [*reply.decode("utf-8", "replace").split("\0"), "", "", ""]
        self._open = True
        return UsbIdentity(*names[:3])

    def write(self, endpoint: int, data: bytes, by: Deadline) -> None:
        """Send all bytes as one transfer; raises TimeoutError, UsbStalled or UsbGone."""
        self._transfer(b"W", endpoint, by, data)

    def read(self, endpoint: int, size: int, by: Deadline) -> bytes:
        """What the device sends as one transfer of at most `size` bytes, waiting for it.

        Raises TimeoutError, UsbStalled or UsbGone.
        """
        return self._transfer(b"R", endpoint, by, struct.pack(">I", min(size, LARGEST_READ)))

    def drain(self, endpoint: int) -> int:
        """Throw away what the device has ready, up to 1 MiB; how many bytes it was. Raises UsbStalled or UsbGone."""
        reply = self._transfer(b"X", endpoint, Deadline.after(GRACE_SECONDS), b"")
        return int.from_bytes(reply)

    def close(self) -> None:
        """Let the device go and end the child; never raises."""
        self._open = False
        self._child.kill()

    def _transfer(self, letter: bytes, endpoint: int, by: Deadline, argument: bytes) -> bytes:
        if not self._open:
            raise UsbGone("not opened")
        milliseconds = max(1, int(by.remaining() * 1000))
        return self._ask(letter, struct.pack(">BI", endpoint, milliseconds) + argument, by)

    def _ask(self, letter: bytes, argument: bytes, by: Deadline) -> bytes:
        try:
            reply = self._child.ask(letter + argument, Deadline.after(by.remaining() + GRACE_SECONDS))
        except ChildSilent:
            self._open = False
            raise UsbGone("the bus does not answer; its process was ended") from None
        except ChildGone:
            self._open = False
            raise UsbGone("the bus's process ended by itself") from None
        outcome, data = reply[:1], reply[1:]
        if outcome == _DONE:
            return data
        why = data.decode("utf-8", "replace")
        if outcome == _NOTHING:
            raise TimeoutError(why)
        if outcome == _STALLED:
            raise UsbStalled(why)
        self.close()
        if outcome == _BUSY:
            raise UsbBusy(why)
        raise UsbGone(why)


def _shown(tap: Tap, opened: Opened) -> Tap:
    def request(frame: bytes) -> slice:
        return slice(_HEAD + opened("out", frame[_HEAD:]), None) if frame[:1] == b"W" else NOTHING

    def reply(asked: bytes, frame: bytes) -> slice:
        read = asked[:1] == b"R" and frame[:1] == _DONE
        return slice(1 + opened("in", frame[1:]), None) if read else NOTHING

    return veiled(tap, request, reply)
