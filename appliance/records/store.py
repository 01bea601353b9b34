"""The database: one SQLCipher file, one writer at a time in this process, every commit on the disk before it counts.

What the disk refuses (full, read-only, failing) is a `DeviceFault` and nothing of its transaction is stored.
On a library with the WAL-reset bug (SQLite 3.7.0 to 3.51.2 less its backports) WAL is refused and the slower
DELETE/EXTRA mode is used, which loses nothing either.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import Connection, create_engine, event, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError
from sqlcipher3 import dbapi2

from appliance.clock import Clock
from appliance.faults import DeviceFault, FaultCode
from appliance.records.additions import bring_up_to_date
from appliance.records.schema import SCHEMA_VERSION

WAL_SAFE_FROM = (3, 51, 3)
WAL_BACKPORTS = ((3, 44, 6), (3, 50, 7))


STORAGE_FAULTS = frozenset({FaultCode.STORAGE_FULL, FaultCode.STORAGE_READ_ONLY, FaultCode.STORAGE_FAILED})
"""What a disk does to a write; nothing of it was stored."""
_BUSY, _READ_ONLY, _IO_ERROR, _CORRUPT, _FULL, _CANNOT_OPEN, _NO_DATABASE = 5, 8, 10, 11, 13, 14, 26
_OPEN_SECONDS = 20.0


class StoreError(RuntimeError):
    """The database cannot be used; the message says why in one sentence, `code` in which fault, if there is one."""

    def __init__(self, sentence: str, code: FaultCode | None = None) -> None:
        super().__init__(sentence)
        self.code = code


class Torn(StoreError):
    """The file is no database under this key, or one with damaged pages."""

    exit_code = 74

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, FaultCode.STORAGE_DAMAGED)


def disk_fault(folder: Path, number: int | None) -> FaultCode:
    """Which fault a failed write below `folder` is, by errno if there is one and by what the disk says of itself."""
    try:
        disk = os.statvfs(folder)
    except OSError:
        return FaultCode.STORAGE_FAILED
    if number == errno.EROFS or disk.f_flag & os.ST_RDONLY or not takes_files(folder):
        return FaultCode.STORAGE_READ_ONLY
    if number in {errno.ENOSPC, errno.EDQUOT} or disk.f_bavail * disk.f_frsize < 65_536:
        return FaultCode.STORAGE_FULL
    return FaultCode.STORAGE_FAILED


def takes_files(folder: Path) -> bool:
    """Whether the file system still opens files to be written; one that an error has closed does not say so of
    itself (ext4 of Linux 6.18, `emergency_ro`)."""
    try:
        os.close(os.open(folder, os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, 0o600))
    except OSError as error:
        return error.errno != errno.EROFS
    return True


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


@dataclass(frozen=True, slots=True)
class Transaction:
    """An open transaction and the one time that stands for all of it, in UTC milliseconds."""

    sql: Connection
    now: int


def new_id() -> str:
    """A UUIDv7 as text: sortable by creation also within a millisecond (RFC 9562 §5.7, §6.2 method 3)."""
    millis, nanos = divmod(time.time_ns(), 1_000_000)
    random = int.from_bytes(os.urandom(8), "big") >> 2
    value = millis << 80 | 0x7 << 76 | nanos * 4096 // 1_000_000 << 64 | 0b10 << 62 | random
    raw = f"{value:032x}"
    return f"{raw[:8]}-{raw[8:12]}-{raw[12:16]}-{raw[16:20]}-{raw[20:]}"


def canonical(value: object) -> str:
    """JSON with sorted keys and no white space: equal values give equal bytes."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def derive_key(master: bytes, purpose: str) -> bytes:
    """32 bytes for one purpose from the appliance key (HKDF-SHA-256, RFC 5869)."""
    return HKDF(SHA256(), 32, None, b"siaga/" + purpose.encode()).derive(master)


