"""What the books say of one day, each held against another: cases, sheets, cards, machine work, receipts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import func, select

from appliance.casework.blank_life import BlankState
from appliance.casework.stock import CountLine
from appliance.records import cases, sop_month
from appliance.records.schema import audit, blank_entry, effect, question
from appliance.records.store import Transaction

_ENDS = ("archived", "rejected", "cancelled")
_HANDED = ("kk-hand_over_kk-complete", "ktp-hand_over_card-complete", "ktp-confirm_face:same-complete")


def book_lines(tx: Transaction, begin: int, end: int) -> list[CountLine]:
    """One line a book (`stock.BOOK_LINES`), of the day from `begin` to before `end`, UTC milliseconds.

    Cases open now (or at the end of a day that is over) against those open at its start, reported and ended; numbers
    of the day that differ from the audit log (none); sheets and cards said to be printed against acts of the printer
    that are settled as done; acts and questions that nobody has settled (none); receipts against handovers.
    """
    books, audited = sop_month.in_books(tx, begin, end), sop_month.in_audit(tx, begin, end)
    should = sop_month.open_at(tx, begin) + books["reported"] - sum(books[one] for one in _ENDS)
    printed = _of_day(tx, ("kk-kk_printed-complete",), begin, end)
    sheets = [str(json.loads(row.facts).get("effect")) for row in printed]
    cards = _cards(tx, begin, end)
    handed = list(_of_day(tx, _HANDED, begin, end))
    return [
        CountLine("hari/berkas", sop_month.open_at(tx, min(end, tx.now + 1)), should),
        CountLine("hari/audit", sum(abs(number - audited[what]) for what, number in books.items()), 0),
        CountLine("hari/kk", _done(tx, sheets), len(sheets)),
        CountLine("hari/kartu", _done(tx, cards), len(cards)),
        CountLine("hari/mesin", _unsettled(tx), 0),
        CountLine("hari/tanda-terima", sum(_has_receipt(tx, row) for row in handed), len(handed)),
    ]


def _of_day(tx: Transaction, events: tuple[str, ...], begin: int, end: int) -> Iterator[Any]:
    query = select(audit.c.event, audit.c.case_id, audit.c.facts)
    yield from tx.sql.execute(query.where(audit.c.event.in_(events), audit.c.at >= begin, audit.c.at < end))


def _cards(tx: Transaction, begin: int, end: int) -> list[str]:
    """The print's token of every card that the ledger says was printed."""
    query = select(blank_entry.c.facts).where(
        blank_entry.c.to_state == str(BlankState.PRINTED), blank_entry.c.at >= begin, blank_entry.c.at < end
    )
    return [str(json.loads(one).get("print_job")) for one in tx.sql.execute(query).scalars()]


def _done(tx: Transaction, tokens: Iterable[str]) -> int:
    query = select(func.count()).select_from(effect).where(effect.c.state == "done")
    return sum(int(tx.sql.execute(query.where(effect.c.token == token)).scalar_one()) for token in tokens)


def _unsettled(tx: Transaction) -> int:
    """Acts outside of which nobody knows yet whether they were done, and questions about others that stand open."""
    acts = select(effect.c.token).where(effect.c.state.in_(("intent", "unknown")))
    tokens = set(tx.sql.execute(acts).scalars())
    asked = select(question.c.id, question.c.effect_token).where(question.c.answer.is_(None))
    return len(tokens) + sum(row.effect_token not in tokens for row in tx.sql.execute(asked))


def _has_receipt(tx: Transaction, handed: Any) -> bool:
    facts = json.loads(handed.facts)
    name = "KK" if handed.event.startswith("kk-") else f"KTP-{facts['resident']}"
    return any(one.name == name for one in cases.evidence_of(tx, str(handed.case_id), "receipt"))
