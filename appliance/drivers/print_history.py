"""Which jobs of a queue have which name: the whole history read once, afterwards only what is new in it.

CUPS takes seconds to tell hundreds of jobs, for it reads each from its disk. Names do not change and numbers only
rise, so what was read once need not be read again; only `forget` (a job whose answer was lost, a queue that counts
from the start again) makes it read everything anew.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from appliance.drivers import ipp
from appliance.drivers.print_evidence import SeenJob, seen

PAGE = 100
"""Jobs of one question: some tenths of a second's work for CUPS on a slow machine."""

Told = Sequence[Mapping[str, tuple[ipp.Value, ...]]]
Ask = Callable[[int, int], Told]
"""Jobs from a number on, at most so many, in the order of their numbers."""


class PrintHistory:
    """Numbers by name, a few dozen bytes a job; `ask` is the queue, whose faults pass through."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._numbers: dict[str, list[int]] = {}
        self._next = 1

    def keep(self, name: str, number: int) -> None:
        """A job that the queue has just taken under this number."""
        if number < self._next:
            # The queue counts from the start again: somebody emptied its spool.
            self.forget()
        else:
            self._note(name, number)

    def forget(self) -> None:
        """Read everything again at the next look."""
        self._numbers, self._next = {}, 1

    def newest(self, name: str) -> SeenJob | None:
        """The job of this name with the highest number known, asked by its number; None if none is known or there."""
        numbers = self._numbers.get(name)
        return self._by_number(name, numbers[-1]) if numbers else None

    def jobs(self, name: str) -> list[SeenJob]:
        """Every job of this name that the queue still knows, by number, empty ones too."""
        known = list(self._numbers.get(name, ()))
        fresh = [job for job in self._look(name) if job.number not in known]
        old = [job for number in known if (job := self._by_number(name, number)) is not None]
        return [*old, *fresh]

    def _by_number(self, name: str, number: int) -> SeenJob | None:
        for told in self._ask(number, 1):
            job = seen(told)
            if job.number == number and told.get("job-name", ("",))[0] == name:
                return job
        return None

    def _look(self, name: str) -> list[SeenJob]:
        """Read what is new; of it the jobs of this name."""
        found = []
        while True:
            before, page = self._next, self._ask(self._next, PAGE)
            for told in page:
                job, label = seen(told), str(told.get("job-name", ("",))[0])
                self._note(label, job.number)
                if label == name:
                    found.append(job)
            if len(page) < PAGE or self._next == before:
                return sorted(found, key=lambda job: job.number)

    def _note(self, name: str, number: int) -> None:
        numbers = self._numbers.setdefault(name, [])
        if number not in numbers:
            numbers.append(number)
            numbers.sort()
        self._next = max(self._next, number + 1)
