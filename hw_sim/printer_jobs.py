"""The values of a printer: its states, what kind of machine it is, and its jobs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from hw_sim.printouts import Kind


class State(IntEnum):
    """printer-state (RFC 8011 §5.4.11)."""

    IDLE = 3
    PROCESSING = 4
    STOPPED = 5


class JobState(IntEnum):
    """job-state (RFC 8011 §5.3.7)."""

    PENDING = 3
    PROCESSING = 5
    STOPPED = 6
    CANCELED = 7
    ABORTED = 8
    COMPLETED = 9


@dataclass(frozen=True, slots=True)
class Build:
    """What kind of machine it is: seconds for the first and each further page, supplies by name."""

    model: str
    first_page: float
    next_page: float
    supplies: tuple[tuple[str, str], ...]
    job_survives_jam: bool


BUILDS: Mapping[Kind, Build] = {
    "sheet": Build("Sheet 4", 6.0, 2.0, (("black toner", "toner"),), True),
    "card": Build("Card 54", 35.0, 35.0, (("color ribbon", "ribbon"), ("transfer film", "other")), False),
}


@dataclass(slots=True)
class Job:
    """A job as the printer knows it; `impressions` counts the pages that came out, `asked` is its job template."""

    number: int
    name: str
    user: str
    format: str = "application/octet-stream"
    copies: int = 1
    data: bytes = field(default=b"", repr=False)
    state: JobState = JobState.PENDING
    reasons: tuple[str, ...] = ("job-incoming",)
    impressions: int = 0
    created: int = 0
    cancel: bool = False
    asked: Mapping[str, object] = field(default_factory=dict)
