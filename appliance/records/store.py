"""The database: one writer at a time, every commit on the disk before it counts.

What disk or server refuse (full, read-only, failing, gone) is a `DeviceFault` and nothing of its transaction is
stored. Which database it is, is the business of `sqlcipher.py` and `postgres.py` alone.
"""

from __future__ import annotations

import errno
import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from appliance.clock import Clock
from appliance.faults import DeviceFault, FaultCode
from appliance.records.additions import bring_up_to_date
from appliance.records.schema import SCHEMA_VERSION

STORAGE_FAULTS = frozenset(
    {
        FaultCode.STORAGE_FULL,
        FaultCode.STORAGE_READ_ONLY,
        FaultCode.STORAGE_FAILED,
        FaultCode.STORAGE_UNREACHABLE,
    }
)
"""What disk or server do to a write; nothing of it was stored."""
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


class Database(Protocol):
    """What differs between one database and another.

    `folder` is where the appliance keeps its own files, `path` the database file there, None where it is a server's;
    `course` is then another one after that server's database was taken back.
    """

    name: str
    folder: Path
    path: Path | None
    course: str | None
    engine: Engine

    def options(self, writing: bool) -> dict[str, object]:
        """Execution options of a connection that will write, or only read."""

    def begun(self, sql: Connection, writing: bool) -> None:
        """What a transaction needs at its start: a writer must be the only one until it ends."""

    def version(self, sql: Connection) -> int:
        """The version of the schema that is there; 0 for none."""

    def set_version(self, sql: Connection, version: int) -> None:
        """Write the version down, in the transaction that made it so."""

    def busy(self, error: DBAPIError) -> bool:
        """Whether opening it may simply be tried again."""

    def trouble(self, error: DBAPIError) -> Exception | None:
        """The `DeviceFault` or `Torn` that an error of the library is; None if it is no trouble of disk or server."""

    def own(self, what: str) -> bool:
        """Become the only process that works on `what` of this database, as long as it lives; False if one does."""

    def owns(self) -> bool:
        """Whether all that `own` gave is still this process's."""

    def flush_log(self) -> bool:
        """Empty what lies beside the pages of what they were; False if somebody reads from it just now."""

    def close(self) -> None:
        """Close all connections."""


class Store:
    """Opens transactions on one database.

    Raises `StoreError` if it cannot be used, `Torn` if it is damaged or the key is wrong.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self.path = database.path
        self.folder = database.folder
        self.name = database.name
        self._database = database
        self._clock = clock
        self._lock = threading.Lock()
        self._thread = threading.local()
        self.refused: FaultCode | None = None
        """What the disk said to the last write, or None since one was done."""
        self.torn = False
        """Whether damage was met while the store was in use: the process should end, its next start looks closer."""
        try:
            self._create()
        except BaseException as error:
            self.close()
            if isinstance(error, DeviceFault):
                raise StoreError(f"database {self.name} cannot be opened: {error}", error.code) from error
            if isinstance(error, DBAPIError):
                raise StoreError(f"database {self.name} cannot be opened: {error.orig}") from error
            raise

    def _create(self) -> None:
        by = time.monotonic() + _OPEN_SECONDS
        while True:
            try:
                with self.write() as tx:
                    version = self._database.version(tx.sql)
                    if version > SCHEMA_VERSION:
                        raise StoreError(f"database is of version {version}, this program knows {SCHEMA_VERSION}")
                    if version < SCHEMA_VERSION:
                        bring_up_to_date(tx.sql)
                        self._database.set_version(tx.sql, SCHEMA_VERSION)
                return
            except DBAPIError as error:
                if not self._database.busy(error) or time.monotonic() > by:
                    raise
                time.sleep(0.05)

    @contextmanager
    def _meeting_the_disk(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            trouble = self._database.trouble(error)
            if trouble is None:
                raise
            if isinstance(trouble, DeviceFault):
                self.refused = trouble.code
            self.torn = self.torn or isinstance(trouble, Torn)
            raise trouble from error

    @contextmanager
    def _transaction(self, writing: bool) -> Iterator[Transaction]:
        options = self._database.options(writing)
        with self._database.engine.connect().execution_options(**options) as sql, sql.begin():
            self._database.begun(sql, writing)
            yield Transaction(sql, self._clock())

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """A transaction that may write; commits (fsynced) at the end, rolls back on any exception."""
        with self._meeting_the_disk():
            with self._lock, self._transaction(writing=True) as tx, self._beside(tx):
                yield tx
            self.refused = None

    @contextmanager
    def alongside(self, note: Callable[[Transaction], AbstractContextManager[None]]) -> Iterator[None]:
        """Within, each writing transaction of this thread is one with what `note` writes around it.

        What stands around it already stays the outer one.
        """
        before: tuple[Callable[[Transaction], AbstractContextManager[None]], ...] = getattr(self._thread, "notes", ())
        self._thread.notes = (*before, note)
        try:
            yield
        finally:
            self._thread.notes = before

    @contextmanager
    def _beside(self, tx: Transaction) -> Iterator[None]:
        with ExitStack() as notes:
            for note in getattr(self._thread, "notes", ()):
                notes.enter_context(note(tx))
            yield

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """A consistent view for reading."""
        with self._meeting_the_disk(), self._transaction(writing=False) as tx:
            yield tx

    @property
    def course(self) -> str | None:
        """In which course of a server's life the books stand (`course.py`); None for those in a file."""
        return self._database.course

    def own(self, what: str) -> bool:
        """Become the only process that does this work on this database while it lives; False if another does."""
        with self._meeting_the_disk():
            return self._database.own(what)

    def owns(self) -> bool:
        """Whether what `own` gave is still this process's; if not, it must end."""
        return self._database.owns()

    def flush_log(self) -> bool:
        """Empty what lies beside the pages of what they were; False if somebody reads from it just now."""
        with self._meeting_the_disk(), self._lock:
            return self._database.flush_log()

    def close(self) -> None:
        """Close all connections."""
        self._database.close()


def row_dict(row: Any) -> dict[str, Any]:
    """One result row as a plain dictionary."""
    return dict(row._mapping)
