"""Books that live in memory, for tests that need very many of them; whether a disk keeps them is of other tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine, event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import StaticPool
from sqlcipher3 import dbapi2


class MemoryBooks:
    """The books of one thread, and in `written` every statement of theirs that was committed, oldest first."""

    name = "memory"
    path: Path | None = None
    course: str | None = None

    def __init__(self, folder: Path, like: MemoryBooks | None = None) -> None:
        folder.mkdir(exist_ok=True)
        self.folder = folder
        self.written: list[str] = []
        self._open: list[str] = []
        self.wire: Any = dbapi2.connect(":memory:", check_same_thread=False, isolation_level=None)
        if like is not None:
            like.wire.backup(self.wire)
        self.wire.execute("PRAGMA foreign_keys = ON")
        self.engine = create_engine("sqlite://", module=dbapi2, creator=lambda: self.wire, poolclass=StaticPool)
        event.listen(self.engine, "begin", lambda sql: sql.exec_driver_sql("BEGIN"))
        event.listen(self.engine, "before_cursor_execute", self._said)
        event.listen(self.engine, "commit", self._kept)
        event.listen(self.engine, "rollback", self._dropped)

    def _said(self, _: object, __: object, statement: str, *rest: object) -> None:
        if statement.split(None, 1)[0] in {"INSERT", "UPDATE", "DELETE"}:
            self._open.append(statement)

    def _kept(self, _: object) -> None:
        self.written += self._open
        self._open = []

    def _dropped(self, _: object) -> None:
        self._open = []

    def options(self, writing: bool) -> dict[str, object]:
        """Nobody else is here to be kept away."""
        return {}

    def begun(self, sql: Connection, writing: bool) -> None:
        """`BEGIN` has done everything."""

    def version(self, sql: Connection) -> int:
        """The version of the schema; 0 for none."""
        return int(sql.execute(text("PRAGMA user_version")).scalar_one())

    def set_version(self, sql: Connection, version: int) -> None:
        """Write it down."""
        sql.execute(text(f"PRAGMA user_version = {version}"))

    def busy(self, error: DBAPIError) -> bool:
        """Never: nobody else is here."""
        return False

    def trouble(self, error: DBAPIError) -> Exception | None:
        """Memory has no trouble of a disk."""
        return None

    def own(self, what: str) -> bool:
        """They are this process's."""
        return True

    def owns(self) -> bool:
        """As `own`."""
        return True

    def flush_log(self) -> bool:
        """There is none."""
        return True

    def close(self) -> None:
        """Forget everything."""
        self.engine.dispose()
        self.wire.close()
