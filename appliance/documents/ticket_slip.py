"""The paper of a number in the queue, for a roll of 58 or 80 mm. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.documents.roll import Line, drawn

HEIGHT_MM = 62


@dataclass(frozen=True, slots=True)
class TicketSlip:
    """What stands on it: the office, the number, what it is for, and when it was taken, in words."""

    office: str
    label: str
    service: str
    taken_at: str


def ticket_slip(slip: TicketSlip, paper: int) -> bytes:
    """PNG, one dot a pixel."""
    lines = (
        Line(slip.office, "Regular", 3.6, 6),
        Line("NOMOR ANTREAN", "Bold", 4.4, 13),
        Line(slip.label, "Bold", 22.0, 30),
        Line(slip.service, "Bold", 4.8, 45),
        Line(slip.taken_at, "Regular", 3.6, 51),
        Line("Berlaku hari ini. Simpan kertas ini.", "Regular", 3.6, 56),
    )
    return drawn(paper, HEIGHT_MM, lines)
