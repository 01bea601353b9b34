"""Faults as the technician reads them: of work that met them, and of devices that the watch found so. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from appliance.diagnostics.history import Past

DEVICE_OF: Mapping[str, str] = {
    "sam": "secure_access_module",
    "esign": "esign",
    "render": "typesetter",
}
"""Where the first word of a fault's code is not the device's name."""
PRINTER_OF: Mapping[str, str] = {"print-card": "card_printer", "print-kk": "document_printer"}
BY_NAMES: Mapping[str, str] = {"work": "saat bekerja", "watch": "saat diawasi", "trial": "saat dicoba"}
"""What met a fault."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: when it was met (UTC milliseconds), of which device, and by what: `work` or `watch`.

    `until` is when the watch last found it, 0 for one that work met.
    """

    at: int
    code: str
    device: str
    by: str
    until: int = 0


@dataclass(frozen=True, slots=True)
class FaultCount:
    """How often one code was met at one device, and when first and last."""

    code: str
    device: str
    count: int
    first: int
    last: int


def device_of(code: str, kind: str) -> str:
    """The device that a code is about; of the printers the one that this kind of work prints on."""
    word = code.partition(".")[0]
    if word == "printer":
        return PRINTER_OF.get(kind, "printer")
    return DEVICE_OF.get(word, word)


def watched(pasts: Mapping[str, Past]) -> tuple[Fault, ...]:
    """Every time the watch found a device not well, in the last 24 hours."""
    return tuple(
        Fault(span.since, reason, name, "watch", span.until)
        for name, past in pasts.items()
        for span in past.spans
        if span.level in {"down", "limited"}
        for reason in span.reasons
    )


def newest_first(*groups: Iterable[Fault]) -> tuple[Fault, ...]:
    """All of them in the order of time, the newest first."""
    return tuple(sorted((one for group in groups for one in group), key=lambda one: one.at, reverse=True))


def counted(found: Iterable[Fault]) -> tuple[FaultCount, ...]:
    """How often each code was met at each device, the most frequent first."""
    every = list(found)
    number = Counter((one.code, one.device) for one in every)
    moments = {key: [one.at for one in every if (one.code, one.device) == key] for key in number}
    rows = [FaultCount(code, device, count, min(moments[code, device]), max(moments[code, device]))
            for (code, device), count in number.items()]  # fmt: skip
    return tuple(sorted(rows, key=lambda row: (-row.count, row.code, row.device)))
