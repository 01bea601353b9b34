"""What printer-state-reasons mean: every registered IPP keyword to a fault code, or to none. Pure.

Registered are RFC 8011 §5.4.12, PWG 5100.9 §8.1 (one word for each event of each part of a printer), PWG 5100.13 and
PWG 5100.21; all stand in IANA's registry of IPP.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from appliance.faults import DeviceFault, FaultCode

_SEVERITIES = ("error", "warning", "report")

_WORDS: dict[str, FaultCode] = {
    "door-open": FaultCode.PRINTER_DOOR_OPEN,
    "media-empty": FaultCode.PRINTER_MEDIA_EMPTY,
    "media-path-input-empty": FaultCode.PRINTER_MEDIA_EMPTY,
    "material-empty": FaultCode.PRINTER_MEDIA_EMPTY,
    "media-low": FaultCode.PRINTER_MEDIA_LOW,
    "material-low": FaultCode.PRINTER_MEDIA_LOW,
    "media-needed": FaultCode.PRINTER_MEDIA_NEEDED,
    "material-needed": FaultCode.PRINTER_MEDIA_NEEDED,
    "media-path-input-request": FaultCode.PRINTER_MEDIA_NEEDED,
    "input-manual-input-request": FaultCode.PRINTER_MEDIA_NEEDED,
    "input-cannot-feed-size-selected": FaultCode.PRINTER_MEDIA_NEEDED,
    "input-media-color-change": FaultCode.PRINTER_MEDIA_NEEDED,
    "input-media-form-parts-change": FaultCode.PRINTER_MEDIA_NEEDED,
    "input-media-size-change": FaultCode.PRINTER_MEDIA_NEEDED,
    "input-media-type-change": FaultCode.PRINTER_MEDIA_NEEDED,
    "input-media-weight-change": FaultCode.PRINTER_MEDIA_NEEDED,
    "media-path-cannot-duplex-media-selected": FaultCode.PRINTER_MEDIA_NEEDED,
    "marker-waste-full": FaultCode.PRINTER_WASTE_FULL,
    "marker-waste-almost-full": FaultCode.PRINTER_WASTE_FULL,
    "marker-waste-ink-receptacle-full": FaultCode.PRINTER_WASTE_FULL,
    "marker-waste-ink-receptacle-almost-full": FaultCode.PRINTER_WASTE_FULL,
    "marker-waste-toner-receptacle-full": FaultCode.PRINTER_WASTE_FULL,
    "marker-waste-toner-receptacle-almost-full": FaultCode.PRINTER_WASTE_FULL,
    "timed-out": FaultCode.PRINTER_OFFLINE,
    "shutdown": FaultCode.PRINTER_OFFLINE,
    "power-down": FaultCode.PRINTER_OFFLINE,
    "paused": FaultCode.PRINTER_STOPPED,
    "moving-to-paused": FaultCode.PRINTER_STOPPED,
    "hold-new-jobs": FaultCode.PRINTER_STOPPED,
    "deactivated": FaultCode.PRINTER_STOPPED,
    "interpreter-resource-unavailable": FaultCode.PRINTER_FAILURE,
    "interpreter-complex-page-encountered": FaultCode.PRINTER_FAILURE,
    "spool-area-full": FaultCode.PRINTER_FAILURE,
    "other": FaultCode.PRINTER_OTHER,
    "unknown": FaultCode.PRINTER_OTHER,
}
"""Keywords that say by themselves what they mean."""

_ENDINGS: dict[str, FaultCode] = {
    "interlock-open": FaultCode.PRINTER_COVER_OPEN,
    "cover-open": FaultCode.PRINTER_COVER_OPEN,
    "opened": FaultCode.PRINTER_COVER_OPEN,
    "jam": FaultCode.PRINTER_MEDIA_JAM,
    "feed-error": FaultCode.PRINTER_MEDIA_JAM,
    "over-temp": FaultCode.PRINTER_TEMPERATURE,
    "under-temp": FaultCode.PRINTER_TEMPERATURE,
    "over-temperature": FaultCode.PRINTER_TEMPERATURE,
    "under-temperature": FaultCode.PRINTER_TEMPERATURE,
    "temperature-high": FaultCode.PRINTER_TEMPERATURE,
    "temperature-low": FaultCode.PRINTER_TEMPERATURE,
    "almost-empty": FaultCode.PRINTER_SUPPLY_LOW,
    "empty": FaultCode.PRINTER_SUPPLY_EMPTY,
    "low": FaultCode.PRINTER_SUPPLY_LOW,
    "almost-full": FaultCode.PRINTER_OUTPUT_FULL,
    "full": FaultCode.PRINTER_OUTPUT_FULL,
    "missing": FaultCode.PRINTER_PART_MISSING,
    "removed": FaultCode.PRINTER_PART_MISSING,
    "life-almost-over": FaultCode.PRINTER_PART_WORN,
    "life-over": FaultCode.PRINTER_PART_WORN,
    "life-warn": FaultCode.PRINTER_PART_WORN,
    "at-eol": FaultCode.PRINTER_PART_WORN,
    "near-eol": FaultCode.PRINTER_PART_WORN,
    "at-limit": FaultCode.PRINTER_PART_WORN,
    "near-limit": FaultCode.PRINTER_PART_WORN,
    "offline": FaultCode.PRINTER_OFFLINE,
    "turned-off": FaultCode.PRINTER_OFFLINE,
    "failure": FaultCode.PRINTER_FAILURE,
    "memory-exhausted": FaultCode.PRINTER_FAILURE,
    "recoverable-storage": FaultCode.PRINTER_FAILURE,
    "recoverable-storage-error": FaultCode.PRINTER_FAILURE,
    "unrecoverable-storage": FaultCode.PRINTER_FAILURE,
    "unrecoverable-storage-error": FaultCode.PRINTER_FAILURE,
}
"""How the word for an event of any part ends (PWG 5100.9 §8.1); the first that fits counts."""

_PASSING = frozenset(
    {
        "alert-removal-of-binary-change-entry",
        "connecting-to-device",
        "fax-modem-turned-off",
        "fax-modem-missing",
        "identify-printer-requested",
        "interpreter-cartridge-deleted",
        "interpreter-memory-decrease",
        "interpreter-memory-increase",
        "interpreter-resource-deleted",
        "marker-adjusting-print-quality",
        "media-drying",
        "none",
        "power-up",
        "printer-manual-reset",
        "printer-nms-reset",
        "printer-ready-to-print",
        "processing-to-stop-point",
        "stopped-partly",
        "stopping",
    }
)
"""Says nothing that anybody must act on. CUPS's own `cups-*` keywords belong here too."""

