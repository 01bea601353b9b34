"""Each driver's time and bytes against the floor measured in the same run: `make bench-devices`.

A bench is a module here with a function `rows`; add it to `BENCHES` with the drivers that it works. Names as
arguments run only those.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator, Mapping

from rows import Row, Unmeasured, report

Driver = tuple[str, str]
"""A kind of device and the scheme of its URI, as `appliance.drivers.catalogue` names them."""

BENCHES: Mapping[str, tuple[Driver, ...]] = {
    "chip": (("chip_encoder", "pcsc"), ("secure_access_module", "pcsc")),
    "key_token": (("secure_access_module", "pkcs11"),),
    "serial_line": (("signature_pad", "serial"),),
    "small_lines": (("barcode_reader", "serial"), ("signal_light", "serial")),
    "power_lines": (("power_supply", "nut"), ("power_supply", "sysfs")),
    "finger_module": (("fingerprint_scanner", "serial"),),
    "finger_usb": (("fingerprint_scanner", "usb"), ("fingerprint_scanner", "fprint")),
    "finger_service": (("fingerprint_scanner", "sbi"),),
    "camera": (("camera", "mjpeg+http"),),
    "camera_child": (("camera", "picamera"), ("camera", "v4l2")),
    "printing": (("card_printer", "ipp"), ("document_printer", "ipp"), ("receipt_printer", "ipp")),
    "idle": (),
}
UNMEASURED: Mapping[Driver, str] = {
    (
        "card_printer",
        "evolis",
    ): "there is neither the printer nor a simulator at its wire, which its maker keeps secret",
    ("signal_light", "gpio"): "this kernel has no GPIO chip; `make system` drives one",
    ("signature_pad", "browser"): "it has no wire: strokes come with the page's form",
}
"""Drivers that no bench works, and why."""


def main(names: list[str]) -> int:
    """Run the benches named, or all; 1 if a row passes its limit."""
    return report("devices", _rows(names))


def _rows(names: list[str]) -> Iterator[Row | Unmeasured]:
    for name in names or BENCHES:
        yield from importlib.import_module(name).rows()
    if not names:
        yield from (Unmeasured(f"{kind}, {scheme}:", why) for (kind, scheme), why in UNMEASURED.items())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
