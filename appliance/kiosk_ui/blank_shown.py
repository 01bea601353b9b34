"""The values that the pages of the blank ledger are made of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class BlankRow:
    """Blanks in one state of the ledger."""

    state: str
    count: int


@dataclass(frozen=True, slots=True)
class PlaceView:
    """One place of the store: blanks that may be used, cards in work, and waste that lie there."""

    name: str
    picture: str
    ready: int
    cards: int
    waste: int


@dataclass(frozen=True, slots=True)
class ClosingView:
    """A day that waits for its second signature: shelves with a difference as name, counted, expected."""

    day: date
    lines: tuple[tuple[str, int, int], ...]
    reason: str
    chain: bool
    first_by: str


@dataclass(frozen=True, slots=True)
class MinutesLine:
    """A destruction: number, day, cards, whether its paper is there, and whether making it is held up."""

    number: str
    day: date
    cards: int
    paper: bool
    held: bool


@dataclass(frozen=True, slots=True)
class LedgerView:
    """The blank ledger's page; `days` is None where there is not enough data for a forecast, `books` are the day's
    books as name, what is found, what should be."""

    rows: tuple[BlankRow, ...]
    places: tuple[PlaceView, ...]
    ready: int
    days: int | None
    per_day: float
    soon: bool
    today: date
    last_closed: date | None
    counted_all: bool
    closed: bool
    unsigned: tuple[ClosingView, ...]
    to_count: tuple[str, ...]
    spoiled: tuple[tuple[str, str], ...]
    seals: tuple[tuple[str, int], ...]
    minutes: tuple[MinutesLine, ...]
    not_closed: tuple[date, ...] = ()
    doubt: bool = False
    books: tuple[tuple[str, int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class BlankHistoryLine:
    """One line of a blank's history: when, what it became, by which role, and what was told with it."""

    at: int
    state: str
    who: str
    detail: str


@dataclass(frozen=True, slots=True)
class BlankView:
    """What became of one blank; `facts` are pairs of label and value."""

    serial: str
    facts: tuple[tuple[str, str], ...]
    history: tuple[BlankHistoryLine, ...]
