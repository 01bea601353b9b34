"""Whether a printer can do what a document asks for, by what it says of itself. Pure.

CUPS and printers replace what they do not have (RFC 8011 §4.2.1.1, ipp-attribute-fidelity false): a card on paper,
two sides on one. So it is asked before, and refused in words.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

from appliance.devices import PrintDocument
from appliance.drivers.printer_questions import Attributes, texts
from appliance.faults import DeviceFault, FaultCode

FIELDS = (
    "copies-supported",
    "document-format-supported",
    "media-supported",
    "print-color-mode-supported",
    "printer-resolution-default",
    "printer-resolution-supported",
    "sides-supported",
)
_SIZE = re.compile(r"_([0-9.]+)x([0-9.]+)(mm|in)$")
_UNITS = {"mm": 1.0, "in": 25.4}
_PER_INCH, _PER_CM = 3, 4
"""Units of a resolution (RFC 8011 §5.1.16)."""


def _size(media: str) -> tuple[float, float] | None:
    """Millimetres of a self-describing name (PWG 5101.1 §5.1)."""
    found = _SIZE.search(media)
    try:
        return found and (float(found[1]) * _UNITS[found[3]], float(found[2]) * _UNITS[found[3]])
    except ValueError:
        return None


def _has_media(supported: list[str], media: str) -> bool:
    wanted = _size(media)
    if media in supported or wanted is None:
        return media in supported
    sizes = [(name, size) for name in supported if (size := _size(name)) is not None]
    least = next((size for name, size in sizes if name.startswith("custom_min_")), None)
    most = next((size for name, size in sizes if name.startswith("custom_max_")), None)
    if least and most and all(low <= side <= high for low, side, high in zip(least, wanted, most, strict=True)):
        return True
    # CUPS gives a size of a printer's own another name: `custom_54x86mm_54x86mm`.
    return any(size == wanted for _, size in sizes)


def _resolutions(said: Attributes) -> Iterator[int]:
    # CUPS tells the resolution to its own raster filters only: a printer that takes PDF itself uses its default.
    as_it_is = "application/pdf" in texts(said, "document-format-supported")
    for value in said.get("printer-resolution-default" if as_it_is else "printer-resolution-supported", ()):
        if isinstance(value, bytes) and len(value) == 9:
            across, along, unit = struct.unpack(">iib", value)
            if across == along and unit in (_PER_INCH, _PER_CM):
                yield across if unit == _PER_INCH else round(across * 2.54)


def _most_copies(said: Attributes) -> int | None:
    ranges = [value for value in said.get("copies-supported", ()) if isinstance(value, bytes) and len(value) == 8]
    numbers = [value for value in said.get("copies-supported", ()) if type(value) is int]
    return max([*(struct.unpack(">ii", value)[1] for value in ranges), *numbers], default=None)


def _wrong(said: Attributes, document: PrintDocument) -> Iterator[str]:
    media, sides = texts(said, "media-supported"), texts(said, "sides-supported")
    colors, dots = texts(said, "print-color-mode-supported"), sorted(set(_resolutions(said)))
    most = _most_copies(said)
    if media and not _has_media(media, document.media):
        yield f"media {document.media}, has {' '.join(media[:6])}"
    if document.sides not in (sides or ["one-sided"]):
        yield f"sides {document.sides}, has {' '.join(sides) or 'one-sided'}"
    if document.color and document.color not in colors:
        yield f"print-color-mode {document.color}, has {' '.join(colors) or 'not said'}"
    if document.resolution and document.resolution not in dots:
        yield f"printer-resolution {document.resolution}, has {' '.join(map(str, dots)) or 'not said'}"
    if document.copies < 1 or (most is not None and document.copies > most):
        yield f"copies {document.copies}, has {most}"


def refuse_what_it_has_not(said: Attributes, document: PrintDocument) -> None:
    """Raise `printer.not-supported` naming all that is missing; what the printer does not say is taken for granted
    only where the document asks for nothing."""
    wrong = "; ".join(_wrong(said, document))
    if wrong:
        raise DeviceFault(FaultCode.PRINTER_UNSUPPORTED, wrong)


def job_options(document: PrintDocument) -> dict[str, str]:
    """The document's wishes as IPP job attributes in CUPS's text form."""
    options = {"media": document.media, "sides": document.sides, "copies": str(document.copies)}
    if document.color:
        options["print-color-mode"] = document.color
    if document.resolution:
        options["printer-resolution"] = f"{document.resolution}dpi"
    return options
