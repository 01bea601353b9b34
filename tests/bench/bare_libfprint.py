"""A picture through nothing but the system's libfprint, as often as a line comes in: its seconds, one line each.

For `finger_usb`; it runs under the system's Python, which alone has libfprint.
"""

from __future__ import annotations

import sys
import time
from importlib import import_module


def main() -> None:
    import_module("gi").require_version("FPrint", "2.0")
    library = import_module("gi.repository.FPrint")
    for _ in sys.stdin:
        context = library.Context()
        context.enumerate()
        (device,) = context.get_devices()
        device.open_sync(None)
        began = time.perf_counter()
        picture = device.capture_sync(True, None)
        took = time.perf_counter() - began
        assert len(picture.get_data()) == picture.get_width() * picture.get_height()
        device.close_sync(None)
        print(took, flush=True)


if __name__ == "__main__":
    main()
