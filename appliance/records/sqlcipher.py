"""The database as one SQLCipher file: one writer at a time, every commit on the disk before it counts.

On a library with the WAL-reset bug (SQLite 3.7.0 to 3.51.2 less its backports) WAL is refused and the slower
DELETE/EXTRA mode is used, which loses nothing either.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from sqlalchemy import Connection, create_engine, event, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError
from sqlcipher3 import dbapi2

from appliance.faults import DeviceFault, FaultCode
from appliance.records.store import StoreError, Torn, disk_fault

WAL_SAFE_FROM = (3, 51, 3)
WAL_BACKPORTS = ((3, 44, 6), (3, 50, 7))
_BUSY, _READ_ONLY, _IO_ERROR, _CORRUPT, _FULL, _CANNOT_OPEN, _NO_DATABASE = 5, 8, 10, 11, 13, 14, 26


class SqlcipherFile:
    """A database file under a key of 32 bytes; raises `StoreError` if it has no place.

    While it is open, no copy can be put in the file's place (`use_lock`).
    """

    course: str | None = None

    def __init__(self, path: Path, key: bytes) -> None:
        self.path: Path | None = path
        self.folder = path.parent
        self.name = path.name
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise StoreError(f"database {path.name} cannot be opened: {error.strerror}") from error
        self._use = use_lock(path, fcntl.LOCK_SH)
        self.engine = create_engine(
            f"sqlite:///{path}", module=dbapi2, pool_size=24, max_overflow=8, hide_parameters=True
        )
        self._path = path
        event.listen(self.engine, "connect", lambda connection, _: prepare(connection, key))
        event.listen(self.engine, "begin", _begin)

    def options(self, writing: bool) -> dict[str, object]:
        """A writer has the file from its first statement on, so that what it reads is still so when it writes."""
        return {"siaga_mode": "IMMEDIATE" if writing else "DEFERRED"}

    def begun(self, sql: Connection, writing: bool) -> None:
        """`BEGIN` itself has done everything."""

    def version(self, sql: Connection) -> int:
        """The version of the schema in the file; 0 in a new one."""
        return int(sql.execute(text("PRAGMA user_version")).scalar_one())

    def set_version(self, sql: Connection, version: int) -> None:
        """Write it down."""
        sql.execute(text(f"PRAGMA user_version = {version}"))

    def busy(self, error: DBAPIError) -> bool:
        """Two processes that make or recover the same file: SQLite does not wait for the other by itself then."""
        return getattr(error.orig, "sqlite_errorcode", 0) & 0xFF == _BUSY

    def trouble(self, error: DBAPIError) -> Exception | None:
        """What it means for the file (`trouble_with`)."""
        return trouble_with(self._path, error.orig)

    def own(self, what: str) -> bool:
        """The file is this machine's, so that the lock of `app/places.py` has said it already."""
        return True

    def owns(self) -> bool:
        """As `own`."""
        return True

    def flush_log(self) -> bool:
        """Bring the write-ahead log into the file and empty it, so that no page of before lies in it."""
        with self.engine.connect().execution_options(siaga_mode=None) as sql:
            row = sql.execute(text("PRAGMA wal_checkpoint(TRUNCATE)")).first()
        return row is None or row[0] == 0

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()
        if self._use is not None:
            os.close(self._use)
            self._use = None


def trouble_with(path: Path, error: object, folder: Path | None = None) -> Exception | None:
    """What an error of the database library means for the file at `path`; None if it is no trouble of the disk (that
    of `folder`, where another than the file's own was written to).

    The numbers are SQLite's result codes (sqlite.org/rescode.html).
    """
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        return None
    code &= 0xFF
    if code in {_CORRUPT, _NO_DATABASE}:
        return Torn(f"database {path.name} cannot be opened: wrong key or damaged file")
    if code == _FULL:
        return DeviceFault(FaultCode.STORAGE_FULL, path.name)
    if code in {_READ_ONLY, _IO_ERROR, _CANNOT_OPEN}:
        return DeviceFault(
            disk_fault(folder or path.parent, None), f"{path.name}: sqlite {getattr(error, 'sqlite_errorcode', '')}"
        )
    return None


def wal_is_safe(version: tuple[int, ...]) -> bool:
    """Whether this SQLite is free of the WAL-reset bug."""
    if version >= WAL_SAFE_FROM:
        return True
    return any(version[:2] == fixed[:2] and version >= fixed for fixed in WAL_BACKPORTS)


def prepare(connection: DBAPIConnection, key: bytes) -> None:
    """Give a fresh connection its key and the modes in which a commit is on the disk before it counts."""
    wal = wal_is_safe(dbapi2.sqlite_version_info)
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA cipher_log_level = NONE")
    cursor.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
    cursor.execute("PRAGMA busy_timeout = 8000")
    cursor.execute(f"PRAGMA journal_mode = {'WAL' if wal else 'DELETE'}")
    cursor.execute(f"PRAGMA synchronous = {'FULL' if wal else 'EXTRA'}")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA secure_delete = ON")
    cursor.execute("PRAGMA cache_size = -1024")
    cursor.close()


def _begin(connection: Connection) -> None:
    mode = connection.get_execution_options().get("siaga_mode", "")
    if mode is None:
        return
    connection.exec_driver_sql(f"BEGIN {mode}")


def use_lock(path: Path, kind: int) -> int | None:
    """Lock the use of a database, shared (LOCK_SH) or alone (LOCK_EX); the descriptor holds it until it is closed.

    None where the disk takes no new file, so that nobody can put another in its place either. Raises `StoreError` if
    somebody holds it otherwise. The kernel frees it when its owner dies (flock(2)).
    """
    try:
        descriptor = os.open(path.with_suffix(".use"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise StoreError(f"database {path.name} is in use by another process") from error
    return descriptor
