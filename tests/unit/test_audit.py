"""The audit chain: whatever is changed in it or taken out of it is found and named."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from books import CLERK, Ticking, new_case, open_books
from postgres import Cluster
from sqlalchemy import text

from appliance.casework.roles import SYSTEM
from appliance.records import audit
from appliance.records.store import Store

EVENTS = 8


@pytest.fixture
def store(tmp_path: Path, server: Cluster | None) -> Iterator[Store]:
    store = open_books(tmp_path, Ticking(), server=server)
    with store.write() as tx:
        case = new_case(tx)
        for number in range(EVENTS):
            audit.record(tx, f"event-{number}", CLERK if number % 2 else SYSTEM, case if number else None, n=number)
    yield store
    store.close()


def tamper(store: Store, sql: str) -> tuple[int, audit.AuditBreak | None]:
    with store.write() as tx:
        assert tx.sql.execute(text(sql)).rowcount > 0
        return audit.verify(tx)


def test_an_untouched_chain_holds(store: Store) -> None:
    with store.read() as tx:
        assert audit.verify(tx) == (EVENTS, None)


def test_an_empty_chain_holds(tmp_path: Path) -> None:
    store = open_books(tmp_path)
    with store.read() as tx:
        assert audit.verify(tx) == (0, None)
    store.close()


def test_each_entry_links_to_the_one_before(store: Store) -> None:
    with store.read() as tx:
        entries = list(audit.entries(tx))
    assert [entry["sequence"] for entry in entries] == list(range(1, EVENTS + 1))
    assert entries[0]["previous"] == audit.GENESIS
    for before, after in itertools.pairwise(entries):
        assert after["previous"] == before["hash"]
    assert entries[1]["actor"] == "petugas:clerk@test"
    assert json.loads(str(entries[3]["facts"])) == {"n": 3}


CHANGES = {
    "at": "at + 1",
    "event": "event || 'x'",
    "actor": "'petugas:other@test'",
    "case_id": "'other'",
    "facts": "'{}'",
    "previous": "hash",
    "hash": "previous",
}


@pytest.mark.parametrize("column", sorted(CHANGES))
@pytest.mark.parametrize("sequence", [1, 4, EVENTS])
def test_a_changed_value_anywhere_is_found_at_its_entry(store: Store, column: str, sequence: int) -> None:
    change = f"UPDATE audit SET {column} = {CHANGES[column]} WHERE sequence = {sequence}"
    _, broken = tamper(store, change)
    assert broken is not None
    assert broken.sequence == sequence
    assert broken.why in {"was changed after it was written", "does not continue the entry before"}


def test_every_single_character_counts(store: Store) -> None:
    with store.read() as tx:
        entry = list(audit.entries(tx))[3]
    for column in ("event", "actor", "facts"):
        value = str(entry[column])
        for at in range(len(value)):
            with pytest.raises(ZeroDivisionError), store.write() as tx:
                flipped = value[:at] + chr(ord(value[at]) ^ 1) + value[at + 1 :]
                tx.sql.execute(text(f"UPDATE audit SET {column} = :v WHERE sequence = 4"), {"v": flipped})
                assert audit.verify(tx)[1] == audit.AuditBreak(4, "was changed after it was written")
                raise ZeroDivisionError  # roll back
    with store.read() as tx:
        assert audit.verify(tx)[1] is None


@pytest.mark.parametrize("sequence", [1, 4, EVENTS - 1])
def test_an_entry_taken_out_is_missed(store: Store, sequence: int) -> None:
    _, broken = tamper(store, f"DELETE FROM audit WHERE sequence = {sequence}")
    assert broken == audit.AuditBreak(sequence, "an entry is missing")


def test_an_entry_taken_out_is_missed_also_when_the_others_are_counted_anew(store: Store) -> None:
    with store.write() as tx:
        tx.sql.execute(text("DELETE FROM audit WHERE sequence = 4"))
        for number in range(5, EVENTS + 1):
            tx.sql.execute(text(f"UPDATE audit SET sequence = {number - 1} WHERE sequence = {number}"))
        assert audit.verify(tx)[1] == audit.AuditBreak(4, "does not continue the entry before")


def test_two_entries_that_changed_places_are_found(store: Store) -> None:
    with store.write() as tx:
        tx.sql.execute(text("UPDATE audit SET sequence = -3 WHERE sequence = 3"))
        tx.sql.execute(text("UPDATE audit SET sequence = 3 WHERE sequence = 4"))
        tx.sql.execute(text("UPDATE audit SET sequence = 4 WHERE sequence = -3"))
        broken = audit.verify(tx)[1]
    assert broken is not None
    assert broken.sequence == 3


def test_an_entry_rewritten_with_its_own_hash_breaks_the_one_after(store: Store) -> None:
    with store.write() as tx:
        entry = list(audit.entries(tx))[3]
        forged = {**{key: entry[key] for key in ("sequence", "at", "event", "actor", "case_id")}, "facts": "{}"}
        values = {"f": "{}", "h": audit.chained_hash(str(entry["previous"]), forged)}
        tx.sql.execute(text("UPDATE audit SET facts = :f, hash = :h WHERE sequence = 4"), values)
        assert audit.verify(tx)[1] == audit.AuditBreak(5, "does not continue the entry before")


def test_an_event_stands_or_falls_with_the_change_it_tells_of(store: Store) -> None:
    with pytest.raises(KeyError), store.write() as tx:
        audit.record(tx, "never", CLERK)
        raise KeyError
    with store.read() as tx:
        assert audit.verify(tx) == (EVENTS, None)
        assert audit.newest(tx, "never", 5) == []


def test_the_newest_events_of_a_kind_come_first(store: Store) -> None:
    with store.write() as tx:
        for number in (1, 2, 3):
            audit.record(tx, "door", CLERK, None, n=number)
        assert [json.loads(str(row["facts"]))["n"] for row in audit.newest(tx, "door", 2)] == [3, 2]
