"""What a code reader sends: one code a line, ended by CR, LF or both, as readers with a serial port are set. Pure."""

from __future__ import annotations

MAX_BYTES = 2953
"""No QR code holds more bytes (ISO/IEC 18004:2015 table 7, version 40-L)."""

_ENDS = (b"\r", b"\n")


class Unreadable(ValueError):
    """A line that is no code: too long, or not printable. The text holds its length, never its content."""


class CodeLines:
    """Bytes in any pieces to lines; holds at most `MAX_BYTES` of a line that has not ended."""

    def __init__(self) -> None:
        self._line = bytearray()
        self._skipping = False

    @property
    def begun(self) -> int:
        """Bytes of a line that has not ended."""
        return len(self._line)

    def skip_line(self) -> None:
        """Whatever comes before the next end of a line belongs to a code that began too early."""
        self._line.clear()
        self._skipping = True

    def feed(self, data: bytes) -> list[bytes]:
        """The lines that ended, without their ends, none of them empty; one that is too long is cut to one byte more
        than `MAX_BYTES`."""
        lines = []
        for at in range(len(data)):
            byte = data[at : at + 1]
            if byte in _ENDS:
                if self._line and not self._skipping:
                    lines.append(bytes(self._line))
                self._line.clear()
                self._skipping = False
            elif len(self._line) <= MAX_BYTES:
                self._line += byte
        return lines


def ends_a_line(data: bytes) -> bool:
    """Whether no line has been begun after these bytes."""
    return not data or data[-1:] in _ENDS


def code_of(line: bytes) -> str:
    """The code of one line; raises Unreadable."""
    if len(line) > MAX_BYTES:
        raise Unreadable(f"more than {MAX_BYTES} bytes")
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Unreadable(f"{len(line)} bytes are not UTF-8") from error
    if not text.isprintable() or not text.strip():
        raise Unreadable(f"{len(text)} characters are not all printable")
    return text
