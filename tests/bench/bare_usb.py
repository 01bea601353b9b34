"""A picture of the NB-1010-U with nothing but pyusb, as often as a line comes in: its seconds, one line each.

For `finger_usb`: a process of its own, for the simulated bus is met by the environment that a process starts with.
"""

from __future__ import annotations

import sys
import time

import usb.core
import usb.util

OUT, IN = 0x02, 0x83
TOUCH = bytes((0x80, 0x38, 1, 0, 8, 0, 0, 0))
PREPARE = bytes((0x80, 0x0D, 2, 0, 12, 0, 0, 0, 0, 4, 0, 0))
CAPTURE = bytes((0x80, 0x12, 3, 0, 32, 0, 0, 0, 2)) + bytes(19) + bytes((0x20, 0, 0, 0))
LOOK_PAUSE = 0.05
"""A finger lies there if it does so at two looks that are this far apart, as for the driver."""


def main() -> None:
    for _ in sys.stdin:
        device = usb.core.find(idVendor=0x298D, idProduct=0x1010)
        usb.util.claim_interface(device, 0)
        began = time.perf_counter()
        for command in (TOUCH, TOUCH, PREPARE, CAPTURE):
            if command is PREPARE:
                time.sleep(LOOK_PAUSE)
            device.write(OUT, command, 2000)
            device.read(IN, 16, 2000)
        pixels = b"".join(bytes(device.read(IN, 540, 3000)[25:537]) for _ in range(90))
        took = time.perf_counter() - began
        assert len(pixels) == 256 * 180
        usb.util.dispose_resources(device)
        print(took, flush=True)


if __name__ == "__main__":
    main()
