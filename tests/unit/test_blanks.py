"""The blank ledger: only moves that can happen, nothing lost, nothing changed unseen."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from books import new_case, open_books
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from postgres import Cluster
from sqlalchemy import text

from appliance.casework.blank_life import FACTS, MOVES, STATE_LABELS, move_between
from appliance.casework.roles import Actor, Role
from appliance.casework.sop import NotAllowed
from appliance.records import blanks, stock
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
    "spoiled": {"spoiled", "sealed"},
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


PEOPLE = {role: Actor(f"id-{role}", "", role, "test") for role in Role}
KEEPER = PEOPLE[Role.GUDANG]
DOERS = {
    ("received", "allotted"): {"gudang"},
    ("allotted", "received"): {"gudang"},
    ("received", "loaded"): {"gudang", "operator"},
    ("allotted", "loaded"): {"gudang", "operator"},
    ("loaded", "allotted"): {"gudang"},
    ("loaded", "encoding"): {"operator"},
    ("encoding", "encoded"): {"system"},
    ("encoded", "printed"): {"system"},
    ("printed", "verified"): {"operator"},
    ("verified", "handed_over"): {"petugas"},
    ("received", "spoiled"): {"gudang", "operator"},
    ("allotted", "spoiled"): {"gudang", "operator"},
    ("loaded", "spoiled"): {"gudang", "operator"},
    ("encoding", "spoiled"): {"operator"},
    ("encoded", "spoiled"): {"operator"},
    ("printed", "spoiled"): {"operator"},
    ("verified", "spoiled"): {"operator"},
    ("handed_over", "spoiled"): {"gudang", "operator", "petugas"},
    ("spoiled", "spoiled"): {"petugas"},
    ("spoiled", "sealed"): {"gudang"},
    ("sealed", "destroyed"): {"gudang"},
}
"""Whose each move is: the SOP's roles, the store's keeper, the machine for what only a machine can prove."""


def told(serial: str, new: str, old: str = "") -> dict[str, str | int]:
    """What has to be told with a move of this blank."""
    number = serial.encode().hex().ljust(12, "0")
    return {
        "allotted": {"place": "van-1"},
        "encoding": {"case_id": "c", "position": 0, "nik_digest": number},
        "encoded": {"uid": "04" + number},
        "printed": {"print_job": f"print-card:{serial}:1"},
        "spoiled": {"cause": "AUS", "place": "kantor"} if old == new else {"cause": "AUS"},
        "sealed": {"seal": "S-1"},
        "destroyed": {"minute": "BA-1"},
    }.get(new, {})  # type: ignore[return-value]


def doer(old: str, new: str) -> Actor:
    """Somebody who may make this move; the keeper where nobody may."""
    return PEOPLE[Role(min(DOERS.get((old, new), {"gudang"})))]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory, server: Cluster | None) -> Iterator[Store]:
    store = open_books(tmp_path_factory.mktemp("books"), server=server)
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
    blanks.receive(tx, "K-1", list(serials), "kantor", KEEPER)


def go(tx: Transaction, serial: str, *states: str) -> None:
    for state in states:
        old = str(blanks.state_of(tx, serial))
        blanks.move(tx, serial, BlankState(state), doer(old, state), **told(serial, state, old))


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
        sentence = f"A1 {STATE_LABELS[BlankState(old)].lower()}, tidak bisa {STATE_LABELS[BlankState(new)].lower()}"
        with pytest.raises(LedgerError, match=sentence):
            go(tx, "A1", new)
        assert blanks.balance(tx) == before == ({old: 1}, None)


def test_the_test_knows_every_state_and_every_move() -> None:
    assert set(LIFE) == set(WAY) == set(BlankState) == set(STATE_LABELS)
    assert {(old, new) for old in LIFE for new in LIFE[old]} == set(DOERS)
    made = [(source, move.target) for move in MOVES for source in move.sources]
    assert len(made) == len(set(made)), "two rows for one move"
    assert {pair: set(move_between(*pair).roles) for pair in made} == DOERS  # type: ignore[union-attr]
    assert {need for move in MOVES for need in move.needs} <= set(FACTS)


@pytest.mark.parametrize(("old", "new"), sorted(DOERS))
def test_a_move_is_only_for_those_whose_work_it_is(tx: Transaction, old: str, new: str) -> None:
    received(tx, "A1")
    go(tx, "A1", *WAY[old])
    for role in set(Role) - {Role(name) for name in DOERS[old, new]}:
        with pytest.raises(NotAllowed, match="hanya untuk peran"):
            blanks.move(tx, "A1", BlankState(new), PEOPLE[role], **told("A1", new, old))
    assert blanks.balance(tx) == ({old: 1}, None)
    for role in set(Role) - {Role.GUDANG}:
        with pytest.raises(NotAllowed):
            blanks.receive(tx, "K-1", ["A2"], "kantor", PEOPLE[role])


@pytest.mark.parametrize(("old", "new"), sorted(DOERS))
def test_a_move_that_does_not_tell_all_is_refused(tx: Transaction, old: str, new: str) -> None:
    received(tx, "A1")
    go(tx, "A1", *WAY[old])
    complete = told("A1", new, old)
    needs = move_between(BlankState(old), BlankState(new)).needs  # type: ignore[union-attr]
    assert needs == set(complete)
    for left_out in complete:
        fewer = {key: value for key, value in complete.items() if key != left_out}
        for facts in (fewer, {**fewer, left_out: None}, {**fewer, left_out: ""}):
            with pytest.raises(LedgerError):
                blanks.move(tx, "A1", BlankState(new), doer(old, new), **facts)
    with pytest.raises(TypeError, match="colour"):
        blanks.move(tx, "A1", BlankState(new), doer(old, new), **complete, colour="red")
    assert blanks.balance(tx) == ({old: 1}, None)


@pytest.mark.parametrize("place", ["kantor", "hopper-1", "rumah", "van", "van-0", "van-100", "printer-1 "])
def test_blanks_are_allotted_to_a_van_or_a_printer_that_can_be(tx: Transaction, place: str) -> None:
    received(tx, "A1")
    with pytest.raises(LedgerError, match="Tempat ini tidak cocok"):
        blanks.move(tx, "A1", BlankState.ALLOTTED, KEEPER, place=place)
    with pytest.raises(LedgerError):
        blanks.receive(tx, "K-1", ["A2"], place.replace("kantor", "printer-1"), KEEPER)


def test_only_a_replaced_card_lies_with_its_holder_and_is_not_counted_there(tx: Transaction) -> None:
    received(tx, "A1", "A2")
    go(tx, "A1", *WAY["handed_over"])
    blanks.move(tx, "A1", BlankState.SPOILED, KEEPER, cause="AUS", place="pemilik")
    assert stock.shelves(tx) == {"kantor": 1} and stock.with_holders(tx) == {"A1"}
    with pytest.raises(LedgerError, match="Tempat ini tidak cocok"):
        blanks.move(tx, "A2", BlankState.ALLOTTED, KEEPER, place="pemilik")
    blanks.move(tx, "A1", BlankState.SPOILED, PEOPLE[Role.PETUGAS], cause="AUS", place="kantor")
    assert stock.shelves(tx) == {"kantor": 1, "kantor/rusak": 1} and stock.with_holders(tx) == set()


def test_a_return_is_always_to_the_store(tx: Transaction) -> None:
    received(tx, "A1")
    go(tx, "A1", "allotted")
    assert blanks.states_of(tx, ["A1"]) == {"A1": (BlankState.ALLOTTED, "van-1")}
    blanks.move(tx, "A1", BlankState.RECEIVED, KEEPER, place="van-1")
    assert blanks.states_of(tx, ["A1"]) == {"A1": (BlankState.RECEIVED, "kantor")}
    assert blanks.balance(tx)[1] is None


def test_many_move_together_or_not_at_all(tx: Transaction) -> None:
    received(tx, "A1", "A2", "A3")
    go(tx, "A2", "spoiled")
    with pytest.raises(LedgerError):
        blanks.move_all(tx, ["A1", "A2", "A3"], BlankState.ALLOTTED, KEEPER, place="van-1")
    with pytest.raises(LedgerError):
        blanks.move_all(tx, ["A1", "A9"], BlankState.ALLOTTED, KEEPER, place="van-1")
    assert blanks.balance(tx) == ({"received": 2, "spoiled": 1}, None)
    blanks.move_all(tx, ["A1", "A3"], BlankState.ALLOTTED, KEEPER, place="van-1")
    assert blanks.balance(tx) == ({"allotted": 2, "spoiled": 1}, None)


LIVE_WAYS = ["encoding", "encoded", "printed", "verified", "handed_over"]


@pytest.mark.parametrize("state", LIVE_WAYS)
def test_a_resident_gets_another_card_only_after_the_earlier_is_spoiled(tx: Transaction, state: str) -> None:
    received(tx, "A1", "A2")
    go(tx, "A1", *WAY[state])
    go(tx, "A2", "loaded")
    same = told("A1", "encoding")
    with pytest.raises(LedgerError, match=r"Kartu sebelumnya \(A1\)"):
        blanks.move(tx, "A2", BlankState.ENCODING, PEOPLE[Role.OPERATOR], **same)
    assert blanks.earlier_card(tx, str(same["nik_digest"])) == "A1"
    go(tx, "A1", "spoiled")
    blanks.move(tx, "A2", BlankState.ENCODING, PEOPLE[Role.OPERATOR], **same)
    assert [row["serial"] for row in blanks.of_resident(tx, str(same["nik_digest"]))] == ["A1", "A2"]
    assert blanks.balance(tx)[1] is None


def test_a_chip_stands_in_the_ledger_once_in_one_notation(tx: Transaction) -> None:
    received(tx, "A1", "A2")
    go(tx, "A1", "loaded", "encoding")
    go(tx, "A2", "loaded", "encoding")
    blanks.move(tx, "A1", BlankState.ENCODED, PEOPLE[Role.SYSTEM], uid="04:A1:B2:C3:D4:E5:F6")
    assert blanks.rows(tx)[0]["uid"] == "04a1b2c3d4e5f6"
    for again in ("04a1b2c3d4e5f6", "04 A1 B2 C3 D4 E5 F6"):
        with pytest.raises(LedgerError, match="sudah tercatat pada blanko A1"):
            blanks.move(tx, "A2", BlankState.ENCODED, PEOPLE[Role.SYSTEM], uid=again)
        assert blanks.find(tx, again)["serial"] == "A1"  # type: ignore[index]
    assert blanks.find(tx, "A2")["state"] == "encoding"  # type: ignore[index]
    assert blanks.find(tx, "A9") is None
    assert blanks.find(tx, "04a1b2c3d4e5f7") is None


@pytest.mark.parametrize("uid", ["", "04", "0453xx00", "04a1b2c3d4e5f", "04a1b2c3d4e5f6f7", "04\u0661\u0662\u0663"])
def test_what_is_no_uid_is_refused(uid: str) -> None:
    with pytest.raises(LedgerError):
        blanks.canonical_uid(uid)
    assert blanks.canonical_uid("04A1B2C3") == "04a1b2c3"


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
    operator, machine = PEOPLE[Role.OPERATOR], PEOPLE[Role.SYSTEM]
    blanks.move(tx, "A1", BlankState.ENCODING, operator, case_id=case, position=2, nik_digest="d" * 32)
    blanks.move(tx, "A1", BlankState.ENCODED, machine, uid="04530000")
    (row,) = blanks.rows(tx)
    tied = {"case_id": case, "position": 2, "nik_digest": "d" * 32, "uid": "04530000", "cause": None}
    assert {key: row[key] for key in tied} == tied
    assert blanks.balance(tx)[1] is None


def test_the_lowest_serial_that_lies_ready_is_next(tx: Transaction) -> None:
    assert blanks.next_free(tx, "kantor") is None
    received(tx, "A3", "A1", "A2")
    received(tx, "A0")
    go(tx, "A0", "allotted")
    assert blanks.next_free(tx, "kantor") == "A1"
    go(tx, "A1", "loaded", "encoding")
    assert blanks.next_free(tx, "kantor") == "A2"
    go(tx, "A2", "spoiled")
    assert blanks.next_free(tx, "kantor") == "A3"
    go(tx, "A3", "loaded")
    assert blanks.next_free(tx, "kantor") == "A3"
    assert blanks.next_free(tx, "van-1") == "A0"


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
    go(tx, "A1", "encoding", "encoded")
    blanks.move(tx, "A2", BlankState.SPOILED, KEEPER, cause="MACET_PRINTER")
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
                    go(tx, serial, str(new))
                    states[serial] = str(new)
                    entries += 1
                else:
                    with pytest.raises(LedgerError):
                        go(tx, serial, str(new))
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
