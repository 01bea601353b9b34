"""The database on a PostgreSQL server: one writer at a time in all processes, as in a file.

A writing transaction holds one advisory lock from its first statement to its end, and PostgreSQL frees that lock
only after its commit can be seen; so each statement of the next writer sees all of it (READ COMMITTED), and what was
read is still so when it is written, as with `BEGIN IMMEDIATE`. Readers wait for nobody (REPEATABLE READ, read only).

A server that goes away in the middle is `storage.unreachable`. Was it gone during a commit, then nobody knows whether
that commit counts; all of it does, or nothing.
"""

from __future__ import annotations

import zlib
from pathlib import Path

from sqlalchemy import Connection, create_engine, delete, event, insert, inspect, select, text
from sqlalchemy.engine.interfaces import DBAPIConnection, ExceptionContext
from sqlalchemy.exc import DBAPIError

from appliance.faults import DeviceFault, FaultCode
from appliance.records.schema import meta
from appliance.records.store import StoreError

OLDEST = 130000
"""The oldest server that it was thought of for, as `server_version_num` says it."""
_VERSION = "schema_version"
_SERVER = text(
    "SELECT current_setting('server_version_num')::int, current_setting('server_encoding'),"
    " current_setting('log_error_verbosity')"
)
_COURSE = (
    "SELECT CASE WHEN pg_is_in_recovery() THEN 'standby' ELSE"
    " system_identifier || '.' || left(pg_walfile_name(pg_current_wal_lsn()), 8) END FROM pg_control_system()"
)
"""The identifier of the cluster and its timeline, which changes when it is taken back or taken over."""
_SESSION = {
    "synchronous_commit": "on",
    "lock_timeout": "8s",
    "jit": "off",
    "TimeZone": "UTC",
    # A machine that was cut off must not keep what it owned: 10 s of silence, then three questions.
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
}
_GONE = ("08", "57P01", "57P02", "57P03", "53300")
_FAILED = ("58", "XX001", "XX002")
"""SQLSTATE and its beginnings (PostgreSQL 15, appendix A)."""


