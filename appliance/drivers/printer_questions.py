"""What a print queue and a printer are asked, and how their IPP attributes read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from appliance.clock import Deadline
from appliance.drivers import ipp, printer_reasons
from appliance.drivers.print_evidence import SeenJob, seen
from appliance.drivers.transport_cups import Address, address, ask
from appliance.faults import DeviceFault, FaultCode

USER = "siaga"
"""The owner of all our jobs; only the owner may cancel one."""

ASK_SECONDS = 3.0
_COMPLETED_WANTED = 100
IDLE, PROCESSING, STOPPED = 3, 4, 5
"""printer-state (RFC 8011 §5.4.11)."""

Attributes = Mapping[str, tuple[ipp.Value, ...]]

_JOB_FIELDS = (
    "job-id",
    "job-name",
    "job-state",
    "job-state-reasons",
    "job-impressions-completed",
    "job-billing",
    "job-k-octets",
)
QUEUE_FIELDS = (
    "device-uri",
    "printer-error-policy",
    "printer-is-accepting-jobs",
    "printer-make-and-model",
    "printer-state",
    "printer-state-reasons",
)
DEVICE_FIELDS = (
    "marker-levels",
    "marker-names",
    "printer-impressions-completed",
    "printer-make-and-model",
    "printer-media-sheets-completed",
    "printer-serial-number",
    "printer-state",
    "printer-state-reasons",
)
COUNTERS = ("printer-media-sheets-completed", "printer-impressions-completed")


def attributes_of(at: Address, names: tuple[str, ...], who: str) -> Attributes:
    answer = ask(
        at, ipp.GET_PRINTER_ATTRIBUTES, [(ipp.KEYWORD, "requested-attributes", names)], Deadline.after(ASK_SECONDS)
    )
    if not answer.ok:
        raise DeviceFault(FaultCode.PRINTER_UNREACHABLE, f"{who} {answer.status:#06x}")
    return next(iter(answer.of(ipp.PRINTER_GROUP)), {})


def jobs(at: Address, which: str, first: int = 0, most: int = 0) -> list[dict[str, tuple[ipp.Value, ...]]]:
    """The jobs of our own listed there; from the number `first` on at most `most`, which only CUPS heeds."""
    fields: list[ipp.Field] = [
        (ipp.NAME, "requesting-user-name", USER),
        (ipp.KEYWORD, "which-jobs", which),
        (ipp.KEYWORD, "requested-attributes", _JOB_FIELDS),
    ]
    if which == "completed":
        # Newest first (RFC 8011 §4.2.6.2); printers keep few anyway.
        fields.append((ipp.INTEGER, "limit", _COMPLETED_WANTED))
    if first:
        fields += [(ipp.INTEGER, "first-job-id", first), (ipp.INTEGER, "limit", most)]
    answer = ask(at, ipp.GET_JOBS, fields, Deadline.after(ASK_SECONDS))
    if not answer.ok:
        raise DeviceFault(FaultCode.PRINTER_UNREACHABLE, f"get-jobs {answer.status:#06x}")
    return answer.of(ipp.JOB_GROUP)


def jobs_named(at: Address, key: str, which: Iterable[str]) -> list[SeenJob]:
    """The jobs whose name is `key`, by number."""
    found = {
        job.number: job
        for kind in which
        for attributes in jobs(at, kind)
        if attributes.get("job-name", ("",))[0] == key
        for job in [seen(attributes)]
    }
    return [found[number] for number in sorted(found)]


def device_address(queue: Attributes) -> Address | None:
    """Where the printer itself answers; None if it is not a network printer and cannot be asked."""
    try:
        return address(text(queue, "device-uri"))
    except ValueError:
        return None


def waits_for_printer(queue: Attributes) -> bool:
    """Whether CUPS keeps a job of a network printer as its own until the printer has ended it."""
    try:
        parts = urlsplit(text(queue, "device-uri"))
    except ValueError:
        return False
    return parts.scheme in {"ipp", "ipps"} and "waitjob=false" not in parts.query.split("&")


def texts(said: Attributes, name: str) -> list[str]:
    return [str(value) for value in said.get(name, ())]


def text(said: Attributes, name: str) -> str:
    return next(iter(texts(said, name)), "")


def number(said: Attributes, name: str) -> int | None:
    return next((value for value in said.get(name, ()) if type(value) is int), None)


def flag(said: Attributes, name: str) -> bool:
    return bool(next(iter(said.get(name, (True,))), True))


def counter_of(said: Attributes) -> int | None:
    return next((count for name in COUNTERS if (count := number(said, name)) is not None), None)


def reasons_of(said: Attributes) -> tuple[printer_reasons.Reason, ...]:
    stopped = number(said, "printer-state") == STOPPED
    return printer_reasons.read(texts(said, "printer-state-reasons"), stopped)


def queue_reasons(queue: Attributes) -> tuple[printer_reasons.Reason, ...]:
    """What the queue itself adds: whether it is paused; the rest of its reasons may be stale."""
    return tuple(reason for reason in reasons_of(queue) if reason.code is FaultCode.PRINTER_STOPPED)


def blocking_reason(said: Attributes) -> printer_reasons.Reason | None:
    stopped = number(said, "printer-state") == STOPPED
    return printer_reasons.blocking(texts(said, "printer-state-reasons"), stopped)


def told(said: Attributes) -> dict[str, str]:
    names = ("printer-state", "printer-state-reasons", "printer-error-policy", "marker-names", "marker-levels")
    return {name: ", ".join(texts(said, name)) for name in (*names, *COUNTERS) if name in said}
