"""`make bench-office`: the office's daily acts in a store of a million cases, against the same acts among a thousand.

Before it a family card against bare typst and pyHanko (`office_kk`); NAMES='kk' or NAMES='cases' runs only one.

Both stores hold the same thousand open cases; the larger one a million ended ones more, each with its people, clocks,
papers, evidence and finished work. With `postgres` both lie on a PostgreSQL server that flushes every commit.
"""

from __future__ import annotations

import itertools
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import office_kk
from case_files import complete
from counter import PEOPLE, Counter, open_counter
from postgres import SAFE, Cluster
from rows import Row, in_turn, report, seconds
from sqlalchemy import insert, text

from appliance.casework.roles import Role
from appliance.office import sop_month, views, work_list
from appliance.records.schema import audit, case, evidence, job, letter, resident, stay
from appliance.records.store import canonical

OPEN, ENDED, CHUNK, ROUNDS = 1000, 1_000_000, 5_000, 60
LIMIT, MONTH_SECONDS = 1.3, 2.0
DAY, APART, LAST, FIRST = 86_400_000, 315_360, 1_789_000_000_000, 10_000_000
"""The ended cases came one every five minutes, the newest last: 8,333 a month over ten years."""


@dataclass(frozen=True)
class Books:
    """One store, and the cases that the bench works on."""

    counter: Counter
    ids: list[str]


def open_books(folder: Path, server: Cluster | None) -> Books:
    """A store with the open cases, made by the acts themselves."""
    counter = open_counter(folder, server=server)
    ids = []
    for number in range(OPEN):
        file = complete()
        file["residents"][0]["full_name"] = f"SUGENG {_name(number)}"
        ids.append(counter.attached(file))
        if number % 2:
            counter.do("pass_check", Role.PETUGAS, ids[-1])
    return Books(counter, ids)


