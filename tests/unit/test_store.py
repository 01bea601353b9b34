"""The database: what was committed is there again, what was not is not, and nobody reads it without the key."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import uuid
from pathlib import Path

import pytest
from books import CLERK, KEY, Hours, new_case, open_books
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError

from appliance.records import accounts, audit, holds, leases, officials, tombstones
from appliance.records.schema import SCHEMA_VERSION, metadata
from appliance.records.sqlcipher import dbapi2, wal_is_safe
from appliance.records.store import Store, StoreError, canonical, derive_key, new_id

PUT = text("INSERT INTO meta (key, value) VALUES (:key, :value)")


def put(store: Store, key: str, value: str = "v") -> None:
    with store.write() as tx:
        tx.sql.execute(PUT, {"key": key, "value": value})


def keys(store: Store) -> set[str]:
    with store.read() as tx:
        return set(tx.sql.execute(text("SELECT key FROM meta")).scalars())


def test_a_commit_is_there_after_reopening(tmp_path: Path) -> None:
    store = open_books(tmp_path)
    put(store, "a")
    store.close()
    again = open_books(tmp_path)
    assert keys(again) == {"a"}
    again.close()


KILLED = """
import os, signal, sys
sys.path.insert(0, sys.argv[2])
from pathlib import Path
from books import open_books
from sqlalchemy import text
store = open_books(Path(sys.argv[1]))
with store.write() as tx:
    tx.sql.execute(text("INSERT INTO meta VALUES ('committed', 'v')"))
with store.write() as tx:
    tx.sql.execute(text("INSERT INTO meta VALUES ('open', 'v')"))
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_process_leaves_what_it_committed_and_nothing_of_what_it_had_open(tmp_path: Path) -> None:
    tests = str(Path(__file__).parents[1])
    died = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path), tests], check=False, cwd=tests + "/..")
    assert died.returncode == -9
    store = open_books(tmp_path)
    assert keys(store) == {"committed"}
    put(store, "next")
    store.close()


def test_an_exception_rolls_everything_back(tmp_path: Path) -> None:
    store = open_books(tmp_path)
    with pytest.raises(KeyError), store.write() as tx:
        tx.sql.execute(PUT, {"key": "a", "value": "v"})
        raise KeyError
    assert keys(store) == set()
    put(store, "a")
    with pytest.raises(IntegrityError), store.write() as tx:
        tx.sql.execute(PUT, {"key": "b", "value": "v"})
        tx.sql.execute(PUT, {"key": "a", "value": "v"})
    assert keys(store) == {"a"}
    store.close()


def test_what_stood_in_a_row_never_stands_in_an_exception(tmp_path: Path) -> None:
    store = open_books(tmp_path)
    put(store, "a")
    with pytest.raises(IntegrityError) as refused:
        put(store, "a", "SUGENG RIYADI")
    assert "SUGENG" not in str(refused.value)
    store.close()


def test_the_wrong_key_is_refused_in_one_sentence(tmp_path: Path) -> None:
    store = open_books(tmp_path)
    put(store, "a")
    store.close()
    with pytest.raises(StoreError) as refused:
        open_books(tmp_path, key=b"x" * 32)
    assert str(refused.value) == "database siaga.db cannot be opened: wrong key or damaged file"
    again = open_books(tmp_path)
    assert keys(again) == {"a"}
    again.close()


@pytest.mark.parametrize("damage", ["text", "half", "flipped"])
def test_a_damaged_file_is_refused_in_one_sentence(tmp_path: Path, damage: str) -> None:
    store = open_books(tmp_path)
    put(store, "a")
    store.close()
    path = tmp_path / "siaga.db"
    data = bytearray(path.read_bytes())
    data[100] ^= 1
    path.write_bytes(
        {"text": b"this is no database, it is a note\n" * 40, "half": data[:2000], "flipped": data}[damage]
    )
    with pytest.raises(StoreError, match=r"^database siaga\.db cannot be opened"):
        open_books(tmp_path)


def test_nothing_can_be_read_from_the_file_without_the_key(tmp_path: Path) -> None:
    store = open_books(tmp_path)
    put(store, "SUGENG RIYADI", "SUGENG RIYADI")
    assert dbapi2.sqlite_version_info >= (3, 44)
    written = b"".join(path.read_bytes() for path in tmp_path.glob("siaga.db*"))
    store.close()
    written += b"".join(path.read_bytes() for path in tmp_path.glob("siaga.db*"))
    assert len(written) > 4096
    for word in (b"SUGENG", b"SQLite format", b"CREATE TABLE"):
        assert word not in written


def test_a_newer_database_is_left_alone(tmp_path: Path) -> None:
    store = open_books(tmp_path)
    with store.write() as tx:
        tx.sql.execute(text(f"PRAGMA user_version = {SCHEMA_VERSION + 1}"))
    store.close()
    with pytest.raises(StoreError, match=f"version {SCHEMA_VERSION + 1}, this program knows {SCHEMA_VERSION}"):
        open_books(tmp_path)


