"""ESC/POS as a roll printer reads it (Epson's command reference): bytes to pictures of slips.

Known: text in one plain letter, feeds, raster `GS v 0`, QR `GS ( k`, cut `GS V`; styles are taken and not shown.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import segno
from PIL import Image, ImageDraw

_LINE_DOTS = 30
_ONE_BYTE = {b"\x1b": b"!aEM-{tRd J3GVr", b"\x1d": b"!BhwHfb|"}
"""After ESC and GS: commands with one byte behind them. `d` and `J` feed."""
_TWO_BYTES = {b"\x1d": b"LW", b"\x1b": b"$\\"}


class Incomplete(Exception):
    """More bytes are needed."""


class NotUnderstood(ValueError):
    """No command of this printer: it would print rubbish."""


@dataclass(slots=True)
class Slip:
    """Paper of one width that grows as it is printed on."""

    width: int
    pieces: list[Image.Image] = field(default_factory=list)

    def add(self, piece: Image.Image, align: int = 0) -> None:
        """Print a piece and feed it out; what is wider than the paper is lost at the right."""
        row = Image.new("L", (self.width, piece.height), 255)
        spare = self.width - piece.width
        row.paste(piece, ({0: 0, 1: spare // 2, 2: spare}.get(align, 0), 0))
        self.pieces.append(row)

    def picture(self) -> Image.Image:
        """The slip as it lies in the hand."""
        out = Image.new("L", (self.width, max(1, sum(piece.height for piece in self.pieces))), 255)
        at = 0
        for piece in self.pieces:
            out.paste(piece, (0, at))
            at += piece.height
        return out


class Reader:
    """Bytes in any pieces; `cut` gets each slip when it is cut off."""

    def __init__(self, width: int, cut: Callable[[Slip], None]) -> None:
        self._cut = cut
        self._data = b""
        self._align = 0
        self._qr: tuple[int, str, bytes] = (3, "l", b"")
        self.slip = Slip(width)

    @property
    def begun(self) -> bool:
        """Whether something stands on the paper that is not cut off, or half a command waits."""
        return bool(self.slip.pieces or self._data)

    def feed(self, data: bytes) -> None:
        """Take more bytes; raises NotUnderstood."""
        self._data += data
        while self._data:
            try:
                used = self._command(self._data)
            except Incomplete:
                return
            self._data = self._data[used:]

    def _command(self, data: bytes) -> int:
        match data[:1]:
            case b"\x1b" | b"\x1d":
                return self._escape(data)
            case b"\x10":
                _need(data, 3)
                return 3
            case _:
                return self._text(data)

    def _text(self, data: bytes) -> int:
        end = next((at for at, byte in enumerate(data) if byte in b"\n\x1b\x1d\x10"), None)
        if end is None:
            raise Incomplete
        if data[end] != 0x0A and data[:end].strip():
            # Print position within a line is not kept: a line ends where its command does.
            self._line(data[:end])
            return end
        self._line(data[:end])
        return end + (data[end] == 0x0A)

    def _line(self, text: bytes) -> None:
        row = Image.new("L", (self.slip.width, _LINE_DOTS), 255)
        ImageDraw.Draw(row).text((0, 2), text.decode("cp437", "replace"), fill=0, font_size=22)
        self.slip.add(row)

    def _escape(self, data: bytes) -> int:
        _need(data, 2)
        lead, letter = data[:1], data[1:2]
        match lead + letter:
            case b"\x1b@":
                self._align = 0
                return 2
            case b"\x1b2":
                return 2
            case b"\x1dv":
                return self._raster(data)
            case b"\x1d(":
                return self._parenthesis(data)
            case b"\x1dV":
                return self._cut_off(data)
        if letter in _TWO_BYTES[lead]:
            _need(data, 4)
            return 4
        if letter not in _ONE_BYTE[lead]:
            raise NotUnderstood(data[:4].hex())
        _need(data, 3)
        if lead == b"\x1b" and letter == b"a":
            self._align = data[2] % 48
        elif lead == b"\x1b" and letter in b"dJ" and data[2]:
            height = data[2] * (_LINE_DOTS if letter == b"d" else 1)
            self.slip.add(Image.new("L", (self.slip.width, height), 255))
        return 3

    def _raster(self, data: bytes) -> int:
        _need(data, 8)
        if data[2:3] != b"0" or data[3] not in (0, 48):
            raise NotUnderstood(data[:4].hex())
        across, rows = int.from_bytes(data[4:6], "little"), int.from_bytes(data[6:8], "little")
        _need(data, 8 + across * rows)
        if across and rows:
            bits = bytes(255 - byte for byte in data[8 : 8 + across * rows])
            self.slip.add(Image.frombytes("1", (across * 8, rows), bits).convert("L"), self._align)
        return 8 + across * rows

    def _parenthesis(self, data: bytes) -> int:
        _need(data, 5)
        size = int.from_bytes(data[3:5], "little")
        _need(data, 5 + size)
        if data[2:3] != b"k" or data[5] != 0x31:
            return 5 + size
        module, level, stored = self._qr
        what, rest = data[6], data[7 : 5 + size]
        if what == 67:
            self._qr = (rest[0], level, stored)
        elif what == 69:
            self._qr = (module, "lmqh"[rest[0] - 48], stored)
        elif what == 80:
            self._qr = (module, level, rest[1:])
        elif what == 81:
            out = io.BytesIO()
            segno.make(stored.decode(), error=level, micro=False).save(out, kind="png", scale=module)
            self.slip.add(Image.open(out).convert("L"), self._align)
        return 5 + size

    def _cut_off(self, data: bytes) -> int:
        _need(data, 3)
        used = 4 if data[2] >= 65 else 3
        _need(data, used)
        slip, self.slip = self.slip, Slip(self.slip.width)
        self._cut(slip)
        return used


def _need(data: bytes, size: int) -> None:
    if len(data) < size:
        raise Incomplete


def realtime(data: bytes) -> Iterator[int]:
    """The numbers of every `DLE EOT n` in these bytes: the printer answers them wherever they stand."""
    at = data.find(b"\x10\x04")
    while 0 <= at < len(data) - 2:
        if 1 <= data[at + 2] <= 4:
            yield data[at + 2]
        at = data.find(b"\x10\x04", at + 1)
