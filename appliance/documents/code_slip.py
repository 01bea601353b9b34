"""The paper that a reporter takes home: the code of the case and nothing of the person, for a roll. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.documents.roll import Line, Square, drawn

HEIGHT_MM = 86


@dataclass(frozen=True, slots=True)
class CodeSlip:
    """What stands on it: the office, the case code, what its QR code holds, the one next step, and when, in words."""

    office: str
    code: str
    link: str
    next_step: str
    reported_at: str


def code_slip(slip: CodeSlip, paper: int) -> bytes:
    """PNG, one dot a pixel."""
    lines = (
        Line(slip.office, "Regular", 3.6, 6),
        Line("KODE BERKAS", "Bold", 4.4, 13),
        Line(slip.code, "Bold", 11.0, 22),
        Line(slip.next_step, "Bold", 4.4, 69),
        Line("Simpan kertas ini.", "Regular", 3.6, 75),
        Line(slip.reported_at, "Regular", 3.6, 80),
    )
    return drawn(paper, HEIGHT_MM, lines, Square(slip.link, 29))
