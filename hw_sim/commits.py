"""Commits of an appliance's database, seen from outside: its write-ahead log is read as it grows.

The log's frames follow SQLite's public file format (fileformat2.html §4); SQLCipher encrypts the pages in them and
leaves their heads as they are. A head with the size of the database in it ends a transaction: a commit.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import struct
import threading
from pathlib import Path

from hw_sim.world import World

_IN_MODIFY, _IN_CREATE = 0x2, 0x100
_HEAD, _FRAME = struct.Struct(">8I"), struct.Struct(">6I")
_MAGIC = frozenset({0x377F0682, 0x377F0683})


class WriteAheadLog:
    """How far a log has been read. `path` may not be there yet; a log begun anew is read from its beginning."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._salt = (0, 0)
        self._at = _HEAD.size

    def read_on(self) -> int:
        """How many transactions ended since the last call."""
        with contextlib.suppress(FileNotFoundError), self._path.open("rb", buffering=0) as log:
            return self._commits(log.fileno())
        return 0

    def _commits(self, log: int) -> int:
        head = os.pread(log, _HEAD.size, 0)
        if len(head) < _HEAD.size:
            return 0
        magic, _, page, _, *salt, _, _ = _HEAD.unpack(head)
        if magic not in _MAGIC:
            return 0
        if self._salt != tuple(salt):
            self._salt, self._at = (salt[0], salt[1]), _HEAD.size
        ended = 0
        while len(frame := os.pread(log, _FRAME.size, self._at)) == _FRAME.size:
            _, size, *salt, _, _ = _FRAME.unpack(frame)
            if self._salt != tuple(salt):
                break
            ended += size > 0
            self._at += _FRAME.size + page
        return ended


class CommitWatch:
    """Makes a world event `commit` of each commit to the database at `path`; its folder must be there.

    The event comes within a fraction of a millisecond, in a thread of its own: what it kills dies at that commit or
    very soon after it.
    """

    def __init__(self, world: World, path: Path) -> None:
        self._world = world
        self._log = WriteAheadLog(path.with_name(path.name + "-wal"))
        libc = ctypes.CDLL(None, use_errno=True)
        self._inotify = libc.inotify_init1(os.O_CLOEXEC | os.O_NONBLOCK)
        if (
            self._inotify < 0
            or libc.inotify_add_watch(self._inotify, os.fsencode(path.parent), _IN_MODIFY | _IN_CREATE) < 0
        ):
            raise OSError(ctypes.get_errno(), "inotify")
        self._end, self._ended = os.pipe()
        self._log.read_on()
        self._thread = threading.Thread(target=self._watch, name="commits", daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        while True:
            ready, _, _ = select.select([self._inotify, self._end], [], [])
            if self._end in ready:
                return
            with contextlib.suppress(BlockingIOError):
                os.read(self._inotify, 65536)
            for _ in range(self._log.read_on()):
                self._world.happened("commit")

    def stop(self) -> None:
        """Watch no longer."""
        os.write(self._ended, b"x")
        self._thread.join()
        for handle in (self._inotify, self._end, self._ended):
            os.close(handle)

    def passed_by(self) -> int:
        """From inside an action for `commit`: the commits that came after it, which make no event any more."""
        return self._log.read_on()
