"""Simulated USB devices on the ports of a real kernel: USB/IP by a socket pair into its virtual host controller.

The kernel enumerates the device as it would one on a cable, loads its own class driver and tells udev. Needs root and
the module `vhci-hcd` (Linux, tools/usb/usbip; wire format: Documentation/usb/usbip_protocol.rst).
"""

from __future__ import annotations

import os
import select
import socket
import struct
import threading
from collections.abc import Sequence
from pathlib import Path

from usbip import Interface, Loopback, Out, USBDevice
from usbip.classes.device import CDCACM, UVC
from usbip.device import In

CONTROLLER = Path("/sys/devices/platform/vhci_hcd.0")
_IMPORT, _REPLY = struct.Struct(">HHI32s"), struct.Struct(">HHI")
_DEVICE = struct.Struct(">256s32sIIIHHHBBBBBB")
_VERSION, _REQ_IMPORT = 0x0111, 0x8003
_FREE = "004"
"""VDEV_ST_NULL in the controller's `status` table: nothing is on the port."""


class KernelPort:
    """One port of the kernel's virtual host controller with a device that can be plugged and pulled."""

    def __init__(self, device: USBDevice) -> None:
        self._device = device
        self._port: int | None = None

    def plug(self) -> None:
        """Put the device on a free port; raises OSError if the kernel does not take it."""
        way = Loopback()
        self._device.plug(via=way)
        wire = way.connect()
        try:
            wire.sendall(_IMPORT.pack(_VERSION, _REQ_IMPORT, 0, self._device.busid.encode()))
            _, _, status = _REPLY.unpack(_exactly(wire, _REPLY.size))
            if status:
                raise OSError(f"import refused: {status}")
            fields = _DEVICE.unpack(_exactly(wire, _DEVICE.size))
            bus, number, speed = fields[2], fields[3], fields[4]
            port = _free_port("hs" if speed <= 3 else "ss")
            (CONTROLLER / "attach").write_text(f"{port} {wire.fileno()} {bus << 16 | number} {speed}")
        finally:
            wire.close()
        self._port = port

    def pull(self) -> None:
        """Pull the device off its port; harmless if it is not there."""
        port, self._port = self._port, None
        if port is not None:
            (CONTROLLER / "detach").write_text(str(port))
            self._device.unplug()
            self._device.busid = None


def _exactly(wire: socket.socket, count: int) -> bytes:
    wire.settimeout(5)
    data = b""
    while len(data) < count:
        piece = wire.recv(count - len(data))
        if not piece:
            raise OSError("the device hung up")
        data += piece
    wire.settimeout(None)
    return data


def _free_port(hub: str) -> int:
    for line in (CONTROLLER / "status").read_text().splitlines()[1:]:
        kind, port, state = line.split()[:3]
        if (kind, state) == (hub, _FREE):
            return int(port)
    raise OSError("every port is taken")


def serial_module(path: str, vendor: int, product: int, name: str, serial: str) -> USBDevice:
    """A USB serial module (CDC-ACM) with a simulated device on a pseudo-terminal behind it."""
    device = USBDevice(vendor, product, product=name, manufacturer="SIAGA simulated", serial=serial)
    line = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
    port = device.add(CDCACM(on_rx=lambda _, data: os.write(line, data)))

    def pump() -> None:
        while True:
            select.select([line], [], [])
            port.write(os.read(line, 512))

    threading.Thread(target=pump, name=f"line of {serial}", daemon=True).start()
    return device


def camera_device(
    pictures: Sequence[bytes], width: int, height: int, vendor: int, product: int, name: str, serial: str
) -> USBDevice:
    """A camera of the USB Video Class that sends these JPEG pictures in turn; like most, raw ones (YUYV) as well.

    Full speed: an isochronous packet of 1,023 bytes each millisecond, so that 15 pictures a second have 68 kB each.
    """
    device = USBDevice(vendor, product, product=name, manufacturer="SIAGA simulated", serial=serial)
    device.set_iso_pacing()

    def picture(_: object, kind: str, index: int) -> bytes:
        return pictures[index % len(pictures)] if kind == "M" else bytes((128, 128)) * (width * height)

    device.add(UVC(width, height, 15, ("yuyv", "mjpeg"), picture))
    return device


class _Vendor(Interface):  # type: ignore[misc]
    bInterfaceClass = 0xFF
    bInterfaceSubClass = 0xFF
    bInterfaceProtocol = 0xFF
    in_ep = In(0x82, "bulk", mps=64)
    out_ep = Out(0x02, "bulk", mps=64)


def vendor_device(vendor: int, product: int, name: str, serial: str) -> USBDevice:
    """A device of a class of its own, enough for the kernel and udev to see; it answers nothing."""
    device = USBDevice(vendor, product, product=name, manufacturer="SIAGA simulated", serial=serial)
    device.add(_Vendor())
    return device
