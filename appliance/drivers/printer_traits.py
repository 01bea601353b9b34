"""What differs between printers, as values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from appliance.devices import PrintDocument
from appliance.drivers.picture_pdf import pdf_of
from appliance.faults import DeviceFault, FaultCode


def as_pdf(document: PrintDocument) -> bytes:
    """A document as PDF; raises `printer.not-supported` for a picture that cannot be taken."""
    if document.format == "application/pdf":
        return document.data
    try:
        return pdf_of(document.data)
    except ValueError as error:
        raise DeviceFault(FaultCode.PRINTER_UNSUPPORTED, str(error)) from error


@dataclass(frozen=True, slots=True)
class PrinterTraits:
    """Usual medium, job attributes as text, how long a medium in motion and a submission may take, and as what bytes
    a document is sent (`format` is their MIME type). `evidence_seconds` is how long to go on asking a printer that
    has told nothing of a job that the queue has ended."""

    media: str
    motion_seconds: float
    job_options: Mapping[str, str] = field(default_factory=dict)
    submit_seconds: float = 30.0
    encode: Callable[[PrintDocument], bytes] = as_pdf
    format: str = "application/pdf"
    evidence_seconds: float = 2.0


SHEETS = PrinterTraits("iso_a4_210x297mm", 30.0)
# orientation-requested 4 (landscape): without it CUPS turns a card that lies the other way round, upside down.
CARDS = PrinterTraits("om_id-1_54x86mm", 90.0, {"orientation-requested": "4"})
