"""Slips as ESC/POS raster, and what a roll printer says of itself in real time. Pure.

Commands as in Epson's ESC/POS command reference: `ESC @`, `GS v 0`, `GS V 66`, `DLE EOT n`. Roll
printers of other makers take the same.
"""

from __future__ import annotations

import io
import re

from PIL import Image

from appliance.devices import PrintDocument
from appliance.drivers.finger_picture import TOO_VAST
from appliance.faults import DeviceFault, FaultCode

DOTS = {58: 384, 80: 576}
"""Printable dots across by paper width in millimetres, at 203 dots an inch."""

STATUS_QUERIES = b"\x10\x04\x01\x10\x04\x02\x10\x04\x03\x10\x04\x04"
"""DLE EOT 1 to 4: printer, cause of offline, cause of error, roll paper sensor; one byte answers each."""
STATUS_BYTES = 4

_START, _CUT = b"\x1b@", b"\x1dV\x42\x00"
_STRIP = 256
"""Rows of one `GS v 0`: what the smallest buffers hold."""
_LONGEST = 16 * 1024
_WIDTH = re.compile(r"_([0-9]+)(?:\.[0-9]+)?x[0-9.]+mm$")


def _picture(document: PrintDocument, paper: int) -> Image.Image:
    width = _WIDTH.search(document.media)
    if width is None or int(width[1]) != paper:
        raise DeviceFault(FaultCode.PRINTER_UNSUPPORTED, f"media {document.media}, the roll is {paper} mm wide")
    if document.format != "image/png":
        raise DeviceFault(FaultCode.PRINTER_UNSUPPORTED, f"{document.format}, takes image/png")
    try:
        with Image.open(io.BytesIO(document.data), formats=["PNG"]) as opened:
            if opened.width > DOTS[paper] or opened.height > _LONGEST:
                size = f"{opened.width}x{opened.height}"
                raise DeviceFault(FaultCode.PRINTER_UNSUPPORTED, f"{size} dots, has {DOTS[paper]}x{_LONGEST}")
            return opened.convert("L").point(lambda grey: 255 * (grey > 127)).convert("1")
    except (OSError, SyntaxError, ValueError, *TOO_VAST) as error:
        raise DeviceFault(FaultCode.PRINTER_UNSUPPORTED, "the PNG is torn") from error


def slip(document: PrintDocument, paper: int) -> bytes:
    """A picture as the bytes of one slip, cut off at its end; dots darker than half are black, nothing is scaled.

    Raises `printer.not-supported` for what is no PNG, is wider than the printable dots or meant for another roll.
    """
    picture = _picture(document, paper)
    across = (picture.width + 7) // 8
    ink = bytes(255 - byte for byte in picture.tobytes())
    if spare := across * 8 - picture.width:
        # What pads a row to whole bytes is paper, not ink.
        mask = 0xFF << spare & 0xFF
        ink = b"".join(
            ink[at : at + across - 1] + bytes((ink[at + across - 1] & mask,)) for at in range(0, len(ink), across)
        )
    out = bytearray(_START)
    for top in range(0, picture.height, _STRIP):
        rows = ink[top * across : (top + _STRIP) * across]
        out += b"\x1dv0\x00" + across.to_bytes(2, "little") + (len(rows) // across).to_bytes(2, "little") + rows
    return bytes(out + _CUT)


class NotTold(ValueError):
    """The bytes are no answer to DLE EOT."""


def reasons(answer: bytes) -> tuple[str, ...]:
    """The four answers as printer-state-reasons (RFC 8011 §5.4.12); raises NotTold."""
    if len(answer) != STATUS_BYTES or any(byte & 0b10010011 != 0b00010010 for byte in answer):
        raise NotTold
    printer, offline, error, roll = answer
    facts = (
        ("media-empty-error", roll & 0x60 or offline & 0x20),
        ("cover-open-error", offline & 0x04),
        ("trimmer-unrecoverable-failure-error", error & 0x08),
        ("subunit-unrecoverable-failure-error", error & 0x20),
        ("subunit-over-temperature-error", error & 0x40),
        ("subunit-recoverable-failure-error", error & 0x04),
        ("media-low-warning", roll & 0x0C and not roll & 0x60),
    )
    found = tuple(reason for reason, holds in facts if holds)
    if printer & 0x08 and not any(reason.endswith("-error") for reason in found):
        return ("offline-error", *found)
    return found
