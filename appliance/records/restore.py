"""When the database is torn: it is kept aside, the last good copy takes its place, and that is said.

The first process that opens the database reads all of it; the others find it checked. What stood in the torn file
and not in the copy is not known any more: `restoration` says so until an officer has compared (decision 0018).
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sqlcipher3 import dbapi2

from appliance.clock import Clock, to_datetime
from appliance.faults import DeviceFault, FaultCode
from appliance.records import audit
from appliance.records.copies import Copy, check_pages, copies, prove, raw
from appliance.records.restoration import RESTORER, Restoration, record_in
from appliance.records.sqlcipher import SqlcipherFile, use_lock
from appliance.records.store import Store, StoreError, Torn, disk_fault
from appliance.records.vault import sync_folder

_PARTS = ("-wal", "-shm", "")
"""The database last: without it the next start restores again, whatever lies beside."""


def suspect_mark(path: Path) -> Path:
    """The file that says that a process met damage: all end, and the next start looks at every page."""
    return path.with_suffix(".suspect")


def open_checked(path: Path, key: bytes, clock: Clock, folder: Path) -> Store:
    """The store, whole: the first one to open it looks at every page, and puts the last good copy (from `folder`) in
    place of a torn one.

    Raises `StoreError`, in one sentence, if it cannot be used and no copy can help.
    """
    with _one_at_a_time(path):
        try:
            alone = use_lock(path, fcntl.LOCK_EX)
        except StoreError:
            if suspect_mark(path).exists():
                raise StoreError(f"database {path.name} is damaged; waiting for the other processes to end") from None
            return Store(SqlcipherFile(path, key), clock)
        try:
            why = damage(path, key, folder)
            if why is not None:
                _put_newest_back(path, key, clock, folder, why)
            suspect_mark(path).unlink(missing_ok=True)
        except OSError as error:
            raise _refused(path, disk_fault(path.parent, error.errno)) from error
        except DeviceFault as fault:
            raise _refused(path, fault.code) from fault
        finally:
            if alone is not None:
                os.close(alone)
        return Store(SqlcipherFile(path, key), clock)


def _refused(path: Path, code: FaultCode) -> StoreError:
    return StoreError(f"database {path.name} cannot be opened: {code.value}", code)


@contextlib.contextmanager
def _one_at_a_time(path: Path) -> Iterator[None]:
    """Processes that start together open the database one after another (flock(2))."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        turn = os.open(path.with_suffix(".turn"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise _refused(path, disk_fault(path.parent, error.errno)) from error
    try:
        fcntl.flock(turn, fcntl.LOCK_EX)
        yield
    finally:
        os.close(turn)


def damage(path: Path, key: bytes, folder: Path) -> str | None:
    """What is wrong with the database file, in a sentence; None if it is whole, or new."""
    if not path.exists() or path.stat().st_size == 0:
        return f"database {path.name} is gone" if copies(folder) else None
    try:
        check_pages(path, key)
    except Torn as torn:
        return str(torn)
    return None


def _put_newest_back(path: Path, key: bytes, clock: Clock, folder: Path, why: str) -> None:
    """Raises `Torn` if no copy holds under this key: then nothing was touched."""
    for one in copies(folder):
        try:
            prove(one.path, key, clock)
        except StoreError:
            continue
        put_back(path, key, clock, one, why, "system")
        return
    raise Torn(f"{why}; there is no good copy")


def put_back(path: Path, key: bytes, clock: Clock, copy: Copy, why: str, by: str) -> Restoration:
    """Put this copy in the place of the database, which is kept aside; the caller alone uses the database.

    Copies that reach farther are set aside too: they are of a course of things that is no more.
    """
    aside = path.parent / "torn" / f"{to_datetime(clock()):%Y%m%dT%H%M%S}-{time.monotonic_ns() % 10**9:09d}"
    fresh = path.with_name(f"{path.stem}-restoring.db")
    for left in path.parent.glob(f"{fresh.name}*"):
        left.unlink()
    shutil.copyfile(copy.path, fresh)
    found = Restoration(
        at=max(clock(), copy.at),
        copy_at=copy.at,
        copy_sequence=copy.sequence,
        copy_name=copy.path.name,
        why=why,
        torn=str(aside.relative_to(path.parent)) if path.exists() else "",
        by=by,
        readable=_still_readable(path, key, copy),
    )
    store = Store(SqlcipherFile(fresh, key), clock)
    try:
        with store.write() as tx:
            record_in(tx, found)
            audit.record(
                tx, "database-restore-complete", RESTORER, None,
                copy=found.copy_name, copy_sequence=copy.sequence, torn=found.torn, by=by,
            )  # fmt: skip
    finally:
        store.close()
    with raw(fresh, key) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    fresh.with_suffix(".use").unlink(missing_ok=True)
    _sync(fresh)
    aside.mkdir(parents=True, mode=0o700)
    for part in _PARTS:
        if Path(f"{path}{part}").exists():
            Path(f"{path}{part}").rename(aside / f"{path.name}{part}")
    for one in copies(copy.path.parent):
        if one.sequence > copy.sequence:
            shutil.move(one.path, aside / one.path.name)
    sync_folder(aside)
    sync_folder(aside.parent)
    fresh.rename(path)
    sync_folder(path.parent)
    return found


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


_AFTER: Mapping[str, str] = {
    "cases": "SELECT code FROM audit JOIN case_file ON id = case_id WHERE sequence > ? ORDER BY sequence",
    "blanks": "SELECT serial || ' ' || to_state FROM blank_entry WHERE sequence > ? ORDER BY sequence",
}
"""What people need to compare: codes of cases that went on, blanks that moved. No names, no numbers of persons."""


def _still_readable(path: Path, key: bytes, copy: Copy) -> dict[str, list[str]]:
    """What the torn file still says of the time after the copy: a help, never the truth; it may break off."""
    said: dict[str, list[str]] = {kind: [] for kind in _AFTER}
    with contextlib.suppress(dbapi2.Error):
        since = {"cases": copy.sequence, "blanks": _newest_entry(copy.path, key)}
        connection = dbapi2.connect(f"file:{path}?mode=ro&immutable=1", uri=True)
        with contextlib.closing(connection):
            connection.execute("PRAGMA cipher_log_level = NONE")
            connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
            for kind, query in _AFTER.items():
                with contextlib.suppress(dbapi2.Error):
                    for row in connection.execute(query, (since[kind],)):
                        if row[0] not in said[kind]:
                            said[kind].append(str(row[0]))
    return said


def _newest_entry(path: Path, key: bytes) -> int:
    with raw(path, key) as connection:
        found: Any = connection.execute("SELECT coalesce(max(sequence), 0) FROM blank_entry").fetchone()
    return int(found[0])


def describe(found: Restoration) -> str:
    """A restoration in one line for a log or a terminal."""
    stamp = f"{to_datetime(found.copy_at):%Y-%m-%dT%H:%M:%SZ}"
    return (
        f"{found.why}; restored from the copy of {stamp} ({found.copy_name}); jobs are held until an officer confirms"
    )


def as_json(found: Restoration) -> dict[str, object]:
    """A restoration as plain data."""
    return json.loads(found.to_json())  # type: ignore[no-any-return]
