"""What every simulated USB device shares: its descriptors and the standard requests (USB 2.0 chapter 9), pure."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

IN = 0x80
BULK = 2
GET_STATUS, CLEAR_FEATURE, SET_FEATURE, GET_DESCRIPTOR, GET_CONFIGURATION, SET_CONFIGURATION = 0, 1, 3, 6, 8, 9
GET_INTERFACE, SET_INTERFACE = 10, 11
DEVICE, CONFIGURATION, STRING, INTERFACE, ENDPOINT = 1, 2, 3, 4, 5
ENGLISH = 0x0409


class Stalled(Exception):
    """The device answers with STALL: the host sees EPIPE."""


class Babbled(Exception):
    """The device sends a packet longer than the host asked for: the host sees EOVERFLOW, and the packet is lost."""


@dataclass(frozen=True, slots=True)
class Descriptors:
    """A device with one configuration and one interface of bulk endpoints.

    `extra` are class descriptors between interface and endpoints; `endpoints` are addresses, with 0x80 for IN.
    """

    vendor: int
    product: int
    names: tuple[str, str, str]
    endpoints: Sequence[int]
    interface_class: tuple[int, int, int] = (0xFF, 0xFF, 0xFF)
    extra: bytes = b""
    packet: int = 512
    release: int = 0x0100

    def device(self) -> bytes:
        """The device descriptor (§9.6.1); its strings 1 to 3 are maker, product and serial number."""
        fields = (18, DEVICE, 0x0200, 0, 0, 0, 64, self.vendor, self.product, self.release, 1, 2, 3, 1)
        return struct.pack("<BBHBBBBHHHBBBB", *fields)

    def configuration(self) -> bytes:
        """The configuration with everything under it (§9.6.3, 9.6.5, 9.6.6)."""
        interface = struct.pack("<9B", 9, INTERFACE, 0, 0, len(self.endpoints), *self.interface_class, 0)
        ends = b"".join(struct.pack("<BBBBHB", 7, ENDPOINT, one, BULK, self.packet, 0) for one in self.endpoints)
        body = interface + self.extra + ends
        return struct.pack("<BBHBBBBB", 9, CONFIGURATION, 9 + len(body), 1, 1, 0, 0x80, 100) + body

    def string(self, index: int) -> bytes:
        """A string descriptor (§9.6.7); raises Stalled for one that is not there."""
        if index == 0:
            return struct.pack("<BBH", 4, STRING, ENGLISH)
        if index > len(self.names):
            raise Stalled
        text = self.names[index - 1].encode("utf-16-le")
        return bytes((len(text) + 2, STRING)) + text


class UsbDevice(Protocol):
    """A device's own logic. Calls come one at a time from the bus."""

    @property
    def descriptors(self) -> Descriptors: ...

    def plugged(self) -> None:
        """It has power again, or its port was reset (USB 2.0 §7.1.7.5): as after a cold start."""

    def written(self, endpoint: int, data: bytes) -> None:
        """The host wrote to a bulk OUT endpoint; may raise Stalled."""

    def read(self, endpoint: int, length: int) -> bytes | None:
        """What the device sends on a bulk IN endpoint; None for nothing yet: the host waits.

        May raise Stalled, Babbled.
        """

    def requested(self, setup: bytes, data: bytes) -> bytes:
        """A class or vendor request on endpoint 0; raises Stalled for one it does not know."""


def control(device: UsbDevice, setup: bytes, data: bytes) -> bytes:
    """Any request on endpoint 0: the standard ones answered here, the others by the device. Raises Stalled."""
    kind, request, value, _, length = struct.unpack("<BBHHH", setup)
    if kind & 0x60:
        return device.requested(setup, data)[:length]
    descriptors = device.descriptors
    match request:
        case 6 if value >> 8 == DEVICE:
            return descriptors.device()[:length]
        case 6 if value >> 8 == CONFIGURATION:
            return descriptors.configuration()[:length]
        case 6 if value >> 8 == STRING:
            return descriptors.string(value & 0xFF)[:length]
        case 0:
            return b"\0\0"[:length]
        case 8:
            return b"\1"
        case 10:
            return b"\0"
        case 1 | 3 | 9 | 11:
            return b""
        case _:
            raise Stalled


def paths_of(port: str) -> tuple[str, str]:
    """Where device and interface stand below /sys, the device first."""
    device = f"/devices/pci0000:00/0000:00:14.0/usb1/{port}"
    return device, f"{device}/{port}:1.0"


def record(descriptors: Descriptors, port: str, number: int) -> str:
    """The device and its interface as the kernel would show them in sysfs, in umockdev's notation."""
    device, interface = paths_of(port)
    whole = (descriptors.device() + descriptors.configuration()).hex().upper()
    own_class = "".join(f"{one:02x}" for one in descriptors.interface_class)
    maker, product, serial = descriptors.names
    modalias = f"{descriptors.vendor:x}/{descriptors.product:x}/{descriptors.release:x}"
    lines = [
        f"P: {device}",
        f"N: bus/usb/001/{number:03d}={whole}",
        "E: SUBSYSTEM=usb", "E: DEVTYPE=usb_device", "E: DRIVER=usb", "E: BUSNUM=001", f"E: DEVNUM={number:03d}",
        f"E: DEVNAME=/dev/bus/usb/001/{number:03d}", "E: MAJOR=189", f"E: MINOR={number - 1}",
        f"E: PRODUCT={modalias}", f"E: ID_USB_INTERFACES=:{own_class}:",
        f"E: ID_VENDOR_ID={descriptors.vendor:04x}", f"E: ID_MODEL_ID={descriptors.product:04x}",
        f"E: ID_SERIAL_SHORT={serial}",
        "A: busnum=1\\n", f"A: devnum={number}\\n", f"A: idVendor={descriptors.vendor:04x}\\n",
        f"A: idProduct={descriptors.product:04x}\\n", f"A: bcdDevice={descriptors.release:04x}\\n",
        "A: bConfigurationValue=1\\n", "A: bNumConfigurations=1\\n", "A: bNumInterfaces= 1\\n", "A: speed=480\\n",
        f"A: manufacturer={maker}\\n", f"A: product={product}\\n", f"A: serial={serial}\\n",
        f"H: descriptors={whole}",
        "",
        f"P: {interface}",
        "E: SUBSYSTEM=usb", "E: DEVTYPE=usb_interface", f"E: PRODUCT={modalias}",
        f"E: INTERFACE={'/'.join(str(one) for one in descriptors.interface_class)}",
        "A: bInterfaceNumber=00\\n", "A: bAlternateSetting= 0\\n",
        f"A: bNumEndpoints={len(descriptors.endpoints):02x}\\n",
        f"A: bInterfaceClass={descriptors.interface_class[0]:02x}\\n",
        f"A: bInterfaceSubClass={descriptors.interface_class[1]:02x}\\n",
        f"A: bInterfaceProtocol={descriptors.interface_class[2]:02x}\\n",
    ]  # fmt: skip
    return "\n".join(lines) + "\n\n"