def wal_is_safe(version: tuple[int, ...]) -> bool:
    """Whether this SQLite is free of the WAL-reset bug."""
    if version >= WAL_SAFE_FROM:
        return True
    return any(version[:2] == fixed[:2] and version >= fixed for fixed in WAL_BACKPORTS)


class Store:
    """Opens transactions on one database file; `key` is 32 bytes.

    Raises `StoreError` if the file cannot be used, `Torn` if it is damaged or the key is wrong. While it is open, no
    copy can be put in the file's place (`use_lock`).
    """

    def __init__(self, path: Path, key: bytes, clock: Clock) -> None:
        self.path = path
        self._clock = clock
        self._lock = threading.Lock()
        self.refused: FaultCode | None = None
        """What the disk said to the last write, or None since one was done."""
        self.torn = False
        """Whether damage was met while the store was in use: the process should end, its next start looks closer."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise StoreError(f"database {path.name} cannot be opened: {error.strerror}") from error
        self._use = use_lock(path, fcntl.LOCK_SH)
        self._engine = create_engine(
            f"sqlite:///{path}", module=dbapi2, pool_size=24, max_overflow=8, hide_parameters=True
        )
        event.listen(self._engine, "connect", lambda connection, _: prepare(connection, key))
        event.listen(self._engine, "begin", _begin)
        try:
            self._create()
        except BaseException as error:
            self.close()
            if isinstance(error, DeviceFault):
                raise StoreError(f"database {path.name} cannot be opened: {error.code.value}", error.code) from error
            if isinstance(error, DBAPIError):
                raise StoreError(f"database {path.name} cannot be opened: {error.orig}") from error
            raise

    def _create(self) -> None:
        by = time.monotonic() + _OPEN_SECONDS
        while True:
            try:
                with self.write() as tx:
                    version = tx.sql.execute(text("PRAGMA user_version")).scalar_one()
                    if version > SCHEMA_VERSION:
                        raise StoreError(f"database is of version {version}, this program knows {SCHEMA_VERSION}")
                    if version < SCHEMA_VERSION:
                        bring_up_to_date(tx.sql)
                        tx.sql.execute(text(f"PRAGMA user_version = {SCHEMA_VERSION}"))
                return
            except DBAPIError as error:
                # Two processes that make or recover the same file: SQLite does not wait for the other by itself then.
                code = getattr(error.orig, "sqlite_errorcode", 0) & 0xFF
                if code != _BUSY or time.monotonic() > by:
                    raise
                time.sleep(0.05)

    @contextmanager
    def _meeting_the_disk(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            trouble = trouble_with(self.path, error.orig)
            if trouble is None:
                raise
            if isinstance(trouble, DeviceFault):
                self.refused = trouble.code
            self.torn = self.torn or isinstance(trouble, Torn)
            raise trouble from error

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """A transaction that may write; commits (fsynced) at the end, rolls back on any exception."""
        options = {"siaga_mode": "IMMEDIATE"}
        with self._meeting_the_disk():
            with self._lock, self._engine.connect().execution_options(**options) as sql, sql.begin():
                yield Transaction(sql, self._clock())
            self.refused = None

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """A consistent view for reading."""
        options = {"siaga_mode": "DEFERRED"}
        with self._meeting_the_disk(), self._engine.connect().execution_options(**options) as sql, sql.begin():
            yield Transaction(sql, self._clock())

    @contextmanager
    def alone(self) -> Iterator[Connection]:
        """The database outside of any transaction, while no other thread of this process writes; for its upkeep."""
        options = {"siaga_mode": None}
        with self._meeting_the_disk(), self._lock, self._engine.connect().execution_options(**options) as sql:
            yield sql

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()
        if self._use is not None:
            os.close(self._use)
            self._use = None


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


def row_dict(row: Any) -> dict[str, Any]:
    """One result row as a plain dictionary."""
    return dict(row._mapping)
