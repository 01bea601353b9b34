"""A QR code in a picture, looked for in a process with limits that ends with each: it may be anybody's picture."""

from __future__ import annotations

import resource
import sys

from appliance.documents.reading_child import ChildLate, read_by
from appliance.documents.scanning import LARGEST_PICTURE

SECONDS = 6.0
PROCESSOR_SECONDS = 2
MEMORY = 2 << 30
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


def main() -> int:
    """The child: a picture on standard input, the text of its code on standard output."""
    from appliance.documents import paper_scan

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    spent = int(resource.getrusage(resource.RUSAGE_SELF).ru_utime) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (spent + PROCESSOR_SECONDS, spent + PROCESSOR_SECONDS))
    paper_scan.one_thread()
    try:
        text = paper_scan.code(sys.stdin.buffer.read())
    except (paper_scan.BadPaper, MemoryError):
        return 1
    sys.stdout.buffer.write(text[:LONGEST].encode())
    return 0


if __name__ == "__main__":
    sys.exit(main())
