"""Good copies of the database: taken while it is in use, under the same key, and proven before they count.

A copy is made by `VACUUM INTO` in one read transaction, so it is one moment of the database and holds up no writer;
it is checked page by page and link by link, and only then gets its name. The name says how far it reaches: the
newest entry of the audit log in it, then when it was made. Blobs are not in it: they lie in the vault, each written
once.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlcipher3 import dbapi2

from appliance.clock import Clock, to_local
from appliance.faults import DeviceFault, FaultCode
from appliance.records import audit
from appliance.records.schema import SCHEMA_VERSION
from appliance.records.sqlcipher import SqlcipherFile, prepare, trouble_with
from appliance.records.store import Store, StoreError, Torn, disk_fault
from appliance.records.vault import sync_folder

NEWEST_KEPT = 4
DAYS_KEPT = 3
"""The newest few, and the last of each of so many earlier days: few, because a copy keeps what was erased since."""
_NAME = re.compile(r"siaga-([0-9]{12})-([0-9]{13})\.db")
_PARTIAL = ".making"
OF_THE_SERVER = "the database is on a PostgreSQL server, which makes and puts back its copies itself"


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy by its name: `sequence` is its newest audit entry, `at` when it was made (UTC milliseconds)."""

    path: Path
    sequence: int
    at: int


def copies(folder: Path) -> list[Copy]:
    """The copies that lie in `folder`, the one that reaches farthest first; the clock has no say in that."""
    try:
        names = [one.name for one in folder.iterdir()]
    except OSError:
        return []
    found = [Copy(folder / name, int(told[1]), int(told[2])) for name in names if (told := _NAME.fullmatch(name))]
    return sorted(found, key=lambda one: (one.sequence, one.at), reverse=True)


def make(store: Store, folder: Path, key: bytes, clock: Clock) -> Copy:
    """Make a copy now, prove it, and drop those that are too many.

    Raises `StoreError` if the copy does not hold, `DeviceFault` if the disk does not take it; nothing is left of it.
    """
    if store.path is None:
        raise StoreError(OF_THE_SERVER)
    partial = folder / f"copy-{os.getpid()}{_PARTIAL}"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for left in folder.glob(f"*{_PARTIAL}*"):
            left.unlink()
        with raw(store.path, key, folder) as connection:
            connection.execute("VACUUM INTO ?", (str(partial),))
        sequence = prove(partial, key, clock)
        at = max(clock(), 0)
        made = Copy(folder / f"siaga-{sequence:012d}-{at:013d}.db", sequence, at)
        _sync(partial)
        partial.rename(made.path)
        sync_folder(folder)
        for old in surplus(copies(folder)):
            old.path.unlink(missing_ok=True)
    except OSError as error:
        raise DeviceFault(disk_fault(folder, error.errno), f"copies: {error.strerror}") from error
    finally:
        with contextlib.suppress(OSError):
            partial.unlink()
    return made


def surplus(found: list[Copy]) -> list[Copy]:
    """The copies to drop of those found, the farthest first: all but the newest few and the last of a few days."""
    days: dict[str, Copy] = {}
    for one in found[NEWEST_KEPT:]:
        days.setdefault(to_local(one.at).date().isoformat(), one)
    kept = {*found[:NEWEST_KEPT], *list(days.values())[:DAYS_KEPT]}
    return [one for one in found if one not in kept]


def prove(path: Path, key: bytes, clock: Clock) -> int:
    """The number of the newest audit entry of a database that holds in every page, every row and every link.

    Raises `Torn` if it does not. The file is not changed.
    """
    check_pages(path, key)
    store = Store(SqlcipherFile(path, key), clock)
    try:
        with store.read() as tx:
            count, broken = audit.verify(tx)
    finally:
        store.close()
        # What reading leaves beside a database; its name is to be given to nothing.
        for ending in ("-wal", "-shm"):
            Path(f"{path}{ending}").unlink(missing_ok=True)
        path.with_suffix(".use").unlink(missing_ok=True)
    if broken is not None:
        raise Torn(f"copy {path.name}: audit entry {broken.sequence} {broken.why}")
    return count


@contextlib.contextmanager
def raw(path: Path, key: bytes, folder: Path | None = None) -> Iterator[dbapi2.Connection]:
    """One connection of our own, without pool; raises what `trouble_with` makes of the library's errors."""
    connection: dbapi2.Connection | None = None
    try:
        connection = dbapi2.connect(str(path))
        prepare(connection, key)
        yield connection
    except dbapi2.Error as error:
        trouble = trouble_with(path, error, folder)
        raise (trouble or StoreError(f"database {path.name} cannot be opened: {error}")) from error
    finally:
        if connection is not None:
            with contextlib.suppress(dbapi2.Error):
                connection.close()


def check_pages(path: Path, key: bytes) -> None:
    """Read every page of a database that nobody uses; raises `Torn` for the first that is not what was written.

    What the write-ahead log still holds is brought in first: a page that was torn while it was brought in is whole in
    the log, and is no damage.
    """
    with raw(path, key) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        bad = [str(row[0]) for row in connection.execute("PRAGMA cipher_integrity_check").fetchmany(3)]
        bad = bad or [row[0] for row in connection.execute("PRAGMA quick_check(3)").fetchall() if row[0] != "ok"]
        version = connection.execute("PRAGMA user_version").fetchone()[0]
    if bad:
        raise Torn(f"database {path.name} is damaged: {bad[0]}")
    if version > SCHEMA_VERSION:
        raise StoreError(f"database is of version {version}, this program knows {SCHEMA_VERSION}")


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def overdue(folder: Path, sequence: int, now: int, limit_ms: int) -> FaultCode | None:
    """`STORAGE_NO_COPY` where something was entered since the newest copy and that copy is older than the limit."""
    found = copies(folder)
    if sequence == 0 or (found and (found[0].sequence >= sequence or 0 <= now - found[0].at <= limit_ms)):
        return None
    return FaultCode.STORAGE_NO_COPY
