"""The books at the start and in the hands of a process: waited for while the disk does not let, left when damaged."""

from __future__ import annotations

import contextlib
import fcntl
import functools
import os
import sys
import threading
from collections.abc import Callable
from typing import TypeVar

from appliance.app.process import notify, start
from appliance.app.rooms import database_key, database_path, open_books
from appliance.casework.roles import SYSTEM
from appliance.clock import Clock, utc_millis
from appliance.config import Settings
from appliance.diagnostics.timekeeping import Timekeeper
from appliance.faults import DeviceFault
from appliance.records import audit, copies, ledger_check, restoration, restore, stock_books
from appliance.records.restore import suspect_mark
from appliance.records.sqlcipher import use_lock
from appliance.records.store import Store, StoreError, Transaction
from appliance.records.vault import Vault

AGAIN_SECONDS = 2.0
"""How often what the disk or the database does not let do is tried again."""
LOOK_SECONDS = 20.0
"""How often it is looked whether a copy is due."""

T = TypeVar("T")


def until_it_can(
    attempt: Callable[[], T], stop: threading.Event, told: Callable[[Exception], None] = lambda _: None
) -> T | None:
    """What `attempt` gives once database and disk let it; None if `stop` came first.

    Why it cannot is said once a reason, in one line, and to `told`; systemd is told that the process lives.
    """
    said = ""
    while not stop.is_set():
        try:
            return attempt()
        except (StoreError, DeviceFault, OSError) as error:
            why: Exception = error
        if str(why) != said:
            said = str(why)
            print(f"siaga: {said}", file=sys.stderr, flush=True)
            notify("READY=1")
        told(why)
        notify("WATCHDOG=1")
        stop.wait(AGAIN_SECONDS)
    return None


def opened(settings: Settings) -> tuple[Store, Vault]:
    """The books; says in one line if they are those of a copy that nobody has confirmed."""
    store, vault = open_books(settings)
    with store.read() as tx:
        found = restoration.awaited(tx)
    if found is not None:
        print(f"siaga: {restore.describe(found)}", file=sys.stderr, flush=True)
    return store, vault


def look_at_ledger(store: Store) -> None:
    """A quick look at the blank ledger, at every start; what is wrong is said in one line, and audited once.

    A disk that takes nothing does not keep the pages from opening. What the full check found is only taken back by
    the next full one.
    """
    with store.read() as tx:
        broken = ledger_check.quick(tx)
    if broken is None:
        return
    print(f"siaga: blank ledger, line {broken.sequence}: {broken.why}", file=sys.stderr, flush=True)
    with contextlib.suppress(DeviceFault), store.write() as tx:
        if ledger_check.note_doubt(tx, broken):
            audit.record(tx, "blanks-differ", SYSTEM, None, sequence=broken.sequence, why=broken.why)


def sound(store: Store) -> bool:
    """Whether no process has met damage, and none has taken over what this one owns; if not, this one must end.

    One that has met damage marks it, so that all of them end.
    """
    if not store.owns():
        print(
            "siaga: another process works on this database, or it was taken back; ending", file=sys.stderr, flush=True
        )
        return False
    if store.path is None:
        return True
    if store.torn:
        with contextlib.suppress(OSError):
            suspect_mark(store.path).touch()
    if store.torn or suspect_mark(store.path).exists():
        print("siaga: the database is damaged; ending, to look at all of it", file=sys.stderr, flush=True)
        return False
    return True


def watch_time(keeper: Timekeeper, stop: threading.Event) -> None:
    """Look at the clock over and over, so that a step of it is written down whether or not anybody works."""
    while not stop.wait(AGAIN_SECONDS):
        keeper.look()


class Copier:
    """Makes a copy of the database when one is due: none there, the day closed, or so many minutes with changes."""

    def __init__(self, settings: Settings, store: Store, clock: Clock = utc_millis) -> None:
        self._settings = settings
        self._store = store
        self._clock = clock
        self._failed = ""

    def start(self, stop: threading.Event) -> None:
        """Look in a thread of its own until `stop`."""
        start(functools.partial(self._run, stop), "copies")

    def _run(self, stop: threading.Event) -> None:
        pause = 0.0
        while not stop.wait(pause):
            pause = LOOK_SECONDS
            with self._store.read() as tx:
                due = self.due(tx)
            if due:
                self._make()

    def due(self, tx: Transaction) -> bool:
        """Whether a copy is to be made now."""
        found = copies.copies(self._settings.copies)
        if not found:
            return True
        newest = found[0]
        if audit.head(tx) <= newest.sequence:
            return False
        age = self._clock() - newest.at
        closed = stock_books.last_closing_at(tx)
        return not 0 <= age < self._settings.backup.minutes * 60_000 or (closed or 0) > newest.at

    def _make(self) -> None:
        try:
            copies.make(self._store, self._settings.copies, database_key(self._settings), self._clock)
        except (StoreError, DeviceFault) as error:
            why = str(error)
            if why != self._failed:
                print(f"siaga: no copy of the database could be made: {why}", file=sys.stderr, flush=True)
            self._failed = why
        else:
            self._failed = ""


def restore_copy(settings: Settings, name: str | None, by: str) -> restoration.Restoration:
    """Put this copy, or the newest that holds, in the place of the database; raises `StoreError`, also while somebody
    uses the database."""
    path, key = database_path(settings), database_key(settings)
    found = copies.copies(settings.copies)
    chosen = [one for one in found if name is None or one.path.name == name]
    if not chosen:
        raise StoreError("there is no such copy" if name else "there is no copy")
    alone = use_lock(path, fcntl.LOCK_EX)
    with contextlib.ExitStack() as stack:
        if alone is not None:
            stack.callback(os.close, alone)
        for one in chosen:
            try:
                copies.prove(one.path, key, utc_millis)
            except StoreError:
                continue
            return restore.put_back(path, key, utc_millis, one, "restored on demand", by)
    raise StoreError("no copy holds under this key; nothing was changed")