def test_a_place_that_cannot_hold_a_database_is_refused_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be opened"):
        open_books(tmp_path / "file")
    (tmp_path / "siaga.db").mkdir()
    with pytest.raises(StoreError, match="cannot be opened"):
        open_books(tmp_path)


def test_every_table_is_strict_about_its_types(tmp_path: Path) -> None:
    store = open_books(tmp_path)
    with store.read() as tx:
        strict = dict(tx.sql.execute(text("SELECT name, strict FROM pragma_table_list WHERE type = 'table'")).all())  # type: ignore[arg-type]
    assert {name: strict[name] for name in metadata.tables} == dict.fromkeys(metadata.tables, 1)
    row = "INSERT INTO stay (id, case_id, machine, step, since, touch_ms) VALUES ('a', 'b', 'case', 'two', 0, 0)"
    with pytest.raises(IntegrityError, match="cannot store TEXT value in INTEGER column"), store.write() as tx:
        tx.sql.execute(text("PRAGMA defer_foreign_keys = ON"))
        tx.sql.execute(text(row))
    store.close()


def test_a_row_of_a_case_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    store = open_books(tmp_path)
    row = "INSERT INTO letter (id, case_id, kind, facts, received_at) VALUES ('a', 'nobody', 'k', '{}', 0)"
    with pytest.raises(IntegrityError, match="FOREIGN KEY"), store.write() as tx:
        tx.sql.execute(text(row))
    store.close()


def test_commits_are_synced_and_the_journal_fits_the_library(tmp_path: Path) -> None:
    store = open_books(tmp_path)
    with store.read() as tx:
        journal = tx.sql.execute(text("PRAGMA journal_mode")).scalar_one()
        synchronous = tx.sql.execute(text("PRAGMA synchronous")).scalar_one()
    store.close()
    safe = wal_is_safe(dbapi2.sqlite_version_info)
    assert (journal, synchronous) == (("wal", 2) if safe else ("delete", 3))


@pytest.mark.parametrize(
    ("version", "safe"),
    [
        ((3, 51, 3), True),
        ((3, 52, 0), True),
        ((4, 0, 0), True),
        ((3, 51, 2), False),
        ((3, 50, 7), True),
        ((3, 50, 6), False),
        ((3, 44, 6), True),
        ((3, 44, 5), False),
        ((3, 46, 1), False),
        ((3, 7, 0), False),
    ],
)
def test_wal_is_used_only_where_its_reset_bug_is_mended(version: tuple[int, ...], safe: bool) -> None:
    assert wal_is_safe(version) is safe


def test_a_reader_sees_one_state_while_others_write(tmp_path: Path) -> None:
    store = open_books(tmp_path)
    put(store, "a")
    with store.read() as tx:
        assert tx.sql.execute(text("SELECT count(*) FROM meta")).scalar_one() == 1
        writer = threading.Thread(target=put, args=(store, "b"))
        writer.start()
        writer.join(5)
        assert not writer.is_alive(), "a reader stops writers"
        assert tx.sql.execute(text("SELECT count(*) FROM meta")).scalar_one() == 1
    assert keys(store) == {"a", "b"}
    store.close()


def test_a_transaction_has_one_time(tmp_path: Path) -> None:
    hours = Hours()
    store = open_books(tmp_path, hours)
    with store.write() as tx:
        before = tx.now
        hours.go(5)
        assert tx.now == before == hours.now - 5000
    store.close()


COUNTS = """
import sys
sys.path.insert(0, sys.argv[2])
from pathlib import Path
from books import CLERK, open_books
from appliance.records import audit
store = open_books(Path(sys.argv[1]))
for _ in range(25):
    with store.write() as tx:
        audit.record(tx, "count", CLERK)
"""


