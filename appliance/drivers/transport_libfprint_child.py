"""The child that holds a fingerprint reader through the system's libfprint, by GObject introspection.

It runs under the system's Python, where Debian's `python3-gi` and `gir1.2-fprint-2.0` are. Its argument is the name
of a libfprint driver or the id of a device, or empty. Requests: `O` find and open; `S` is it still there; `C`
milliseconds(4) capture one picture; `Z` reset its USB port; `Q` close. A reply is a letter of `LETTERS` and, for `K`:
what the device is (driver, id, name, apart by NUL), nothing, or width(4) height(4) pixels per millimetre(8, a double)
and the grey pixels; for the other letters what libfprint said.
"""

from __future__ import annotations

import fcntl
import os
import struct
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any

from appliance.drivers.framed_service import serve

LETTERS = {
    "K": "done",
    "G": "not there",
    "B": "held by another program",
    "U": "gives no pictures",
    "N": "no picture in time",
    "R": "once more, please",
    "T": "the reader did not answer libfprint in time",
    "E": "libfprint failed",
}
PACKAGES = "libfprint is not installed on this system: apt install gir1.2-fprint-2.0 python3-gi"

# FpDeviceError (fp-device.h) and GUsbDeviceError (gusb-device.h) by their published numbers.
_OWN_ERRORS = {1: "U", 3: "B", 4: "B", 0x100: "G", 0x101: "U"}
_USB_ERRORS = {2: "T", 4: "G", 9: "B", 10: "B"}
_DOMAINS = {"fp - device - error - quark": _OWN_ERRORS, "g-usb-device-error-quark": _USB_ERRORS}
_LIBUSB_BUSY = "[-6]"
"""libgusb 0.3.10 calls a device that another program has claimed one that is not there; libusb's number tells."""
_RETRY = "fp - device - retry - quark"
_CANCELLED = ("g-io-error-quark", 19)
_PRESENT = 2
_USB_NODE, _USB_RESET = "/dev/bus/usb/", 0x5514
"""USBDEVFS_RESET of linux/usbdevice_fs.h: libfprint hands out no handle of its own that could be reset."""
_LOOK_SECONDS, _LOOK_PAUSE = 0.1, 0.005
"""An unplugged USB device is told of by a thread of libusb, 1 to 2 ms later."""


class _Refused(Exception):
    """A reply other than done."""


class _Reader:
    """The one device."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._context: Any = None
        self._device: Any = None
        self._touched = False

    def answer(self, frame: bytearray) -> bytes:
        try:
            gi = import_module("gi")
            gi.require_version("FPrint", "2.0")
            self._library = import_module("gi.repository.FPrint")
            self._glib, self._gio = import_module("gi.repository.GLib"), import_module("gi.repository.Gio")
        except (ImportError, ValueError):
            return b"G" + PACKAGES.encode()
        try:
            match frame[:1]:
                case b"O":
                    return b"K" + self._open()
                case b"S":
                    self._look()
                    return b"K"
                case b"Z":
                    _reset_usb()
                    return b"K"
                case b"Q":
                    self._held().close_sync(None)
                    return b"K"
                case _:
                    return b"K" + self._capture(int.from_bytes(frame[1:5]))
        except _Refused as refused:
            return str(refused).encode()
        except self._glib.Error as error:
            return self._trouble(error)

    def _open(self) -> bytes:
        self._context = self._library.Context()
        self._context.enumerate()
        found = list(self._context.get_devices())
        named = [one for one in found if self._name in ("", one.get_driver(), one.get_device_id())]
        pictures = [one for one in named if one.has_feature(self._library.DeviceFeature.CAPTURE)]
        if named and not pictures:
            raise _Refused(f"U{named[0].get_name()} compares fingers inside itself and gives no pictures")
        if len(pictures) != 1:
            seen = ", ".join(one.get_driver() for one in found) or "none"
            raise _Refused(f"G{len(pictures)} readers fit, libfprint sees: {seen}")
        self._device = pictures[0]
        self._device.connect("notify::finger-status", self._felt)
        self._device.open_sync(None)
        return "\0".join((self._device.get_driver(), self._device.get_device_id(), self._device.get_name())).encode()

    def _felt(self, device: Any, _: Any) -> None:
        self._touched = self._touched or bool(int(device.get_finger_status()) & _PRESENT)

    def _look(self) -> None:
        until = time.monotonic() + _LOOK_SECONDS
        while not self._held().props.removed and time.monotonic() < until:
            if not self._glib.MainContext.default().iteration(False):
                time.sleep(_LOOK_PAUSE)
        if self._held().props.removed:
            raise _Refused("Gthe reader was unplugged")

    def _held(self) -> Any:
        if self._device is None:
            raise _Refused("Gnot opened")
        return self._device

    def _capture(self, milliseconds: int) -> bytes:
        device = self._held()
        self._touched = False
        cancellable = self._gio.Cancellable()

        def ring() -> bool:
            cancellable.cancel()
            return True  # stays a source of the main loop, which is removed below in any case

        alarm = self._glib.timeout_add(milliseconds, ring)
        try:
            # It comes unflipped and with dark ridges: libfprint looks for minutiae before it hands a picture out.
            picture = device.capture_sync(True, cancellable)
        finally:
            self._glib.source_remove(alarm)
        head = struct.pack(">IId", picture.get_width(), picture.get_height(), picture.get_ppmm())
        return head + bytes(picture.get_data())

    def _trouble(self, error: Any) -> bytes:
        if (error.domain, error.code) == _CANCELLED:
            # A capture of libfprint ends only when the finger has left the glass.
            return b"Na finger was laid down and not lifted" if self._touched else b"Nno finger on the glass"
        letter = "R" if error.domain == _RETRY else _DOMAINS.get(error.domain, {}).get(error.code, "E")
        if error.message.endswith(_LIBUSB_BUSY):
            letter = "B"
        return f"{letter}{error.message}".encode()


def _reset_usb() -> None:
    """Reset every USB device that this process holds open, which is the reader; none for one on another bus."""
    for handle in list(Path("/proc/self/fd").iterdir()):
        try:
            if _USB_NODE in str(handle.readlink()):
                fcntl.ioctl(int(handle.name), _USB_RESET)
        except OSError:
            continue  # the listing's own handle, or a reader that was unplugged: opening it again will tell


def main() -> None:
    """Answer frames on standard input until it ends."""
    # GLib prints its debugging on standard output, which is the wire to the parent.
    os.environ.pop("G_MESSAGES_DEBUG", None)
    serve(_Reader(sys.argv[1]).answer)


if __name__ == "__main__":
    main()
