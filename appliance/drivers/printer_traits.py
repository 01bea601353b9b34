"""What differs between printers, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class PrinterTraits:
    """Usual medium, job attributes as text, and how long a medium in motion and a submission may take."""

    media: str
    motion_seconds: float
    job_options: Mapping[str, str] = field(default_factory=dict)
    submit_seconds: float = 30.0


SHEETS = PrinterTraits("iso_a4_210x297mm", 30.0)
# orientation-requested 4 (landscape): without it CUPS turns a card that lies the other way round, upside down.
CARDS = PrinterTraits("om_id-1_54x86mm", 90.0, {"orientation-requested": "4"})
