"""What printer-state-reasons mean: IPP keywords (RFC 8011 §5.4.12, PWG 5100.9) to fault codes. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from appliance.faults import DeviceFault, FaultCode

_SEVERITIES = ("error", "warning", "report")

_CODES: dict[str, FaultCode] = {
    "media-jam": FaultCode.PRINTER_MEDIA_JAM,
    "cover-open": FaultCode.PRINTER_COVER_OPEN,
    "interlock-open": FaultCode.PRINTER_COVER_OPEN,
    "door-open": FaultCode.PRINTER_DOOR_OPEN,
    "media-empty": FaultCode.PRINTER_MEDIA_EMPTY,
    "media-low": FaultCode.PRINTER_OTHER,
    "media-needed": FaultCode.PRINTER_MEDIA_NEEDED,
    "input-tray-missing": FaultCode.PRINTER_MEDIA_NEEDED,
    "marker-supply-empty": FaultCode.PRINTER_SUPPLY_EMPTY,
    "toner-empty": FaultCode.PRINTER_SUPPLY_EMPTY,
    "developer-empty": FaultCode.PRINTER_SUPPLY_EMPTY,
    "marker-ribbon-empty": FaultCode.PRINTER_SUPPLY_EMPTY,
    "marker-supply-low": FaultCode.PRINTER_SUPPLY_LOW,
    "toner-low": FaultCode.PRINTER_SUPPLY_LOW,
    "developer-low": FaultCode.PRINTER_SUPPLY_LOW,
    "offline": FaultCode.PRINTER_OFFLINE,
    "shutdown": FaultCode.PRINTER_OFFLINE,
    "timed-out": FaultCode.PRINTER_OFFLINE,
    "paused": FaultCode.PRINTER_STOPPED,
    "moving-to-paused": FaultCode.PRINTER_STOPPED,
}
"""Keyword without severity → fault, in the order in which people should mend them."""

_PASSING = frozenset({"none", "connecting-to-device", "processing-to-stop-point", "stopping", "stopped-partly"})
"""Says nothing that anybody must act on. CUPS's own `cups-*` keywords belong here too."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One printer-state-reason: the keyword as it came, its severity, and its fault."""

    keyword: str
    severity: str
    code: FaultCode

    def fault(self) -> DeviceFault:
        """The fault with the keyword verbatim."""
        return DeviceFault(self.code, self.keyword)


def _read(keyword: str, stopped: bool) -> Reason | None:
    stem, _, last = keyword.rpartition("-")
    if last in _SEVERITIES and stem:
        severity = last
    else:
        # Without a suffix the keyword does not say how bad it is; a printer that stands still does.
        stem, severity = keyword, "error" if stopped else "warning"
    if stem in _PASSING or stem.startswith("cups-"):
        return None
    if stem in ("offline", "paused", "shutdown") and stopped:
        severity = "error"
    return Reason(keyword, severity, _CODES.get(stem, FaultCode.PRINTER_OTHER))


def read(keywords: Iterable[str], stopped: bool) -> tuple[Reason, ...]:
    """The reasons that mean something, errors before warnings before reports, then in the order of mending.

    `stopped` is whether printer-state is 5.
    """
    order = list(dict.fromkeys(_CODES.values()))
    found = [reason for keyword in dict.fromkeys(keywords) if (reason := _read(keyword, stopped)) is not None]
    return tuple(
        sorted(
            found,
            key=lambda reason: (
                _SEVERITIES.index(reason.severity),
                order.index(reason.code) if reason.code in order else len(order),
            ),
        )
    )


def blocking(keywords: Iterable[str], stopped: bool) -> Reason | None:
    """The reason why nothing comes out, or None if the printer can go on."""
    worst = next(iter(read(keywords, stopped)), None)
    if worst is not None and (worst.severity == "error" or stopped):
        return worst
    return Reason("stopped", "error", FaultCode.PRINTER_OTHER) if stopped else None
