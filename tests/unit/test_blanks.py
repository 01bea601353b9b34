"""The blank ledger: only moves that can happen, nothing lost, nothing changed unseen."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from books import CLERK, new_case, open_books
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from appliance.records import blanks
from appliance.records.audit import AuditBreak
from appliance.records.blanks import BlankState, LedgerError
from appliance.records.store import Store, Transaction

LIFE = {
    "received": {"allotted", "loaded", "spoiled"},
    "allotted": {"received", "loaded", "spoiled"},
    "loaded": {"allotted", "encoding", "spoiled"},
    "encoding": {"encoded", "spoiled"},
    "encoded": {"printed", "spoiled"},
    "printed": {"verified", "spoiled"},
    "verified": {"handed_over", "spoiled"},
    "handed_over": {"spoiled"},
    "spoiled": {"sealed"},
    "sealed": {"destroyed"},
    "destroyed": set(),
}
"""The life of a blank, written out again: domain and DESIGN §4."""
WAY = {
    "received": (),
    "allotted": ("allotted",),
    "loaded": ("loaded",),
    "encoding": ("loaded", "encoding"),
    "encoded": ("loaded", "encoding", "encoded"),
    "printed": ("loaded", "encoding", "encoded", "printed"),
    "verified": ("loaded", "encoding", "encoded", "printed", "verified"),
    "handed_over": ("loaded", "encoding", "encoded", "printed", "verified", "handed_over"),
    "spoiled": ("spoiled",),
    "sealed": ("spoiled", "sealed"),
    "destroyed": ("spoiled", "sealed", "destroyed"),
}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    store = open_books(tmp_path_factory.mktemp("books"))
    yield store
    store.close()


@pytest.fixture
def tx(store: Store) -> Iterator[Transaction]:
    """A transaction that leaves nothing behind."""
    with store.write() as tx:
        savepoint = tx.sql.begin_nested()
        yield tx
        savepoint.rollback()


def received(tx: Transaction, *serials: str) -> None:
    blanks.receive(tx, "K-1", list(serials), "kantor", CLERK)


def go(tx: Transaction, serial: str, *states: str) -> None:
    for state in states:
        blanks.move(tx, serial, BlankState(state), CLERK)


@pytest.mark.parametrize(("old", "new"), list(itertools.product(LIFE, LIFE)))
def test_every_move_is_made_or_refused_as_the_life_of_a_card_allows(tx: Transaction, old: str, new: str) -> None:
    received(tx, "A1")
    go(tx, "A1", *WAY[old])
    before = blanks.balance(tx)
    if new in LIFE[old]:
        go(tx, "A1", new)
        assert blanks.state_of(tx, "A1") == new
        assert blanks.balance(tx) == ({new: 1}, None)
    else:
        with pytest.raises(LedgerError, match=f"Blanko sedang {old}, tidak bisa menjadi {new}"):
            go(tx, "A1", new)
        assert blanks.balance(tx) == before == ({old: 1}, None)


def test_the_test_knows_every_state() -> None:
    assert set(LIFE) == set(WAY) == set(BlankState)


def test_a_serial_comes_only_once(tx: Transaction) -> None:
    received(tx, "A1", "A2")
    with pytest.raises(LedgerError, match="sudah ada di buku: A2"):
        received(tx, "A2", "A3")
    assert blanks.balance(tx) == ({"received": 2}, None)


def test_a_blank_that_never_came_cannot_move(tx: Transaction) -> None:
    with pytest.raises(LedgerError, match="tidak ada di buku"):
        go(tx, "A1", "loaded")
    with pytest.raises(LedgerError):
        blanks.state_of(tx, "A1")


def test_a_move_ties_the_blank_to_its_case(tx: Transaction) -> None:
    received(tx, "A1")
    case = new_case(tx)
    go(tx, "A1", "loaded")
    blanks.move(tx, "A1", BlankState.ENCODING, CLERK, case_id=case, position=2, nik_digest="d" * 32)
    blanks.move(tx, "A1", BlankState.ENCODED, CLERK, uid="0453")
    (row,) = blanks.rows(tx)
    tied = {"case_id": case, "position": 2, "nik_digest": "d" * 32, "uid": "0453", "cause": None}
    assert {key: row[key] for key in tied} == tied
    assert blanks.balance(tx)[1] is None


def test_the_lowest_serial_that_lies_ready_is_next(tx: Transaction) -> None:
    assert blanks.next_free(tx, "kantor") is None
    received(tx, "A3", "A1", "A2")
    blanks.receive(tx, "K-2", ["A0"], "van", CLERK)
    assert blanks.next_free(tx, "kantor") == "A1"
    go(tx, "A1", "loaded", "encoding")
    assert blanks.next_free(tx, "kantor") == "A2"
    go(tx, "A2", "spoiled")
    assert blanks.next_free(tx, "kantor") == "A3"
    go(tx, "A3", "loaded")
    assert blanks.next_free(tx, "kantor") == "A3"
    assert blanks.next_free(tx, "van") == "A0"


def history(tx: Transaction) -> None:
    received(tx, "A1", "A2", "A3")
    go(tx, "A1", "loaded", "encoding", "encoded")
    go(tx, "A2", "spoiled")


ENTRY_CHANGES = {
    "at": "at + 1",
    "serial": "'A9'",
    "from_state": "'printed'",
    "to_state": "'printed'",
    "actor": "'gudang:other@test'",
    "facts": '\'{"uid":"ff"}\'',
    "previous": "hash",
    "hash": "previous",
}


@pytest.mark.parametrize("column", sorted(ENTRY_CHANGES))
@pytest.mark.parametrize("sequence", [1, 4, 7])
def test_a_changed_entry_is_found_and_named(tx: Transaction, column: str, sequence: int) -> None:
    history(tx)
    change = f"UPDATE blank_entry SET {column} = {ENTRY_CHANGES[column]} WHERE sequence = {sequence}"
    assert tx.sql.execute(text(change)).rowcount == 1
    broken = blanks.balance(tx)[1]
    assert broken is not None
    assert broken.sequence == sequence


@pytest.mark.parametrize("sequence", range(1, 8))
def test_an_entry_taken_out_is_missed(tx: Transaction, sequence: int) -> None:
    history(tx)
    tx.sql.execute(text(f"DELETE FROM blank_entry WHERE sequence = {sequence}"))
    assert blanks.balance(tx)[1] is not None


ROW_CHANGES = [
    ("UPDATE blank SET state = 'received' WHERE serial = 'A2'", "A2"),
    ("UPDATE blank SET state = 'handed_over' WHERE serial = 'A1'", "A1"),
    ("UPDATE blank SET serial = 'A9' WHERE serial = 'A3'", "A3"),
    ("UPDATE blank SET uid = 'ff' WHERE serial = 'A1'", "A1"),
    ("UPDATE blank SET place = 'rumah' WHERE serial = 'A3'", "A3"),
    ("UPDATE blank SET batch = 'K-9' WHERE serial = 'A3'", "A3"),
    ("UPDATE blank SET cause = 'AUS' WHERE serial = 'A2'", "A2"),
    ("UPDATE blank SET case_id = 'other' WHERE serial = 'A1'", "A1"),
    ("UPDATE blank SET position = 7 WHERE serial = 'A1'", "A1"),
    ("UPDATE blank SET nik_digest = NULL WHERE serial = 'A1'", "A1"),
    ("DELETE FROM blank WHERE serial = 'A3'", "A3"),
    ("DELETE FROM blank", "A1"),
    ("INSERT INTO blank (serial, batch, state, place) VALUES ('A0', 'K-1', 'received', 'kantor')", "A0"),
]


@pytest.mark.parametrize(("change", "serial"), ROW_CHANGES)
def test_a_blank_that_differs_from_its_entries_is_found_and_named(tx: Transaction, change: str, serial: str) -> None:
    received(tx, "A1", "A2", "A3")
    go(tx, "A1", "loaded")
    blanks.move(tx, "A1", BlankState.ENCODING, CLERK, case_id=new_case(tx), position=0, nik_digest="d" * 32)
    blanks.move(tx, "A1", BlankState.ENCODED, CLERK, uid="0453")
    blanks.move(tx, "A2", BlankState.SPOILED, CLERK, cause="MACET_PRINTER")
    assert blanks.balance(tx)[1] is None
    assert tx.sql.execute(text(change)).rowcount > 0
    assert blanks.balance(tx)[1] == AuditBreak(7, f"blank {serial} differs from its entries")


STEPS = st.lists(st.tuples(st.sampled_from(["A1", "A2", "A3", "A4"]), st.sampled_from(BlankState)), max_size=40)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_after_any_walk_the_balance_equals_a_recount(store: Store, steps: list[tuple[str, BlankState]]) -> None:
    with store.write() as tx:
        savepoint = tx.sql.begin_nested()
        try:
            received(tx, "A1", "A2", "A3", "A4")
            states = dict.fromkeys(("A1", "A2", "A3", "A4"), "received")
            entries = 4
            for serial, new in steps:
                if new in LIFE[states[serial]]:
                    blanks.move(tx, serial, new, CLERK)
                    states[serial] = str(new)
                    entries += 1
                else:
                    with pytest.raises(LedgerError):
                        blanks.move(tx, serial, new, CLERK)
            counts, broken = blanks.balance(tx)
            assert broken is None
            assert counts == Counter(states.values())
            assert {row["serial"]: row["state"] for row in blanks.rows(tx)} == states
            assert tx.sql.execute(text("SELECT count(*) FROM blank_entry")).scalar_one() == entries
        finally:
            savepoint.rollback()


def test_a_move_is_durable_with_its_entry_or_not_at_all(tmp_path: Path) -> None:
    store = open_books(tmp_path)
    with store.write() as tx:
        received(tx, "A1")
    with pytest.raises(KeyError), store.write() as tx:
        go(tx, "A1", "loaded")
        raise KeyError
    store.close()
    again = open_books(tmp_path)
    with again.read() as tx:
        assert blanks.balance(tx) == ({"received": 1}, None)
    again.close()
