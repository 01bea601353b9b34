"""Papers and cards that are ready and that nobody has come for: when to remind, and in which ways. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

DAY_MS = 24 * 60 * 60 * 1000
REMIND_DAYS = 7
"""Between being ready and the first reminder, and between two; the office's own figure, no law names one."""
LONG_DAYS = 90
"""After so long the Kasi is asked to find out whether the resident moved or died."""

HOW: dict[str, str] = {
    "telepon": "Telepon",
    "pesan": "Pesan singkat",
    "kunjungan": "Kunjungan",
    "pelapor": "Lewat pelapor atau kelurahan",
}
RESULTS: dict[str, str] = {
    "reached": "Akan datang",
    "bring": "Minta diantar (sakit atau jauh)",
    "not_reached": "Tidak tersambung",
    "gone": "Pindah atau meninggal",
}


@dataclass(frozen=True, slots=True)
class Uncollected:
    """One document that waits for its holder; `position` None for the family card. Times are UTC milliseconds.

    `shelf` is where it lies, empty while nobody has said so; `reminded` when the family was reminded, `result` what
    came of the last time.
    """

    case_id: str
    code: str
    name: str
    position: int | None
    since: int
    shelf: str
    reminded: tuple[int, ...]
    result: str

    @property
    def remind_at(self) -> int:
        """When the family is to be reminded next."""
        return remind_at(self.since, self.reminded)

    def long(self, now: int) -> bool:
        """Whether it waits so long, or its holder is said to be gone, that the Kasi must look."""
        return self.result == "gone" or now - self.since >= LONG_DAYS * DAY_MS


def remind_at(since: int, reminded: Sequence[int]) -> int:
    """When to remind next: so many days after it was ready, and after each reminder."""
    return max((since, *reminded)) + REMIND_DAYS * DAY_MS
