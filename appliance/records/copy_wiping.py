"""Wiping reaches the copies of the database: each is struck like the books, and stays a copy that can be put back.

A copy says itself, by its tombstones, what it was already struck of. Blobs are in no copy.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path

from sqlcipher3 import dbapi2

from appliance.clock import Clock
from appliance.faults import DeviceFault
from appliance.records.copies import Copy, copies, prove, raw
from appliance.records.sqlcipher import SqlcipherFile
from appliance.records.store import Store, StoreError, disk_fault
from appliance.records.tombstones import Tombstone, bury, stones
from appliance.records.vault import sync_folder

_PARTIAL = ".striking"


def reach(store: Store, folder: Path, key: bytes, clock: Clock) -> tuple[str, ...]:
    """Strike every copy in `folder` of what the books were struck of; names of those that could not be (damaged).

    Raises `DeviceFault` if the disk does not take it; then the copy is as it was.
    """
    with store.read() as tx:
        known = stones(tx)
    left = []
    for one in copies(folder) if known else ():
        try:
            lacking = _lacking(one, known, key)
            if lacking:
                _rewrite(one, lacking, key, clock)
        except StoreError:
            left.append(one.path.name)
    return tuple(left)


def unreached(store: Store, folder: Path, key: bytes) -> int:
    """How many copies still hold something that was wiped, or cannot be read."""
    with store.read() as tx:
        known = stones(tx)
    number = 0
    for one in copies(folder) if known else ():
        try:
            number += bool(_lacking(one, known, key))
        except StoreError:
            number += 1
    return number


def _lacking(one: Copy, known: list[Tombstone], key: bytes) -> list[Tombstone]:
    """The tombstones that this copy does not have, of cases that it has."""
    with raw(one.path, key) as connection:
        cases = {str(row[0]) for row in connection.execute("SELECT id FROM case_file")}
        try:
            there = {str(row[0]) for row in connection.execute("SELECT id FROM tombstone")}
        except dbapi2.OperationalError:  # a copy from before there were any
            there = set()
    _tidy(one.path)
    return [stone for stone in known if stone.case_id in cases and stone.id not in there]


def _rewrite(one: Copy, lacking: list[Tombstone], key: bytes, clock: Clock) -> None:
    partial = one.path.with_name(f"{one.path.stem}-{os.getpid()}{_PARTIAL}")
    try:
        for old in one.path.parent.glob(f"*{_PARTIAL}*"):
            old.unlink()
        shutil.copyfile(one.path, partial)
        books = Store(SqlcipherFile(partial, key), clock)
        try:
            with books.write() as tx:
                bury(tx, lacking)
        finally:
            books.close()
        with raw(partial, key) as connection:
            connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        prove(partial, key, clock)
        with partial.open("rb") as file:
            os.fsync(file.fileno())
        partial.rename(one.path)
        sync_folder(one.path.parent)
    except OSError as error:
        raise DeviceFault(disk_fault(one.path.parent, error.errno), f"copies: {error.strerror}") from error
    finally:
        with contextlib.suppress(OSError):
            partial.unlink()
            _tidy(partial)


def _tidy(path: Path) -> None:
    """What reading leaves beside a database."""
    for beside in (Path(f"{path}-wal"), Path(f"{path}-shm"), path.with_suffix(".use")):
        beside.unlink(missing_ok=True)
