"""A month of the SOP: time of people and time that passed, step by step, and every waiting apart. Pure."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from statistics import median

from appliance.casework.clocks import PAUSES, STEPS, Stay, Step


@dataclass(frozen=True, slots=True)
class StepMonth:
    """One step of the SOP in a month, in seconds.

    `ended` passages came to their end in the month, `over` of them took people longer than the SOP allows; of a
    passage all its stays of the month count together, without what was waiting.
    """

    step: Step
    ended: int
    over: int
    touch_s: float
    touch_median_s: float
    elapsed_median_s: float
    elapsed_longest_s: float


@dataclass(frozen=True, slots=True)
class WaitMonth:
    """One class of waiting in a month: how many fell into it, and how long they lasted within it, in seconds."""

    pause: str
    number: int
    waited_s: float


@dataclass(frozen=True, slots=True)
class Count:
    """What the books hold and what the audit log tells of the same thing."""

    what: str
    books: int
    audited: int

    @property
    def agrees(self) -> bool:
        """Whether both say the same."""
        return self.books == self.audited


@dataclass(frozen=True, slots=True)
class Times:
    """Of the clocks that stopped in the month, in milliseconds: how long they ran and how long people's hands were on
    it, by the books and by the audit log; of one step without waiting (`kind` "step"), or of one class ("wait")."""

    kind: str
    what: int | str
    books: tuple[int, int]
    audited: tuple[int, int]

    @property
    def agrees(self) -> bool:
        """Whether both say the same, to the millisecond."""
        return self.books == self.audited


@dataclass(frozen=True, slots=True)
class SopMonth:
    """The month's report; `open_at_end` cases were open when the month ended, or are now if it has not."""

    year: int
    month: int
    counts: tuple[Count, ...]
    open_at_end: int
    steps: tuple[StepMonth, ...]
    waits: tuple[WaitMonth, ...]
    times: tuple[Times, ...]

    @property
    def agrees(self) -> bool:
        """Whether every number and every sum of times of the books is that of the audit log."""
        return all(one.agrees for one in self.counts) and not self.differing

    @property
    def differing(self) -> tuple[Times, ...]:
        """The sums of times of which books and audit log do not say the same."""
        return tuple(one for one in self.times if not one.agrees)


def times_of(
    books: Mapping[tuple[str, int | str], tuple[int, int]], audited: Mapping[tuple[str, int | str], tuple[int, int]]
) -> tuple[Times, ...]:
    """What either knows, steps first and in their order."""
    keys: list[tuple[str, int | str]] = [("step", step.number) for step in STEPS]
    keys += [("wait", pause) for pause in PAUSES]
    return tuple(
        Times(kind, what, books.get((kind, what), (0, 0)), audited.get((kind, what), (0, 0)))
        for kind, what in keys
        if (kind, what) in books or (kind, what) in audited
    )


def steps_of(ended: Iterable[tuple[Hashable, Stay]]) -> tuple[StepMonth, ...]:
    """Every step, from the stays that ended in the month; each with what passes through it (a case or a card)."""
    passages: dict[tuple[int, Hashable], list[Stay]] = {}
    for whose, stay in ended:
        if stay.pause is None and stay.until is not None:
            passages.setdefault((stay.step, whose), []).append(stay)
    return tuple(_step(step, [of for (number, _), of in passages.items() if number == step.number]) for step in STEPS)


def _step(step: Step, passages: list[list[Stay]]) -> StepMonth:
    touch = [sum(stay.touch_ms for stay in stays) / 1000 for stays in passages]
    elapsed = [sum((stay.until or 0) - stay.since for stay in stays) / 1000 for stays in passages]
    return StepMonth(
        step=step,
        ended=len(passages),
        over=0 if step.limit_s is None else sum(one > step.limit_s for one in touch),
        touch_s=sum(touch),
        touch_median_s=median(touch) if touch else 0.0,
        elapsed_median_s=median(elapsed) if elapsed else 0.0,
        elapsed_longest_s=max(elapsed, default=0.0),
    )


def waits_of(waits: Iterable[Stay], begin: int, end: int, now: int) -> tuple[WaitMonth, ...]:
    """Every class of waiting; of each wait only what lies between `begin` and `end` (UTC ms), up to now."""
    within: Mapping[str, list[int]] = {pause: [] for pause in PAUSES}
    for stay in waits:
        lasted = min(stay.until or now, end) - max(stay.since, begin)
        if stay.pause is not None and lasted > 0:
            within[stay.pause].append(lasted)
    return tuple(WaitMonth(pause, len(of), sum(of) / 1000) for pause, of in within.items())
