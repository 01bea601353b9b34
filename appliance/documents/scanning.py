"""Scans of papers, made in a process with limits that ends with each: what a picture holds is not known before."""

from __future__ import annotations

import json
import struct
import sys
from dataclasses import dataclass, field

from appliance.documents.reading_child import ChildLate, answer, read_by

SECONDS = 10.0
PROCESSOR_SECONDS = 2
LARGEST_PICTURE = 12_000_000
MAX_PIXELS = 4096 * 3072


class NotAPaper(ValueError):
    """No whole picture of bounded size, or one that could not be read within the limits."""


@dataclass(frozen=True, slots=True)
class Scan:
    """A straight JPEG, whether the paper's edges were found, and its `doubt`: `dark`, `blurred` or ""."""

    jpeg: bytes = field(repr=False)
    edges: bool
    doubt: str
    brightness: int
    sharpness: int


def scan_of(picture: bytes) -> Scan:
    """The paper in a JPEG or PNG; raises `NotAPaper`. At most 2 s of the processor."""
    if not 0 < len(picture) <= LARGEST_PICTURE:
        raise NotAPaper("size")
    try:
        made = read_by([sys.executable, "-m", "appliance.documents.scanning"], picture, SECONDS)
    except ChildLate:
        raise NotAPaper("late") from None
    if made is None or len(made) < 4:
        raise NotAPaper("unreadable")
    size = struct.unpack(">I", made[:4])[0]
    said = json.loads(made[4 : 4 + size])
    return Scan(made[4 + size :], **said)


def _scan(picture: bytes) -> bytes | None:
    from appliance.documents import paper_scan

    paper_scan.one_thread()
    try:
        found = paper_scan.scan(picture)
    except paper_scan.BadPaper:
        return None
    said = {
        "edges": found.edges,
        "doubt": found.doubt,
        "brightness": round(found.brightness),
        "sharpness": round(found.sharpness),
    }
    head = json.dumps(said).encode()
    return struct.pack(">I", len(head)) + head + found.jpeg


if __name__ == "__main__":
    sys.exit(answer(_scan, PROCESSOR_SECONDS))
