"""The SOP's clocks: touch time of people, elapsed time of the case, and waiting reported by class."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the SOP: number, name, who does it, limit of touch time in seconds (None: no limit)."""

    number: int
    name: str
    performer: str
    limit_s: int | None


STEPS: tuple[Step, ...] = (
    Step(1, "Laporan", "Pemohon", None),
    Step(2, "Periksa kelengkapan", "Petugas Dukcapil", 300),
    Step(3, "Verifikasi", "Kasi", 300),
    Step(4, "Input SIAK", "Operator", 300),
    Step(5, "Validasi", "Kabid", 120),
    Step(6, "Tanda tangan elektronik", "Kadis", 60),
    Step(7, "Perekaman biometrik", "Petugas perekaman", 300),
    Step(8, "Penerbitan KK dan KTP-el", "Operator", 120),
    Step(9, "Penyerahan dan arsip", "Petugas", 60),
)
"""SOP D-11/002; the sum of the limits, 26 minutes, is touch time of officers, not time in the calendar."""

PAUSES = ("dikembalikan", "perjalanan", "ketunggalan", "belum_17", "blanko_habis", "gangguan")
"""Classes of waiting that stop a step's clock and are reported apart."""


@dataclass(frozen=True, slots=True)
class Stay:
    """One stay of a case in a step, in UTC milliseconds; `until` None while it lasts; `pause` None or a class."""

    step: int
    since: int
    until: int | None
    touch_ms: int
    pause: str | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What a step's clock shows: seconds of touch, elapsed, and waiting by class; `begun` once it was entered.

    `waits` is the class as which it waits now, empty while it runs for people.
    """

    step: Step
    touch_s: float
    elapsed_s: float
    waiting_s: dict[str, float]
    open: bool
    begun: bool
    waits: str = ""

    @property
    def over(self) -> bool:
        """Whether the touch time passes the SOP's limit."""
        return self.step.limit_s is not None and self.touch_s > self.step.limit_s

    @property
    def late(self) -> bool:
        """Whether it has been in this step for longer than the SOP's limit, without the waits, whoever touched it."""
        return self.open and self.step.limit_s is not None and self.elapsed_s > self.step.limit_s

    @property
    def left_s(self) -> float | None:
        """Seconds of the limit that are left, or None where there is no limit."""
        return None if self.step.limit_s is None else self.step.limit_s - self.touch_s


def read_clocks(stays: Iterable[Stay], now: int) -> tuple[Reading, ...]:
    """The reading of every step, in the SOP's order, from all stays of a case."""
    stays = tuple(stays)
    readings = []
    for step in STEPS:
        own = [stay for stay in stays if stay.step == step.number]
        waiting = {
            pause: sum((stay.until or now) - stay.since for stay in own if stay.pause == pause) / 1000
            for pause in PAUSES
            if any(stay.pause == pause for stay in own)
        }
        elapsed = sum((stay.until or now) - stay.since for stay in own if stay.pause is None) / 1000
        touch = sum(stay.touch_ms for stay in own) / 1000
        running = [stay for stay in own if stay.until is None]
        waits = "" if any(stay.pause is None for stay in running) else next((str(stay.pause) for stay in running), "")
        readings.append(Reading(step, touch, elapsed, waiting, bool(running), bool(own), waits))
    return tuple(readings)
