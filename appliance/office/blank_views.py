"""What the blank ledger tells: stock and days left, one blank's whole story, a month's report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from appliance.casework.blank_life import READY, BlankState
from appliance.casework.codes import AWAY, CIRCULAR_CAUSES
from appliance.casework.stock import FORECAST_DAYS, CountLine, Forecast, forecast
from appliance.clock import midnight, month_after, to_local
from appliance.office.context import Office
from appliance.office.day_close import books_of, shelves_to_count
from appliance.office.destruction import minutes_job
from appliance.queue import effects, jobs
from appliance.records import blanks, cases, ledger_check, stock, stock_books
from appliance.records.stock_books import Closing, DestructionRecord
from appliance.records.stock_past import days_not_closed
from appliance.records.store import Transaction
from appliance.records.vault import BlobLost

DESTRUCTIONS_SHOWN = 30


@dataclass(frozen=True, slots=True)
class LedgerState:
    """The ledger as its page shows it; `to_count` are the shelves of the day's count, without their numbers.

    Whether the chain of entries holds is not looked at here: that takes seconds after some years, and is done when a
    day is closed and by `siaga blanks balance`, a quick look at each start. `doubt` is what the last look found.
    """

    states: Mapping[str, int]
    shelves: Mapping[str, int]
    ready: int
    left: Forecast
    today: date
    last_closed: date | None
    counted: tuple[CountLine, ...]
    closing: Closing | None
    unsigned: tuple[Closing, ...]
    to_count: tuple[str, ...]
    spoiled: tuple[tuple[str, str | None], ...]
    seals: Mapping[str, int]
    destructions: tuple[DestructionRecord, ...]
    held: frozenset[str]
    not_closed: tuple[date, ...] = ()
    doubt: str = ""
    books: tuple[CountLine, ...] = ()


def use_of_last_days(tx: Transaction, today: date) -> list[int]:
    """Blanks used on each of the last 14 whole days, oldest first, from the first day on which any was ever used."""
    first = stock.first_use(tx)
    if first is None:
        return []
    begin = max(today - timedelta(days=FORECAST_DAYS), to_local(first).date())
    used = stock.used_on(tx, midnight(begin))
    return [used[begin + timedelta(days=number)] for number in range((today - begin).days)]


def ledger_state(office: Office) -> LedgerState:
    """Everything of the ledger's page in one consistent reading."""
    today = office.today()
    with office.store.read() as tx:
        states: Counter[str] = Counter()
        for one, _, _, number in stock.by_state_and_place(tx):
            states[str(one)] += number
        ready = sum(states[str(state)] for state in READY)
        destructions = tuple(stock_books.destructions(tx, DESTRUCTIONS_SHOWN))
        held = {job.key for job in jobs.held(tx)}
        return LedgerState(
            states=states,
            shelves=stock.shelves(tx),
            ready=ready,
            left=forecast(ready, use_of_last_days(tx, today)),
            today=today,
            last_closed=stock_books.last_closed(tx),
            counted=tuple(stock_books.counts_of(tx, today).values()),
            closing=stock_books.closing(tx, today),
            unsigned=tuple(stock_books.unsigned(tx)),
            to_count=tuple(shelves_to_count(tx)),
            spoiled=_to_seal(tx),
            seals={seal: len(cards) for seal, cards in stock.sealed(tx).items()},
            destructions=destructions,
            held=frozenset(one.number for one in destructions if minutes_job(one.number) in held),
            not_closed=tuple(days_not_closed(tx, today)),
            doubt=ledger_check.doubt(tx),
            books=tuple(books_of(tx, today)),
        )


def minutes_paper(office: Office, number: str) -> bytes:
    """The typeset minutes of a destruction; raises `Missing`."""
    with office.store.read() as tx:
        found = stock_books.destruction(tx, number)
    if found is None or found.blob is None:
        raise cases.Missing("Berita acara belum ada.")
    try:
        return office.vault.get(minutes_job(number), found.wrapped_key, found.blob)
    except BlobLost as error:
        raise cases.Missing("Berita acara tidak terbaca.") from error


_OF_ROW = ("serial", "batch", "state", "place", "uid", "nik_digest", "position", "cause")