def test_processes_and_threads_write_at_once_and_no_row_is_lost(tmp_path: Path) -> None:
    store = open_books(tmp_path)
    tests = str(Path(__file__).parents[1])
    command = [sys.executable, "-c", COUNTS, str(tmp_path), tests]
    others = [subprocess.Popen(command, cwd=tests + "/..") for _ in range(2)]

    def count() -> None:
        for _ in range(15):
            with store.write() as tx:
                audit.record(tx, "count", CLERK)

    threads = [threading.Thread(target=count) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [other.wait(30) for other in others] == [0, 0]
    with store.read() as tx:
        assert audit.verify(tx) == (80, None)
    store.close()


def test_writing_while_another_connection_holds_the_database_waits_for_it(tmp_path: Path) -> None:
    first, second = open_books(tmp_path), open_books(tmp_path)
    holding, go_on = threading.Event(), threading.Event()

    def hold() -> None:
        with first.write() as tx:
            tx.sql.execute(PUT, {"key": "first", "value": "v"})
            holding.set()
            go_on.wait(5)

    thread = threading.Thread(target=hold)
    thread.start()
    assert holding.wait(5)
    threading.Timer(0.05, go_on.set).start()
    put(second, "second")
    thread.join()
    assert keys(second) == {"first", "second"}
    first.close()
    second.close()


def test_a_read_transaction_cannot_write_over_another_writer(tmp_path: Path) -> None:
    store = open_books(tmp_path)
    with store.read() as tx:
        tx.sql.execute(text("SELECT count(*) FROM meta")).scalar_one()
        put(store, "a")
        with pytest.raises(OperationalError, match="locked"):
            tx.sql.execute(PUT, {"key": "b", "value": "v"})
    assert keys(store) == {"a"}
    store.close()


def test_ids_are_uuids_of_version_7_that_sort_as_they_were_made() -> None:
    ids = [new_id() for _ in range(2000)]
    assert ids == sorted(set(ids))
    for one in ids[:20]:
        assert (uuid.UUID(one).version, uuid.UUID(one).variant) == (7, uuid.RFC_4122)


def test_equal_values_give_equal_bytes() -> None:
    assert canonical({"b": [1, {"d": "é", "c": None}], "a": True}) == '{"a":true,"b":[1,{"c":null,"d":"é"}]}'


def test_keys_for_two_purposes_have_nothing_in_common() -> None:
    assert derive_key(KEY, "database") == derive_key(KEY, "database")
    assert len({derive_key(KEY, "database"), derive_key(KEY, "vault"), derive_key(b"x" * 32, "database"), KEY}) == 4
    assert len(derive_key(KEY, "vault")) == 32


def test_the_folder_is_for_its_owner_only(tmp_path: Path) -> None:
    store = open_books(tmp_path / "data")
    store.close()
    assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700 & ~_umask()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


ADDED_IN_2 = ("blank_count", "blank_day", "blank_destruction")


def test_a_database_of_version_1_gets_the_new_tables_and_keeps_what_it_holds(tmp_path: Path) -> None:
    old = open_books(tmp_path)
    put(old, "kept")
    with old.write() as tx:
        for table in ADDED_IN_2:
            tx.sql.execute(text(f"DROP TABLE {table}"))
        tx.sql.execute(text("PRAGMA user_version = 1"))
        before = tx.sql.execute(text("SELECT name, sql FROM sqlite_schema ORDER BY name")).all()
    old.close()
    new = open_books(tmp_path)
    with new.write() as tx:
        assert tx.sql.execute(text("PRAGMA user_version")).scalar_one() == SCHEMA_VERSION
        after = tx.sql.execute(text("SELECT name, sql FROM sqlite_schema ORDER BY name")).all()
        added = {row.name for row in after} - {row.name for row in before}
        assert {name for name in added if not name.startswith("sqlite_autoindex")} == set(ADDED_IN_2)
        assert [row for row in after if row.name not in added] == list(before), "nothing of version 1 is changed"
    assert keys(new) == {"kept"}
    new.close()


def test_a_database_of_version_3_learns_of_leases_and_of_who_stands_in(tmp_path: Path) -> None:
    old = open_books(tmp_path)
    put(old, "kept")
    with old.write() as tx:
        for words in ("TABLE case_lease", "TABLE appointment"):
            tx.sql.execute(text(f"DROP {words}"))
        tx.sql.execute(text("ALTER TABLE session DROP COLUMN acting"))
        tx.sql.execute(text("PRAGMA user_version = 3"))
    old.close()
    new = open_books(tmp_path)
    with new.read() as tx:
        assert officials.offered_to(tx, "nobody") == []
        columns = {row.name for row in tx.sql.execute(text("PRAGMA table_info(session)"))}
    assert "acting" in columns and keys(new) == {"kept"}
    assert accounts.who(new, "no token") is None
    new.close()


def test_a_database_of_version_7_learns_since_when_a_case_is_in_hand(tmp_path: Path) -> None:
    old = open_books(tmp_path)
    with old.write() as tx:
        case = new_case(tx)
        leases.hold(tx, case, leases.CASE, CLERK)
        tx.sql.execute(text("ALTER TABLE case_lease DROP COLUMN since"))
        tx.sql.execute(text("PRAGMA user_version = 7"))
    old.close()
    new = open_books(tmp_path)
    with new.write() as tx:
        (kept,) = leases.of_case(tx, case)
        assert (kept.account_id, kept.since) == (CLERK.id, None)
        leases.hold(tx, case, leases.CASE, CLERK)
        assert len(leases.of_case(tx, case)) == 1
    new.close()


def test_a_database_of_version_4_learns_of_tombstones_and_holds(tmp_path: Path) -> None:
    old = open_books(tmp_path)
    put(old, "kept")
    with old.write() as tx:
        for table in ("tombstone", "legal_hold"):
            tx.sql.execute(text(f"DROP TABLE {table}"))
        tx.sql.execute(text("PRAGMA user_version = 4"))
    old.close()
    new = open_books(tmp_path)
    with new.read() as tx:
        assert (tombstones.stones(tx), holds.all_standing(tx)) == ([], [])
    assert keys(new) == {"kept"}
    new.close()
