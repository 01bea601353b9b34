"""The simulated printers' raster reader against lines packed by hand (PWG 5102.4 §4.4)."""

from __future__ import annotations

import struct

import pytest

from hw_sim import raster


def _page(width: int, height: int, packed: bytes) -> bytes:
    header = bytearray(1796)
    numbers = {276: 300, 280: 300, 372: width, 376: height, 384: 8, 388: 24, 392: width * 3, 400: 19}
    for at, number in numbers.items():
        struct.pack_into(">I", header, at, number)
    return bytes(header) + packed


RED, BLUE, WHITE = b"\xff\0\0", b"\0\0\xff", b"\xff\xff\xff"
# Two equal lines (1 = repeat once more) of two red (1) and two single pixels (255), then one line of four white.
PACKED = b"\x01" + b"\x01" + RED + b"\xff" + BLUE + WHITE + b"\x00" + b"\x03" + WHITE


def test_runs_and_single_pixels_are_unpacked() -> None:
    first, second = raster.decode(b"RaS2" + _page(4, 3, PACKED) + _page(4, 3, PACKED))
    assert first.size == (4, 3) and first.info["dpi"] == (300, 300)
    assert first.tobytes() == (RED * 2 + BLUE + WHITE) * 2 + WHITE * 4 == second.tobytes()


@pytest.mark.parametrize("data", [b"", b"RaSt", b"RaS2" + _page(4, 3, PACKED[:-5]), b"RaS2" + bytes(1796)])
def test_a_torn_or_foreign_stream_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError):
        raster.decode(data)