def story(tx: Transaction, key: str) -> dict[str, Any] | None:
    """What became of a blank, in one answer, by its serial or its chip's UID in any notation; None if unknown.

    Serial, batch, state, place, chip UID (canonical: lower-case hexadecimal, uid0 first), NIK digest, case code and
    resident, print job with what the printer said, handover with officer and receipt, cause, seal, minutes number,
    the cards of the same resident before and after it, and every line of the ledger. No name and no number of a
    person. Times are UTC milliseconds.
    """
    row = blanks.find(tx, key)
    if row is None:
        return None
    entries = blanks.entries_of(tx, [row["serial"]])
    told: dict[str, Any] = {}
    reached: dict[str, dict[str, Any]] = {}
    for entry in entries:
        told.update(entry["facts"])
        reached[entry["to_state"]] = {"at": entry["at"], "by": entry["actor"]}
    answer = {name: row[name] for name in _OF_ROW}
    answer |= {"case": _case_code(tx, row["case_id"]), "seal": told.get("seal"), "minute": told.get("minute")}
    answer |= {"print_job": _print_job(tx, told.get("print_job")), "handover": _handover(tx, row, reached)}
    answer |= {"received": reached[str(BlankState.RECEIVED)], "other_cards": _other_cards(tx, row)}
    answer["destroyed"] = reached.get(str(BlankState.DESTROYED))
    answer["entries"] = [
        {name: entry[name] for name in ("sequence", "at", "from_state", "to_state", "actor", "facts", "hash")}
        for entry in entries
    ]
    return answer


def _case_code(tx: Transaction, case_id: str | None) -> str | None:
    return None if case_id is None else cases.get(tx, case_id).code


def _print_job(tx: Transaction, token: str | None) -> dict[str, Any] | None:
    if token is None:
        return None
    effect = effects.find(tx, token)
    if effect is None:
        return {"token": token, "state": None, "evidence": None}
    return {"token": token, "state": effect.state, "evidence": effect.evidence}


def _handover(tx: Transaction, row: Mapping[str, Any], reached: Mapping[str, Any]) -> dict[str, Any] | None:
    handed = reached.get(str(BlankState.HANDED_OVER))
    if handed is None:
        return None
    receipts = [
        item for item in cases.evidence_of(tx, row["case_id"], "receipt") if item.name == f"KTP-{row['position']}"
    ]
    return {**handed, "receipt_sha256": receipts[-1].sha256 if receipts else None}


def _other_cards(tx: Transaction, row: Mapping[str, Any]) -> list[dict[str, Any]]:
    if row["nik_digest"] is None:
        return []
    return [
        {"serial": one["serial"], "state": one["state"], "cause": one["cause"]}
        for one in blanks.of_resident(tx, row["nik_digest"])
        if one["serial"] != row["serial"]
    ]


def _to_seal(tx: Transaction) -> tuple[tuple[str, str | None], ...]:
    """The spoiled cards less those of holders who are to bring them with them; a lost one may be found."""
    out = stock.with_holders(tx)
    return tuple(
        (serial, cause)
        for serial, cause in stock.serials_in(tx, BlankState.SPOILED)
        if serial not in out or cause in AWAY
    )


@dataclass(frozen=True, slots=True)
class MonthReport:
    """A month of the ledger: what came, was begun, handed over, spoiled and destroyed, and the causes by circular.

    `spoiled` and `destroyed` count by our own cause; `circular` sums the spoiled up under the circular's four.
    """

    year: int
    month: int
    received: int
    begun: int
    handed_over: int
    spoiled: Mapping[str, int]
    circular: Mapping[str, int]
    sealed: int
    destroyed: Mapping[str, int]
    minutes: tuple[str, ...]


def month_report(tx: Transaction, year: int, month: int) -> MonthReport:
    """What happened in this month by the calendar of the office."""
    begin = date(year, month, 1)
    end = month_after(begin)
    moved = stock.moved_to(tx, midnight(begin), midnight(end))
    number = Counter(state for state, _, _ in moved)
    causes = stock.causes(tx)
    spoiled = Counter(str(cause) for state, _, cause in moved if state is BlankState.SPOILED)
    circular = dict.fromkeys(sorted(set(CIRCULAR_CAUSES.values())), 0)
    for cause, times in spoiled.items():
        circular[CIRCULAR_CAUSES.get(cause, "Rusak")] += times
    destroyed = Counter(causes.get(serial, "") for state, serial, _ in moved if state is BlankState.DESTROYED)
    return MonthReport(
        year=year,
        month=month,
        received=stock.received_between(tx, midnight(begin), midnight(end)),
        begun=number[BlankState.ENCODING],
        handed_over=number[BlankState.HANDED_OVER],
        spoiled=dict(sorted(spoiled.items())),
        circular=circular,
        sealed=number[BlankState.SEALED],
        destroyed=dict(sorted(destroyed.items())),
        minutes=tuple(sorted(one.number for one in stock_books.destructions_between(tx, begin, end))),
    )
