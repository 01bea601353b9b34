"""A number in the queue of the office: what it is for, who comes first, how it is written. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

SERVICES: dict[str, str] = {
    "lapor": "Lapor atau tanya berkas",
    "rekam": "Rekam KTP-el",
    "ambil": "Ambil KK atau KTP-el",
    "lain": "Lainnya",
}
State = Literal["waiting", "called", "served", "absent"]


@dataclass(frozen=True, slots=True)
class Ticket:
    """One number of one day (`2026-11-24`); `first` is for who goes before others, times are UTC milliseconds.

    `first`: the old, the disabled, the ill, the pregnant and who carries a small child (UU 25/2009 art. 29).
    """

    day: str
    number: int
    service: str
    first: bool
    state: State
    taken_at: int
    calls: int = 0
    called_at: int | None = None
    called_by: str | None = None

    @property
    def label(self) -> str:
        """How it is printed and called: `A012`, with P (prioritas) for who goes first; the number alone is unique."""
        return f"{'P' if self.first else 'A'}{self.number:03}"

    @property
    def call(self) -> str:
        """Another text for each call of it."""
        return f"{self.label}-{self.calls}"


@dataclass(frozen=True, slots=True)
class QueueState:
    """The queue of a day: how many wait, before which counter whom, and how it went so far."""

    waiting: int
    first_waiting: int
    called: tuple[Ticket, ...]
    taken: int
    served: int
    absent: int
