"""A QR code in a picture, looked for in a process with limits that ends with each: it may be anybody's picture."""

from __future__ import annotations

import sys

from appliance.documents.reading_child import ChildLate, answer, read_by
from appliance.documents.scanning import LARGEST_PICTURE

SECONDS = 6.0
PROCESSOR_SECONDS = 2
LONGEST = 400
"""Letters of a code; ours have forty, and a longer one is none of ours."""


def code_in(picture: bytes) -> str:
    """The text of a QR code (ISO/IEC 18004) in a JPEG or PNG; empty if none can be read within the limits."""
    if not 0 < len(picture) <= LARGEST_PICTURE:
        return ""
    try:
        found = read_by([sys.executable, "-m", "appliance.documents.code_picture"], picture, SECONDS)
    except ChildLate:
        return ""
    return (found or b"").decode(errors="replace")


def _code(picture: bytes) -> bytes | None:
    from appliance.documents import paper_scan

    paper_scan.one_thread()
    try:
        return paper_scan.code(picture)[:LONGEST].encode()
    except paper_scan.BadPaper:
        return None


if __name__ == "__main__":
    sys.exit(answer(_code, PROCESSOR_SECONDS))