def _name(number: int) -> str:
    return "".join(chr(65 + number // 26**place % 26) for place in range(5))


def add_ended(books: Books, count: int) -> None:
    """Put `count` archived cases below the open ones, as plain rows."""
    with books.counter.store.read() as tx:
        model = tx.sql.execute(case.select().limit(1)).one()._mapping
        person = tx.sql.execute(resident.select().limit(1)).one()._mapping

    def at(number: int) -> int:
        return LAST - APART * (count - number)

    for start in range(0, count, CHUNK):
        numbers = range(start, min(count, start + CHUNK))
        rows = {
            case: [
                {**model, "id": _id(n), "code": _code(n), "state": "DIARSIPKAN", "kk_state": "KK_DISERAHKAN",
                 "kk_number": f"98{n:014d}", "changed_at": at(n) + DAY, "created_at": at(n)} for n in numbers
            ],
            resident: [
                {**person, "case_id": _id(n), "nik": f"99{n:014d}", "ktp_state": "KARTU_DISERAHKAN"} for n in numbers
            ],
            stay: [
                {"id": f"s{n}-{step}", "case_id": _id(n), "machine": "case", "position": None, "step": step,
                 "since": at(n) + step * 60_000, "until": at(n) + step * 90_000, "touch_ms": 60_000,
                 "pause": "ketunggalan" if step == 5 else None} for n in numbers for step in (2, 3, 5)
            ],
            audit: [
                {"sequence": FIRST + 2 * n + ended, "at": at(n) + ended * DAY, "event": event, "actor": "",
                 "facts": "{}", "case_id": _id(n), "previous": "", "hash": ""}
                for n in numbers for ended, event in enumerate(("case-report-complete", "case-archive-complete"))
            ],
            evidence: [
                {"id": f"e{n}-{kind}", "case_id": _id(n), "position": 0, "kind": kind, "name": "", "attempt": 1,
                 "state": "accepted", "quality": 60, "blob": None, "sha256": None, "facts": "{}", "created_at": n}
                for n in numbers for kind in ("finger", "photo", "handover")
            ],
            letter: [
                {"id": f"l{n}", "case_id": _id(n), "kind": "SK_DINSOS", "facts": "{}", "received_at": n}
                for n in numbers
            ],
            job: [
                {"id": f"j{n}", "key": f"old:{n}", "lane": "render", "kind": "receipt", "case_id": _id(n),
                 "position": 0, "payload": canonical({}), "state": "done", "created_at": n, "changed_at": n}
                for n in numbers
            ],
        }  # fmt: skip
        with books.counter.store.write() as tx:
            for table, values in rows.items():
                tx.sql.execute(insert(table), values)


def _id(number: int) -> str:
    return f"00000000-0000-7000-8000-{number:012x}"


def _code(number: int) -> str:
    letters = f"{number:06d}"
    return f"SG-{letters[:4]}-{letters[4:]}" if number < 1_000_000 else f"SG-X{number}"


def compared(what: str, act: Callable[[Books, int], object], few: Books, many: Books) -> Row:
    """The same act on both stores in turn, each time on another case; what stands before it is not timed."""
    small, large = itertools.count(), itertools.count()
    ours, floor = in_turn(
        lambda: seconds(lambda: act(many, next(large))), lambda: seconds(lambda: act(few, next(small))), ROUNDS
    )
    return Row(what, ours * 1000, floor * 1000, "ms", LIMIT)


def listed(role: Role) -> Callable[[Books, int], object]:
    """The first page of this role's work list."""
    return lambda books, _: work_list.work_page(books.counter.office, PEOPLE[role])


def by_code(books: Books, number: int) -> object:
    """A case looked for by its code."""
    return work_list.find(books.counter.office, _code(number))


def by_nik(books: Books, number: int) -> object:
    """A case looked for by its resident's NIK."""
    return work_list.find(books.counter.office, f"99{number:014d}")


def shown(books: Books, number: int) -> object:
    """The page of a case."""
    return views.case_state(books.counter.office, PEOPLE[Role.PETUGAS], books.ids[number])


def passed(books: Books, number: int) -> None:
    """Step 2 ends."""
    books.counter.do("pass_check", Role.PETUGAS, books.ids[2 * number])


def verified(books: Books, number: int) -> None:
    """Step 3 ends; the same person is looked for in every other case."""
    books.counter.do("verify", Role.KASI, books.ids[2 * number], reason="orang lain")


ACTS: dict[str, Callable[[Books, int], object]] = {
    "work list of the petugas": listed(Role.PETUGAS),
    "work list of the Kasi": listed(Role.KASI),
    "find by case code": by_code,
    "find by NIK": by_nik,
    "case page": shown,
    "a step: completeness check passed": passed,
    "a step: verified, the same person looked for": verified,
}


def month(books: Books) -> Row:
    """The report of a month in which 8,000 cases came and went."""

    def told() -> None:
        with books.counter.store.read() as tx:
            report = sop_month.month_report(tx, 2026, 8)
        assert report.counts[0].books == report.counts[0].audited > 0

    return Row("report of a month", median(seconds(told) for _ in range(5)), MONTH_SECONDS, "s", 1.0)


def rows(ended: int, store: str) -> list[Row]:
    """Both stores built, and every act compared."""
    folder = Path(tempfile.mkdtemp(prefix="siaga-bench-"))
    folder.chmod(0o711)
    server = Cluster.begin(folder / "pg", SAFE) if store == "postgres" else None
    try:
        few, many = open_books(folder / "few", server), open_books(folder / "many", server)
        add_ended(few, 2 * ROUNDS)
        began = time.monotonic()
        add_ended(many, ended)
        if server is not None:  # what autovacuum does by itself within a minute
            with many.counter.store.write() as tx:
                tx.sql.execute(text("ANALYZE"))
        print(f"{ended} ended cases added in {time.monotonic() - began:.0f} s")
        return [*(compared(what, act, few, many) for what, act in ACTS.items()), month(many)]
    finally:
        if server is not None:
            server.end()
        shutil.rmtree(folder, ignore_errors=True)


def main(arguments: list[str]) -> int:
    """Run `cases` and `kk`, or those named; 1 if a row passes its limit.

    A number is how many ended cases, `postgres` puts both stores on a server.
    """
    store = "postgres" if "postgres" in arguments else "sqlcipher"
    names = [one for one in arguments if not one.isdecimal() and one != store] or ["kk", "cases"]
    ended = next((int(one) for one in arguments if one.isdecimal()), ENDED)
    found = list(office_kk.rows()) if "kk" in names else []
    name = "office" if store == "sqlcipher" else "office-postgres"
    return report(name, [*found, *(rows(ended, store) if "cases" in names else [])])


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
