"""Torn databases set aside (decision 18): what people compared the restored books with, and then a danger only.

They hold rows and keys as of then, also of what was wiped since, under a key that lives on. So their bytes are
written over before their names go; what a disk's own wear levelling keeps is beyond any program.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from appliance.casework.retention import DAY_MS
from appliance.casework.roles import Actor
from appliance.faults import DeviceFault
from appliance.records import audit, notes
from appliance.records.store import Store, Transaction, canonical, disk_fault
from appliance.records.vault import sync_folder

_NAME = re.compile(r"([0-9]{8}T[0-9]{6})-[0-9]{9}")
_KEY = "torn-wiping"
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Aside:
    """What was set aside at one restoration: `at` when (UTC milliseconds), `bytes` how much it is."""

    name: str
    at: int
    bytes: int

    def due_at(self, days: int) -> int:
        """When it is to be wiped, UTC milliseconds."""
        return self.at + days * DAY_MS


def aside(data: Path) -> tuple[Aside, ...]:
    """What lies below `torn` of the data folder, the oldest first; what was not put there by a restoration is no
    business of ours."""
    try:
        folders = [one for one in (data / "torn").iterdir() if one.is_dir() and not one.is_symlink()]
    except OSError:
        return ()
    found = []
    for one in folders:
        named = _NAME.fullmatch(one.name)
        try:
            at = None if named is None else datetime.strptime(named[1], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
        except ValueError:
            continue
        if at is not None:
            size = sum(file.lstat().st_size for file in one.rglob("*") if file.is_file())
            found.append(Aside(one.name, int(at.timestamp() * 1000), size))
    return tuple(sorted(found, key=lambda one: one.at))


def begun(tx: Transaction) -> tuple[str, ...]:
    """The names of those whose wiping was begun and not finished."""
    return tuple(json.loads(notes.get(tx, _KEY) or "[]"))


def wipe(store: Store, days: int, actor: Actor) -> int:
    """Wipe those older than `days`, and what an earlier run left; how many. May be done again from the start.

    Raises `DeviceFault` if the disk does not take it.
    """
    data = store.folder
    with store.read() as tx:
        left, now = begun(tx), tx.now
    there = {one.name: one for one in aside(data)}
    due = [one for one in there.values() if one.due_at(days) <= now and one.name not in left]
    if due:
        with store.write() as tx:
            _note(tx, [*left, *(one.name for one in due)])
            for one in due:
                audit.record(tx, "retention-torn-init", actor, None, torn=one.name, bytes=one.bytes, days=days)
    names = [*left, *(one.name for one in due)]
    for number, name in enumerate(names):
        if name in there:
            _remove(data / "torn" / name)
        with store.write() as tx:
            _note(tx, names[number + 1 :])
            audit.record(tx, "retention-torn-complete", actor, None, torn=name)
    return len(names)


def _note(tx: Transaction, names: Iterable[str]) -> None:
    notes.put(tx, _KEY, canonical(list(names)))


def _remove(folder: Path) -> None:
    try:
        for one in sorted(folder.rglob("*"), reverse=True):
            if one.is_dir() and not one.is_symlink():
                one.rmdir()
                continue
            if one.is_file() and not one.is_symlink():
                _write_over(one)
            one.unlink()
        folder.rmdir()
        sync_folder(folder.parent)
    except OSError as error:
        raise DeviceFault(disk_fault(folder.parent, error.errno), f"torn: {error.strerror}") from error


def _write_over(file: Path) -> None:
    left = file.lstat().st_size
    with file.open("r+b", buffering=0) as open_file:
        while left > 0:
            left -= open_file.write(bytes(min(left, _BLOCK)))
        os.fsync(open_file.fileno())
