"""The books on a PostgreSQL server: writers are one, a server that goes is one fault, and one process owns a work."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from books import CLERK, Hours, new_case, open_books
from counter import open_counter
from postgres import Cluster
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from appliance.app.books import sound
from appliance.casework.roles import SYSTEM
from appliance.diagnostics import storage
from appliance.faults import DeviceFault, FaultCode
from appliance.queue import jobs
from appliance.queue.worker import work_lane
from appliance.records import audit, copies, course, restoration
from appliance.records.additions import INDEXES
from appliance.records.postgres import PostgresServer
from appliance.records.restoration import Restoration
from appliance.records.schema import SCHEMA_VERSION, metadata
from appliance.records.store import Store, StoreError

TESTS = str(Path(__file__).parents[1])
PUT = text("INSERT INTO meta (key, value) VALUES (:key, :value)")


@pytest.fixture
def store(tmp_path: Path, cluster: Cluster) -> Iterator[Store]:
    store = open_books(tmp_path, server=cluster)
    yield store
    store.close()


@pytest.fixture
def own_server() -> Iterator[Cluster]:
    """A server for one test, which may stop it."""
    with tempfile.TemporaryDirectory(prefix="pg", dir=os.environ.get("PYTEST_DEBUG_TEMPROOT")) as folder:
        Path(folder).chmod(0o711)
        found = Cluster.begin(Path(folder) / "pg")
        yield found
        found.end()


def put(store: Store, key: str) -> None:
    with store.write() as tx:
        tx.sql.execute(PUT, {"key": key, "value": "v"})


def look(store: Store) -> Restoration | None:
    assert store.course is not None
    return course.look(store, store.course)


def keys(store: Store) -> set[str]:
    with store.read() as tx:
        return set(tx.sql.execute(text("SELECT key FROM meta WHERE value = 'v'")).scalars())


def test_a_stranger_finds_every_table_and_index(store: Store, cluster: Cluster) -> None:
    names = cluster.sql(store.name, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'").split()
    assert set(names) == set(metadata.tables)
    indexes = cluster.sql(store.name, "SELECT indexname FROM pg_indexes WHERE schemaname = 'public'").split()
    assert {index.name for index in INDEXES} <= set(indexes)


def test_what_sqlite_would_take_for_text_or_number_is_refused_here_too(store: Store) -> None:
    row = "INSERT INTO stay (id, case_id, machine, step, since, touch_ms) VALUES ('a', 'b', 'case', 'two', 0, 0)"
    with pytest.raises(DBAPIError), store.write() as tx:
        tx.sql.execute(text(row))
    row = "INSERT INTO letter (id, case_id, kind, facts, received_at) VALUES ('a', 'nobody', 'k', '{}', 0)"
    with pytest.raises(IntegrityError), store.write() as tx:
        tx.sql.execute(text(row))


def test_text_is_in_the_order_of_its_bytes(store: Store) -> None:
    for key in ("b", "B", "a", "é", "Z", "_"):
        put(store, key)
    with store.read() as tx:
        found = list(tx.sql.execute(text("SELECT key FROM meta WHERE value = 'v' ORDER BY key")).scalars())
    assert found == sorted(found) == ["B", "Z", "_", "a", "b", "é"]


COUNTS = """
import sys
sys.path.insert(0, sys.argv[2])
from pathlib import Path
from urllib.parse import urlsplit
from appliance.records import audit
from appliance.records.postgres import PostgresServer
from appliance.records.store import Store
from books import CLERK, Ticking
store = Store(PostgresServer(sys.argv[1], Path(sys.argv[3])), Ticking())
for _ in range(25):
    with store.write() as tx:
        audit.record(tx, "count", CLERK)
