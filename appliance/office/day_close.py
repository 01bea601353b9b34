"""The end of the day: count every shelf, hold the day's books against each other, close it; two sign a difference.

Fields of `values`: count_blanks: one number for each shelf, named by `count_field` · close_day: reason (only over a
difference) · sign_day: nothing; the oldest unsigned day is meant.
"""

from __future__ import annotations

from datetime import date, timedelta

from appliance.casework.roles import Actor, Role
from appliance.casework.sop import NotAllowed
from appliance.casework.stock import BOOK_LINES, SHELVES_ALWAYS, CountLine, shelf_name
from appliance.clock import midnight
from appliance.office.context import Office, Values
from appliance.office.ledger import Mistakes, book, keeper_only, line
from appliance.records import audit, ledger_check, restoration, stock, stock_books
from appliance.records.day_books import book_lines
from appliance.records.store import Transaction

SECOND_SIGNERS = frozenset({Role.KASI, Role.KABID, Role.KADIS})
"""Who may sign beside the store keeper that a day is closed with a difference."""


def count_field(shelf: str) -> str:
    """The name of a shelf's number in the form."""
    return "n_" + shelf.replace("/", "_").replace("-", "_")


def shelves_to_count(tx: Transaction) -> dict[str, int]:
    """Every shelf that is to be counted, with what the ledger says lies there."""
    return {**dict.fromkeys(SHELVES_ALWAYS, 0), **stock.shelves(tx)}


def count_blanks(office: Office, actor: Actor, values: Values) -> int:
    """Enter what was counted on each shelf; returns how many blanks more or fewer there are, summed up."""
    with book(office, actor, "count_blanks") as tx:
        keeper_only(actor)
        day = office.today()
        old = stock_books.closing(tx, day)
        closed = old is not None and old.closed_at is not None
        # Restored books are compared by a count, also after the day was closed in them.
        if closed and restoration.awaited(tx) is None:
            raise NotAllowed("Hari ini sudah ditutup.")
        mistakes = Mistakes(values)
        lines = []
        for shelf, expected in shelves_to_count(tx).items():
            number = line(values, count_field(shelf))
            if not number.isascii() or not number.isdecimal() or len(number) > 6:
                mistakes.add(count_field(shelf), f"Isi jumlah di {shelf_name(shelf)}.")
            else:
                lines.append(CountLine(shelf, int(number), expected))
        mistakes.stop()
        if old is not None and not closed:
            stock_books.withdraw_closing(tx, day)
        stock_books.add_counts(tx, day, lines, actor)
        differences = {one.shelf: one.difference for one in lines if one.difference}
        audit.record(tx, "blanks-count-complete", actor, None, day=day.isoformat(), differences=differences)
        return sum(abs(number) for number in differences.values())


def close_day(office: Office, actor: Actor, values: Values) -> bool:
    """Close the day over its count; over a difference this is the first of two signatures. Says whether it is closed.

    Refused while a shelf is not counted today, or its stock has changed since it was counted.
    """
    with book(office, actor, "close_day") as tx:
        keeper_only(actor)
        day = office.today()
        if stock_books.closing(tx, day) is not None:
            raise NotAllowed("Hari ini sudah ditutup atau menunggu tanda tangan kedua.")
        mistakes = Mistakes(values)
        return sign_first(tx, actor, day, counted_now(tx, day, mistakes), line(values, "reason"), mistakes)


def counted_now(tx: Transaction, today: date, mistakes: Mistakes) -> list[CountLine]:
    """Today's count of every shelf; one that is not counted, or whose stock has changed since, is a mistake."""
    counted = stock_books.counts_of(tx, today)
    lines = []
    for shelf, expected in shelves_to_count(tx).items():
        one = counted.get(shelf)
        if one is None:
            mistakes.add("", f"Belum dihitung hari ini: {shelf_name(shelf)}.")
        elif one.expected != expected:
            mistakes.add("", f"Stok berubah sejak dihitung, hitung lagi: {shelf_name(shelf)}.")
        else:
            lines.append(one)
    return lines


def sign_first(
    tx: Transaction,
    actor: Actor,
    day: date,
    lines: list[CountLine],
    reason: str,
    mistakes: Mistakes,
    late: date | None = None,
) -> bool:
    """Sign a day over its count and its books, and say whether that closes it: only without a difference, and with a
    whole chain.

    `late` is the day on which it is done, where that is not the day itself. Raises `FormRefused` with all mistakes.
    """
    broken = ledger_check.full(tx)
    chain = None if broken is None else f"{broken.sequence}: {broken.why}"
    lines = [*lines, *books_of(tx, day)]
    difference = sum(abs(one.difference) for one in lines)
    if (difference or chain) and not reason and not mistakes:
        told = "".join(
            f" {shelf_name(one.shelf)}: {one.counted}, seharusnya {one.expected}."
            for one in lines
            if one.shelf in BOOK_LINES and one.difference
        )
        mistakes.add("reason", f"Ada selisih.{told} Tulis keterangannya; orang kedua ikut menandatangani.")
    mistakes.stop()
    closed = not difference and chain is None
    stock_books.add_closing(tx, day, lines, chain, None if closed else reason, actor, late)
    facts: dict[str, object] = {"day": day.isoformat(), "difference": difference, "chain": chain, "closed": closed}
    if late is not None:
        facts["late"] = late.isoformat()
    audit.record(tx, "blanks-close-complete", actor, None, **facts)
    return closed


def books_of(tx: Transaction, day: date) -> list[CountLine]:
    """The lines of this day's books that are no shelves."""
    return book_lines(tx, midnight(day), midnight(day + timedelta(days=1)))


def sign_day(office: Office, actor: Actor, values: Values) -> date:
    """The second signature over a day with a difference, by another person than the first; returns the day."""
    with book(office, actor, "sign_day") as tx:
        if actor.role not in SECOND_SIGNERS:
            raise NotAllowed("Tanda tangan kedua oleh Kasi, Kabid, atau Kadis.")
        waiting = stock_books.unsigned(tx)
        if not waiting:
            raise NotAllowed("Tidak ada hari yang menunggu tanda tangan.")
        first = waiting[0]
        if first.first_by == actor.id:
            raise NotAllowed("Tanda tangan kedua harus orang lain.")
        stock_books.sign_second(tx, first.day, actor)
        difference = sum(abs(one.difference) for one in first.lines)
        facts = {"day": first.day.isoformat(), "difference": difference, "first_by": first.first_by}
        audit.record(tx, "blanks-close-sign-complete", actor, None, **facts)
        return first.day
