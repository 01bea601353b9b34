"""What the end-of-day sheet says: of a closed day what was signed, of today what stands so far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from appliance.casework.stock import BOOK_LINES, CountLine
from appliance.clock import midnight
from appliance.office.context import Office
from appliance.office.day_close import books_of
from appliance.records import accounts, sop_month, stock_books


@dataclass(frozen=True, slots=True)
class DaySheet:
    """One day: `shelves` as counted and `books` held against each other, `numbers` of what happened, by the keys of
    the month's report; names of who signed, empty while nobody has. `at` is when it was closed or, while it is not,
    now (UTC milliseconds); `broken` whether the ledger's chain did not hold."""

    day: date
    shelves: tuple[CountLine, ...]
    books: tuple[CountLine, ...]
    numbers: Mapping[str, int]
    reason: str
    broken: bool
    first: str
    second: str
    closed: bool
    at: int


def day_sheet(office: Office, day: date) -> DaySheet:
    """The sheet of this day."""
    begin, end = midnight(day), midnight(day + timedelta(days=1))
    with office.store.read() as tx:
        found = stock_books.closing(tx, day)
        lines = found.lines if found else tuple(stock_books.counts_of(tx, day).values())
        books = tuple(one for one in lines if one.shelf in BOOK_LINES) or tuple(books_of(tx, day))
        return DaySheet(
            day=day,
            shelves=tuple(one for one in lines if one.shelf not in BOOK_LINES),
            books=books,
            numbers=sop_month.in_books(tx, begin, end),
            reason=(found.reason if found else None) or "",
            broken=found is not None and found.chain is not None,
            first=accounts.name_of(tx, found.first_by) if found else "",
            second=accounts.name_of(tx, found.second_by) if found and found.second_by else "",
            closed=found is not None and found.closed_at is not None,
            at=(found.closed_at if found else None) or tx.now,
        )