"""


def test_processes_and_threads_write_at_once_and_the_chain_holds(tmp_path: Path, cluster: Cluster) -> None:
    """All of them open a database that is new."""
    command = [sys.executable, "-c", COUNTS, cluster.url(tmp_path), TESTS, str(tmp_path)]
    others = [subprocess.Popen(command, cwd=TESTS + "/..") for _ in range(2)]
    store = open_books(tmp_path, server=cluster)

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


def test_a_reader_sees_one_state_and_cannot_write(store: Store) -> None:
    put(store, "a")
    with store.read() as tx:
        query = text("SELECT count(*) FROM meta WHERE value = 'v'")
        assert tx.sql.execute(query).scalar_one() == 1
        writer = threading.Thread(target=put, args=(store, "b"))
        writer.start()
        writer.join(5)
        assert not writer.is_alive(), "a reader stops writers"
        assert tx.sql.execute(query).scalar_one() == 1
    with pytest.raises(DeviceFault, match=r"storage\.read_only"), store.read() as tx:
        tx.sql.execute(PUT, {"key": "c", "value": "v"})
    assert keys(store) == {"a", "b"}


def test_a_writer_reads_what_the_one_before_him_wrote(store: Store) -> None:
    """What he reads in his transaction is still so when he writes, whoever else wants to write."""
    inside, go_on, seen = threading.Event(), threading.Event(), []

    def first() -> None:
        with store.write() as tx:
            inside.set()
            go_on.wait(5)
            tx.sql.execute(PUT, {"key": "first", "value": "v"})

    def second() -> None:
        other = open_other(store)
        with other.write() as tx:
            seen.extend(tx.sql.execute(text("SELECT key FROM meta WHERE value = 'v'")).scalars())
        other.close()

    threads = [threading.Thread(target=first), threading.Thread(target=second)]
    threads[0].start()
    assert inside.wait(5)
    threads[1].start()
    threading.Timer(0.2, go_on.set).start()
    for thread in threads:
        thread.join(20)
    assert seen == ["first"]


def open_other(store: Store) -> Store:
    """As another process has it."""
    url = store._database.engine.url.render_as_string(hide_password=False)
    return Store(PostgresServer(url, store.folder), Hours())


@pytest.mark.parametrize("how", ["fast", "immediate"])
def test_a_server_that_starts_again_amid_a_request_is_one_fault_and_nothing_is_half_stored(
    tmp_path: Path, own_server: Cluster, how: str
) -> None:
    counter = open_counter(tmp_path, server=own_server)
    store = counter.store
    with store.write() as tx:
        kept = new_case(tx)
    with pytest.raises(DeviceFault) as fault, store.write() as tx:
        new_case(tx)
        audit.record(tx, "half", CLERK)
        own_server.stop(how)
        new_case(tx)
    assert fault.value.code is FaultCode.STORAGE_UNREACHABLE and store.refused is fault.value.code
    with pytest.raises(DeviceFault, match=r"storage\.unreachable"), store.read():
        raise AssertionError("there is no server")
    own_server.start()
    with store.write() as tx:
        again = new_case(tx)
    assert store.refused is None, "the same store goes on"
    with store.read() as tx:
        found = set(tx.sql.execute(text("SELECT id FROM case_file")).scalars())
        assert audit.verify(tx)[1] is None
        assert storage.status(store, tx, tmp_path / "copies", 1).level == "ok", "its copies are the server's"
    assert found == {kept, again}
    store.close()


def test_a_lane_waits_for_the_server_with_its_job(tmp_path: Path, own_server: Cluster) -> None:
    store = open_books(tmp_path, Hours(), server=own_server)
    with store.write() as tx:
        jobs.put(tx, "render", "receipt", "k")
    done, stop, tries = threading.Event(), threading.Event(), []

    def receipt(job: jobs.Job) -> object:
        tries.append(job.attempts)
        if len(tries) == 1:
            own_server.stop()
            threading.Timer(0.3, own_server.start).start()
        return lambda tx: done.set()

    lane = threading.Thread(
        target=work_lane, args=(store, "render", {"receipt": receipt}, threading.Event(), stop, lambda: None, 0.05)
    )
    lane.start()
    assert done.wait(30)
    stop.set()
    lane.join(10)
    with store.read() as tx:
        found = jobs.by_key(tx, "k")
    assert found is not None and found.state == "done" and tries == [1, 2]
    store.close()


def test_one_process_owns_a_work_and_another_takes_over_when_it_ends(store: Store) -> None:
    other = open_other(store)
    assert store.own("hardware") and sound(store)
    assert not other.own("hardware") and other.own("network")
    store.close()
    assert other.own("hardware") and sound(other)
    other.close()


def test_who_lost_what_it_owned_to_another_must_end(
    tmp_path: Path, own_server: Cluster, capsys: pytest.CaptureFixture[str]
) -> None:
    first = open_books(tmp_path, server=own_server)
    assert first.own("hardware")
    own_server.stop()
    assert sound(first), "what a device has begun is done to its end"
    own_server.start()
    assert sound(first), "nobody else was there"
    own_server.stop()
    own_server.start()
    second = open_other(first)
    assert second.own("hardware")
    assert not sound(first) and not sound(first)
    assert "another process works on this database, or it was taken back; ending" in capsys.readouterr().err
    second.close()
    first.close()


def test_books_that_a_server_took_back_ask_before_anything_is_done(tmp_path: Path, own_server: Cluster) -> None:
    """A base backup is put in place of the cluster, as the guide says; what was printed after it is not in it."""
    store = open_books(tmp_path, server=own_server)
    assert look(store) is None and look(store) is None
    with store.write() as tx:
        case = new_case(tx)
        jobs.put(tx, "card_printer", "print-card", "k", case_id=case)
        audit.record(tx, "case-report-complete", CLERK, case)
    own_server.stop("fast")
    shutil.copytree(own_server.data, own_server.folder / "backup")
    own_server.start()
    with store.write() as tx:
        new_case(tx)
    own_server.stop("fast")
    own_server.take_back(own_server.folder / "backup")
    with pytest.raises(StoreError, match="must be opened anew"), store.write() as tx:
        raise AssertionError("nothing is written on another course")
    assert not sound(store)
    store.close()
    store = open_books(tmp_path, server=own_server)
    found = look(store)
    assert found is not None and found.open and look(store) is None
    assert jobs.claim(store, "card_printer", "w") is None, "no job is begun"
    with store.write() as tx:
        assert tx.sql.execute(text("SELECT count(*) FROM case_file")).scalar_one() == 1
        assert restoration.doubted_since(tx, case) is not None and audit.verify(tx)[1] is None
        assert "storage.restored" in storage.status(store, tx, tmp_path, 1).reasons
        restoration.confirm(tx, CLERK)
    assert jobs.claim(store, "card_printer", "w") is not None
    store.close()


def test_a_standby_is_not_used(tmp_path: Path, own_server: Cluster) -> None:
    url = own_server.url(tmp_path)
    own_server.stop("fast")
    own_server.mark("standby.signal")
    own_server.start()
    with pytest.raises(StoreError, match="its server is a standby"):
        Store(PostgresServer(url, tmp_path), Hours())


def test_a_newer_database_is_left_alone(store: Store) -> None:
    with store.write() as tx:
        tx.sql.execute(text(f"UPDATE meta SET value = '{SCHEMA_VERSION + 1}' WHERE key = 'schema_version'"))
    with pytest.raises(StoreError, match=f"version {SCHEMA_VERSION + 1}, this program knows {SCHEMA_VERSION}"):
        open_other(store)


def test_a_database_of_version_3_is_given_what_it_lacks(store: Store) -> None:
    put(store, "kept")
    with store.write() as tx:
        for words in ("DROP TABLE case_lease", "DROP TABLE appointment", "ALTER TABLE session DROP COLUMN acting"):
            tx.sql.execute(text(words))
        tx.sql.execute(text("UPDATE meta SET value = '3' WHERE key = 'schema_version'"))
    other = open_other(store)
    with other.read() as tx:
        assert tx.sql.execute(text("SELECT count(acting) FROM session")).scalar_one() == 0
        assert tx.sql.execute(text("SELECT count(*) FROM case_lease, appointment")).scalar_one() == 0
    assert keys(other) == {"kept"}
    other.close()


def test_a_database_that_is_not_there_or_keeps_other_letters_is_refused_in_one_sentence(
    tmp_path: Path, cluster: Cluster
) -> None:
    url = f"postgresql+psycopg://siaga@/nothing?host={cluster.folder}"
    with pytest.raises(
        StoreError, match=r'cannot be opened: storage\.unreachable: .*"nothing" does not exist$'
    ) as no:
        Store(PostgresServer(url, tmp_path), Hours())
    assert no.value.code is FaultCode.STORAGE_UNREACHABLE
    cluster.sql("postgres", "CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    with pytest.raises(StoreError, match="UTF8"):
        Store(PostgresServer(url.replace("nothing", "latin"), tmp_path), Hours())


def test_who_is_not_the_role_is_refused_by_the_kernels_word(tmp_path: Path, cluster: Cluster) -> None:
    url = f"postgresql+psycopg://postgres@/postgres?host={cluster.folder}"
    with pytest.raises(StoreError, match="Peer authentication failed"):
        Store(PostgresServer(url, tmp_path), Hours())


def test_no_value_of_a_row_stands_in_an_exception_or_in_the_servers_log(store: Store, cluster: Cluster) -> None:
    put(store, "SUGENG RIYADI")
    with pytest.raises(IntegrityError, match="SQLSTATE 23505 meta_pkey") as refused:
        put(store, "SUGENG RIYADI")
    with pytest.raises(DBAPIError) as wrong, store.read() as tx:
        tx.sql.execute(text("SELECT CAST(:value AS json)"), {"value": "SUGENG RIYADI"})
    for error in (refused.value, refused.value.orig, wrong.value, wrong.value.orig):
        assert "SUGENG" not in f"{error!r} {error}"
    log = (cluster.folder / "log").read_text()
    assert "meta_pkey" in log and "SUGENG" not in log


def test_a_server_that_logs_values_is_not_used(tmp_path: Path, cluster: Cluster) -> None:
    url = cluster.url(tmp_path)
    database = urlsplit(url).path[1:]
    cluster.sql("postgres", f"ALTER DATABASE {database} SET log_error_verbosity = 'default'")
    with pytest.raises(StoreError, match=r"personal data into its log; it needs log_error_verbosity = terse$"):
        open_books(tmp_path, server=cluster)


def test_copies_are_left_to_the_server(store: Store, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="PostgreSQL server"):
        copies.make(store, tmp_path / "copies", b"k" * 32, Hours())
    assert not (tmp_path / "copies").exists()
    with store.write() as tx:
        audit.record(tx, "some", SYSTEM)
