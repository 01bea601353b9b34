"""The text of a PDF that comes from outside, read by poppler in a process with limits."""

from __future__ import annotations

from appliance.documents.reading_child import ChildLate, read_by

SECONDS = 5.0
MEMORY = 512 * 1024 * 1024
LONGEST = 1_000_000
"""Characters; a family card has some thousands."""


def printed_text(document: bytes, seconds: float = SECONDS) -> str:
    """The text in the order in which the document draws it; empty if it cannot be read within the limits."""
    command = ["prlimit", f"--as={MEMORY}", f"--cpu={SECONDS:.0f}", "--core=0"]
    try:
        said = read_by([*command, "pdftotext", "-raw", "-enc", "UTF-8", "-", "-"], document, seconds)
    except ChildLate:
        return ""
    return (said or b"")[: 4 * LONGEST].decode(errors="replace")[:LONGEST]