_PASSING_ENDINGS = (
    "added",
    "closed",
    "configuration-change",
    "cooling",
    "cooling-down",
    "heating",
    "power-saver",
    "resource-removed",
    "turned-on",
    "warming-up",
)

_ORDER = (
    FaultCode.PRINTER_MEDIA_JAM,
    FaultCode.PRINTER_COVER_OPEN,
    FaultCode.PRINTER_DOOR_OPEN,
    FaultCode.PRINTER_MEDIA_EMPTY,
    FaultCode.PRINTER_MEDIA_NEEDED,
    FaultCode.PRINTER_PART_MISSING,
    FaultCode.PRINTER_SUPPLY_EMPTY,
    FaultCode.PRINTER_OUTPUT_FULL,
    FaultCode.PRINTER_WASTE_FULL,
    FaultCode.PRINTER_FAILURE,
    FaultCode.PRINTER_TEMPERATURE,
    FaultCode.PRINTER_SUPPLY_LOW,
    FaultCode.PRINTER_MEDIA_LOW,
    FaultCode.PRINTER_PART_WORN,
    FaultCode.PRINTER_OFFLINE,
    FaultCode.PRINTER_STOPPED,
    FaultCode.PRINTER_OTHER,
)
"""In which order people should mend what a printer reports at once."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One printer-state-reason: the keyword as it came, its severity, and its fault."""

    keyword: str
    severity: str
    code: FaultCode

    def fault(self) -> DeviceFault:
        """The fault with the keyword verbatim."""
        return DeviceFault(self.code, self.keyword)


def _ends(stem: str, ending: str) -> bool:
    return stem == ending or stem.endswith(f"-{ending}")


def meaning(stem: str) -> FaultCode | None:
    """The fault of a keyword without its severity; None if nobody must act on it; `printer.other` if not known."""
    if stem in _WORDS:
        return _WORDS[stem]
    if stem in _PASSING or stem.startswith("cups-") or any(_ends(stem, ending) for ending in _PASSING_ENDINGS):
        return None
    return next((code for ending, code in _ENDINGS.items() if _ends(stem, ending)), FaultCode.PRINTER_OTHER)


def _read(keyword: str, stopped: bool) -> Reason | None:
    stem, _, last = keyword.rpartition("-")
    # Some registered words themselves end like a severity (`…-feed-error`).
    if last in _SEVERITIES and stem and meaning(keyword) in (None, FaultCode.PRINTER_OTHER):
        severity = last
    else:
        # Without a suffix the keyword does not say how bad it is; a printer that stands still does.
        stem, severity = keyword, "error" if stopped else "warning"
    code = meaning(stem)
    if code is None:
        return None
    if stopped and code in (FaultCode.PRINTER_OFFLINE, FaultCode.PRINTER_STOPPED):
        severity = "error"
    return Reason(keyword, severity, code)


def read(keywords: Iterable[str], stopped: bool) -> tuple[Reason, ...]:
    """The reasons that mean something, errors before warnings before reports, then in the order of mending.

    `stopped` is whether printer-state is 5.
    """
    found = [reason for keyword in dict.fromkeys(keywords) if (reason := _read(keyword, stopped)) is not None]
    return tuple(sorted(found, key=lambda reason: (_SEVERITIES.index(reason.severity), _ORDER.index(reason.code))))


def blocking(keywords: Iterable[str], stopped: bool) -> Reason | None:
    """The reason why nothing comes out, or None if the printer can go on."""
    said = tuple(keywords)
    worst = next(iter(read(said, stopped)), None)
    if worst is not None and (worst.severity == "error" or stopped):
        return worst
    return Reason(" ".join(("stopped", *said)), "error", FaultCode.PRINTER_OTHER) if stopped else None