class PostgresServer:
    """A database on a server, named by a URL without a password; `folder` is where this machine keeps its own files.

    Raises `StoreError` if the folder cannot be made or psycopg is not installed.
    """

    path: Path | None = None

    def __init__(self, url: str, folder: Path) -> None:
        self.folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise StoreError(f"data folder cannot be made: {error.strerror}") from error
        options = " ".join(f"-c {name}={value}" for name, value in _SESSION.items())
        try:
            self.engine = create_engine(
                url,
                connect_args={"options": options, "connect_timeout": 5, "application_name": "siaga"},
                pool_size=8,
                max_overflow=16,
                pool_pre_ping=True,
                hide_parameters=True,
            )
        except ImportError as error:
            raise StoreError("PostgreSQL needs the package psycopg (the extra hub)") from error
        event.listen(self.engine, "connect", self._stays_on_course)
        event.listen(self.engine, "handle_error", _without_values)
        self.name = self.engine.url.database or ""
        self.course: str | None = None
        self._elsewhere = False
        self._owned: dict[str, Connection | None] = {}

    def _stays_on_course(self, connection: DBAPIConnection, _: object) -> None:
        """Every connection is to the same course, so that nobody goes on where the last was lost."""
        cursor = connection.cursor()
        cursor.execute(_COURSE)
        (course,) = cursor.fetchone() or ("",)
        cursor.close()
        connection.rollback()
        if course == "standby":
            connection.close()
            raise StoreError(f"database {self.name} cannot be opened: its server is a standby")
        if self.course not in {None, course}:
            self._elsewhere = True
            connection.close()
            raise StoreError(f"database {self.name} is on another course of its server; it must be opened anew")
        self.course = course

    def options(self, writing: bool) -> dict[str, object]:
        """The isolation that the module's first words are about."""
        level = "READ COMMITTED" if writing else "REPEATABLE READ"
        return {"isolation_level": level, "postgresql_readonly": not writing}

    def begun(self, sql: Connection, writing: bool) -> None:
        """A writer waits here for the one before him, 8 s at most."""
        if writing:
            sql.execute(select(text(f"pg_advisory_xact_lock({_lock('write')})")))

    def version(self, sql: Connection) -> int:
        """The version of the schema; 0 for an empty database. Raises `StoreError` if the server may not be used."""
        number, encoding, log = sql.execute(_SERVER).one()
        if number < OLDEST or encoding != "UTF8":
            raise StoreError(f"database {self.name} cannot be opened: it needs PostgreSQL 13 or newer, and UTF8")
        if log != "terse":  # the DETAIL of an error names the values of a row
            raise StoreError(
                f"database {self.name} cannot be opened: its server would write personal data into its log; "
                "it needs log_error_verbosity = terse"
            )
        if not inspect(sql).has_table(meta.name):
            return 0
        found = sql.execute(select(meta.c.value).where(meta.c.key == _VERSION)).scalar()
        return int(found or 0)

    def set_version(self, sql: Connection, version: int) -> None:
        """Write it down among the notes."""
        sql.execute(delete(meta).where(meta.c.key == _VERSION))
        sql.execute(insert(meta).values(key=_VERSION, value=str(version)))

    def busy(self, error: DBAPIError) -> bool:
        """Never: who opens it waits for the writer."""
        return False

    def trouble(self, error: DBAPIError) -> Exception | None:
        """The fault that an error of server or connection is; None if it is none of theirs."""
        state = getattr(error.orig, "sqlstate", None) or ""
        if error.connection_invalidated or state.startswith(_GONE) or (not state and _is_operational(error)):
            return DeviceFault(FaultCode.STORAGE_UNREACHABLE, f"database {self.name}: {_said(error) or state}")
        code = {"53100": FaultCode.STORAGE_FULL, "25006": FaultCode.STORAGE_READ_ONLY}.get(state)
        if code is None and state.startswith(_FAILED):
            code = FaultCode.STORAGE_FAILED
        return DeviceFault(code, f"database {self.name}: {state}") if code is not None else None

    def own(self, what: str) -> bool:
        """Hold an advisory lock in a session of its own; the server frees it when that session ends, in any way."""
        session = self.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        if not session.execute(text(f"SELECT pg_try_advisory_lock({_lock(what)})")).scalar_one():
            session.close()
            return False
        self._owned[what] = session
        return True

    def owns(self) -> bool:
        """Whether it is the same database still, and nobody else has become the owner.

        A server that started again knows no lock, so it is taken anew.

        While the server is gone nobody works on it, and what a device has begun is done to its end.
        """
        return not self._elsewhere and all(self._still_owns(what) for what in tuple(self._owned))

    def _still_owns(self, what: str) -> bool:
        try:
            session = self._owned[what]
            if session is not None:
                session.execute(text("SELECT 1"))
                return True
        except DBAPIError:
            self._let_go(what)
        try:
            return self.own(what)
        except DBAPIError:
            return True
        except StoreError:
            return False

    def _let_go(self, what: str) -> None:
        session = self._owned[what]
        self._owned[what] = None
        if session is not None:
            session.invalidate()
            session.close()

    def flush_log(self) -> bool:
        """What was struck lies on the server's encrypted disk until its pages and log are written over."""
        return True

    def close(self) -> None:
        """Close all connections."""
        for what in self._owned:
            self._let_go(what)
        self.engine.dispose()


def _lock(what: str) -> int:
    """The number of an advisory lock of ours, the same in every version."""
    return 0x51A6A << 32 | zlib.crc32(what.encode())


def _without_values(context: ExceptionContext) -> None:
    """Of an error only its class and constraint: the server's own words quote what stands in rows."""
    state = getattr(context.original_exception, "sqlstate", None)
    if state is not None:
        constraint = context.original_exception.diag.constraint_name  # type: ignore[attr-defined]
        words = f"SQLSTATE {state} {constraint or ''}".rstrip()
        context.original_exception.args = (words,)
        if context.sqlalchemy_exception is not None:
            context.sqlalchemy_exception.args = (words,)


def _said(error: DBAPIError) -> str:
    """What the server or the library says of a connection; such words name hosts and roles, never rows."""
    return " ".join(str(error.orig).split())[:300]


def _is_operational(error: DBAPIError) -> bool:
    return type(error.orig).__name__ == "OperationalError"
