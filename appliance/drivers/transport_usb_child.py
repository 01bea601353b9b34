"""The child that holds a USB device open through pyusb and libusb; it knows transfers and errors, nothing else.

Requests: `O` vendor(4 hex) product(4 hex) serial: find, open, claim; `W` endpoint(1) milliseconds(4) data: write;
`R` endpoint(1) milliseconds(4) size(4): read; `X` endpoint(1) milliseconds(4): throw away what is ready. Replies:
outcome (0 done, 1 nothing in time, 2 gone, 3 stalled, 4 busy) and data. It ends when its standard input does.
"""

from __future__ import annotations

import errno
import struct
from typing import Any

import usb.backend.libusb1
import usb.core
import usb.util

from appliance.drivers.framed_service import serve

_DONE, _NOTHING, _GONE, _STALLED, _BUSY = b"\0", b"\1", b"\2", b"\3", b"\4"
_DRAIN_MILLISECONDS = 20
_DRAIN_LIMIT = 1 << 20
_PIECE = 16384
_OUTCOMES = {errno.EPIPE: _STALLED, errno.EBUSY: _BUSY, errno.EACCES: _BUSY, errno.EPERM: _BUSY}


class _Bus:
    """The one device."""

    def __init__(self) -> None:
        # The library's name is given: looking for it would start a compiler.
        self._backend = usb.backend.libusb1.get_backend(find_library=lambda _: "libusb-1.0.so.0")
        self._device: Any = None

    def answer(self, letter: bytes, argument: bytes) -> bytes:
        if self._backend is None:
            return _GONE + b"libusb-1.0 is not installed"
        endpoint = argument[0] if argument else 0
        try:
            if letter == b"O":
                return self._open(argument[:4], argument[4:8], argument[8:].decode())
            (milliseconds,) = struct.unpack(">I", argument[1:5])
            match letter:
                case b"W":
                    sent = self._device.write(endpoint, argument[5:], milliseconds)
                    return _DONE if sent == len(argument) - 5 else _NOTHING + b"sent in part"
                case b"R":
                    (size,) = struct.unpack(">I", argument[5:9])
                    return _DONE + bytes(self._device.read(endpoint, size, milliseconds))
                case _:
                    return _DONE + self._drain(endpoint).to_bytes(4)
        except usb.core.USBTimeoutError:
            return _NOTHING + b"no transfer in time"
        except usb.core.USBError as error:
            return self._trouble(endpoint, error)

    def _trouble(self, endpoint: int, error: Any) -> bytes:
        outcome = _OUTCOMES.get(error.errno, _GONE)
        if outcome == _STALLED:
            try:
                self._device.clear_halt(endpoint)
            except usb.core.USBError:
                outcome = _GONE
        return outcome + f"USB {errno.errorcode.get(error.errno or 0, error.errno)}".encode()

    def _open(self, vendor: bytes, product: bytes, serial: str) -> bytes:
        found = usb.core.find(
            find_all=True, backend=self._backend, idVendor=int(vendor, 16), idProduct=int(product, 16)
        )
        candidates = list(found)
        named = [one for one in candidates if not serial or _text(one, one.iSerialNumber) == serial]
        if len(named) != 1:
            return _GONE + f"{len(named)} of {len(candidates)} devices of this kind fit".encode()
        device = named[0]
        if device.is_kernel_driver_active(0):
            device.detach_kernel_driver(0)
        usb.util.claim_interface(device, 0)
        self._device = device
        names = (_text(device, one) for one in (device.iManufacturer, device.iProduct, device.iSerialNumber))
        return _DONE + "\0".join(names).encode()

    def _drain(self, endpoint: int) -> int:
        gone = 0
        while gone < _DRAIN_LIMIT:
            try:
                gone += len(self._device.read(endpoint, _PIECE, _DRAIN_MILLISECONDS))
            except usb.core.USBTimeoutError:
                break
        return gone


def _text(device: Any, index: int) -> str:
    """A string descriptor; empty if there is none or it cannot be read."""
    try:
        return (usb.util.get_string(device, index) or "").replace("\0", "") if index else ""
    except (usb.core.USBError, ValueError):
        return ""


def main() -> None:
    """Answer frames from standard input on standard output until it ends."""
    bus = _Bus()
    serve(lambda frame: bus.answer(bytes(frame[:1]), bytes(frame[1:])))


if __name__ == "__main__":
    main()
