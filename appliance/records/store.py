"""The database: one SQLCipher file, one writer at a time in this process, every commit on the disk before it counts.

On a library with the WAL-reset bug (SQLite 3.7.0 to 3.51.2 less its backports) WAL is refused and the slower
DELETE/EXTRA mode is used, which loses nothing either.
"""

from __future__ import annotations

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
from sqlalchemy.exc import DatabaseError
from sqlcipher3 import dbapi2

from appliance.clock import Clock
from appliance.records.additions import bring_up_to_date
from appliance.records.schema import SCHEMA_VERSION

WAL_SAFE_FROM = (3, 51, 3)
WAL_BACKPORTS = ((3, 44, 6), (3, 50, 7))


class StoreError(RuntimeError):
    """The database cannot be used; the message says why in one sentence."""


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
    """Opens transactions on one database file; `key` is 32 bytes. Raises `StoreError` if the file cannot be used."""

    def __init__(self, path: Path, key: bytes, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise StoreError(f"database {path.name} cannot be opened: {error.strerror}") from error
        self._engine = create_engine(
            f"sqlite:///{path}", module=dbapi2, pool_size=24, max_overflow=8, hide_parameters=True
        )
        wal = wal_is_safe(dbapi2.sqlite_version_info)

        def connected(connection: DBAPIConnection, _: object) -> None:
            connection.isolation_level = None
            cursor = connection.cursor()
            cursor.execute("PRAGMA cipher_log_level = NONE")
            cursor.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
            cursor.execute("PRAGMA busy_timeout = 8000")
            cursor.execute(f"PRAGMA journal_mode = {'WAL' if wal else 'DELETE'}")
            cursor.execute(f"PRAGMA synchronous = {'FULL' if wal else 'EXTRA'}")
            cursor.execute("PRAGMA foreign_keys = ON")
            cursor.execute("PRAGMA cache_size = -1024")
            cursor.close()

        def began(connection: Connection) -> None:
            mode = connection.get_execution_options().get("siaga_mode", "")
            connection.exec_driver_sql(f"BEGIN {mode}")

        event.listen(self._engine, "connect", connected)
        event.listen(self._engine, "begin", began)
        try:
            self._create()
        except DatabaseError as error:
            raise StoreError(f"database {path.name} cannot be opened: wrong key or damaged file") from error

    def _create(self) -> None:
        with self.write() as tx:
            version = tx.sql.execute(text("PRAGMA user_version")).scalar_one()
            if version > SCHEMA_VERSION:
                raise StoreError(f"database is of version {version}, this program knows {SCHEMA_VERSION}")
            if version < SCHEMA_VERSION:
                bring_up_to_date(tx.sql)
                tx.sql.execute(text(f"PRAGMA user_version = {SCHEMA_VERSION}"))

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """A transaction that may write; commits (fsynced) at the end, rolls back on any exception."""
        with self._lock, self._engine.connect().execution_options(siaga_mode="IMMEDIATE") as sql, sql.begin():
            yield Transaction(sql, self._clock())

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """A consistent view for reading."""
        with self._engine.connect().execution_options(siaga_mode="DEFERRED") as sql, sql.begin():
            yield Transaction(sql, self._clock())

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()


def row_dict(row: Any) -> dict[str, Any]:
    """One result row as a plain dictionary."""
    return dict(row._mapping)
