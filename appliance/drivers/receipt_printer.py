"""Receipt printer: a roll printer behind a raw CUPS queue, `ipp://host/printers/NAME[?paper=58]`, 80 mm by default.

The queue sends and keeps the job's name, as for sheets and cards. A roll printer counts nothing and keeps no jobs, so
"sent" is the most that is known and a person must look: `settle` ends in `printer.job-unsettled`. On the network it
is asked for cover, paper and errors between jobs; most take one connection at a time, so not during a job.
"""

from __future__ import annotations

from functools import partial
from urllib.parse import parse_qs, urlsplit

from appliance.clock import Deadline
from appliance.drivers import escpos
from appliance.drivers import printer_questions as asked
from appliance.drivers.print_queue import Look, PrintQueue
from appliance.drivers.printer import QueuedPrinter
from appliance.drivers.printer_traits import PrinterTraits
from appliance.drivers.transport_cups import Address
from appliance.drivers.transport_roll import ask_roll, roll_address
from appliance.drivers.wire_log import Tap, no_tap
from appliance.faults import DeviceFault, FaultCode

_ASK_SECONDS = 1.0
_MOST_COPIES = 9


class RollQueue(PrintQueue):
    """A raw queue, and the roll printer behind it in the words of IPP."""

    def __init__(self, at: Address, paper: int) -> None:
        super().__init__(at)
        self._paper = paper

    def printer(self, queue: asked.Attributes) -> asked.Attributes | None:
        """What the roll printer says; None where it cannot be asked now."""
        at = roll_address(asked.text(queue, "device-uri"))
        if at is None or asked.number(queue, "printer-state") == asked.PROCESSING:
            return None
        try:
            answer = ask_roll(at, Deadline.after(_ASK_SECONDS))
        except ConnectionError as error:
            raise DeviceFault(FaultCode.PRINTER_UNREACHABLE, f"printer {error}") from error
        model = f"ESC/POS roll {self._paper} mm"
        try:
            said = escpos.reasons(answer)
        except escpos.NotTold:
            said = ("other-warning",)
        stopped = any(reason.endswith("-error") for reason in said)
        return {
            "printer-make-and-model": (model,),
            "printer-state": (asked.STOPPED if stopped else asked.IDLE,),
            "printer-state-reasons": said or ("none",),
        }

    def abilities(self, queue: asked.Attributes) -> asked.Attributes:
        """What a slip may ask for; raises what stops the printer now, for a raw queue would wait without a word."""
        Look(None, queue, self.printer(queue)).raise_if_blocked()
        return {
            "copies-supported": (_MOST_COPIES,),
            "print-color-mode-supported": ("monochrome",),
            "sides-supported": ("one-sided",),
        }


def receipt_printer(uri: str, tap: Tap = no_tap) -> QueuedPrinter:
    """The `ReceiptPrinter` behind this queue; ValueError for a paper that is neither 58 nor 80 mm wide."""
    parts = urlsplit(uri)
    paper = parse_qs(parts.query).get("paper", ["80"])[0]
    if paper not in {str(width) for width in escpos.DOTS}:
        raise ValueError("receipt_printer: paper must be 58 or 80")
    traits = PrinterTraits(
        f"custom_receipt_{paper}x200mm",
        motion_seconds=10.0,
        encode=partial(escpos.slip, paper=int(paper)),
        format="application/vnd.cups-raw",
        evidence_seconds=0.0,
    )
    return QueuedPrinter(parts._replace(query="").geturl(), traits, lambda at: RollQueue(at, int(paper)), tap)
