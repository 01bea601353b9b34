"""A disk with a write cache that forgets: one file in a FUSE file system of our own, to be put under a loop device.

What is written lies in the cache until a flush comes; only then is it on the stable image beside it. At a cut the
image is copied as it stands, with none of the cached sectors or with about half of them, each in any of the versions
that were written since the last flush: what a drive's cache may leave behind when its power goes.

Run as a program: `forgetful_disk.py IMAGE MOUNTPOINT`, commands on standard input (`cut FILE PERCENT SEED AFTER`,
where AFTER is how many writes more are let in), one line of answer each. Speaks the kernel's FUSE protocol
(linux/fuse.h, 7.31) itself: needs root and /dev/fuse, no library.
With `--lies` the disk says that it has flushed and has not: the control that the rig can find a loss.
"""

from __future__ import annotations

import ctypes
import os
import random
import selectors
import shutil
import stat
import struct
import sys
from pathlib import Path

SECTOR = 512
NAME = b"disk"
_ROOT, _FILE = 1, 2
_IN, _OUT = struct.Struct("<IIQQIIIHH"), struct.Struct("<IiQ")
_ATTR = struct.Struct("<QQQQQQIIIIIIIIII")
_LOOKUP, _FORGET, _GETATTR, _SETATTR, _OPEN, _READ, _WRITE, _STATFS = 1, 2, 3, 4, 14, 15, 16, 17
_RELEASE, _FSYNC, _FLUSH, _INIT, _INTERRUPT, _DESTROY, _BATCH_FORGET = 18, 20, 25, 26, 36, 38, 42
_BIG_WRITES, _MAX_PAGES = 1 << 5, 1 << 22
_LARGEST = 128 * 1024
_ENOENT, _ENOSYS = 2, 38
_NOSUID_NODEV = 2 | 4
QUIET_SECONDS = 2.0
"""A disk to which nothing is written any more is cut without waiting for more."""


class Cache:
    """The stable image, and the sectors that were written since the last flush, each with all its versions."""

    def __init__(self, image: Path, lies: bool) -> None:
        self._image = image
        self._lies = lies
        self._stable = os.open(image, os.O_RDWR | os.O_CLOEXEC)
        self.size = image.stat().st_size
        self.sectors: dict[int, list[bytes]] = {}
        self.flushes = 0

    def read(self, offset: int, size: int) -> bytes:
        """What the machine reads: the newest of everything."""
        size = max(0, min(size, self.size - offset))
        data = bytearray(os.pread(self._stable, size, offset))
        first = offset // SECTOR
        for number in range(first, (offset + size + SECTOR - 1) // SECTOR) if self.sectors else ():
            versions = self.sectors.get(number)
            if versions:
                begin = number * SECTOR - offset
                newest = versions[-1]
                if begin < 0:
                    newest, begin = newest[-begin:], 0
                data[begin : begin + len(newest)] = newest[: size - begin]
        return bytes(data)

    def write(self, offset: int, data: bytes) -> None:
        """Into the cache; a write that does not begin and end with a sector is filled up with what is there."""
        begin = offset - offset % SECTOR
        end = -(-(offset + len(data)) // SECTOR) * SECTOR
        if (begin, end) != (offset, offset + len(data)):
            old = self.read(begin, end - begin)
            data = old[: offset - begin] + data + old[offset - begin + len(data) :]
        for at in range(0, len(data), SECTOR):
            self.sectors.setdefault((begin + at) // SECTOR, []).append(data[at : at + SECTOR])

    def flush(self) -> None:
        """Everything that was written is on the disk; if it lies, it only says so."""
        self.flushes += 1
        if not self._lies:
            for number, versions in self.sectors.items():
                os.pwrite(self._stable, versions[-1], number * SECTOR)
            self.sectors.clear()

    def cut(self, target: Path, percent: int, seed: int) -> int:
        """The image that a power cut now leaves behind; returns how many sectors were in the cache."""
        shutil.copyfile(self._image, target)
        lot = random.Random(seed)
        with target.open("r+b") as left:
            for number, versions in self.sectors.items():
                if lot.randrange(100) < percent:
                    left.seek(number * SECTOR)
                    left.write(lot.choice(versions))
        return len(self.sectors)


class Server:
    """Answers the kernel about a folder with one file in it."""

    def __init__(self, cache: Cache, line: int) -> None:
        self._cache = cache
        self._line = line
        self.ended = False
        self.writes = 0

    def _attributes(self, node: int) -> bytes:
        folder = node == _ROOT
        mode = stat.S_IFDIR | 0o755 if folder else stat.S_IFREG | 0o600
        size = 0 if folder else self._cache.size
        return _ATTR.pack(node, size, -(-size // SECTOR), 0, 0, 0, 0, 0, 0, mode, 1 + folder, 0, 0, 0, 4096, 0)

    def _answer(self, unique: int, data: bytes = b"", error: int = 0) -> None:
        os.write(self._line, _OUT.pack(_OUT.size + len(data), -error, unique) + data)

    def serve_one(self) -> None:
        """Take one question and answer it."""
        try:
            asked = os.read(self._line, _LARGEST + 4096)
        except OSError:  # ENODEV: unmounted
            self.ended = True
            return
        _, opcode, unique, node, *_ = _IN.unpack_from(asked)
        body = memoryview(asked)[_IN.size :]
        if opcode in {_FORGET, _BATCH_FORGET, _INTERRUPT}:
            return
        if opcode == _INIT:
            known = struct.pack("<IIIIHHIIHHI28x", 7, 31, _LARGEST, _BIG_WRITES | _MAX_PAGES, 16, 12, _LARGEST, 1,
                                _LARGEST // 4096, 0, 0)  # fmt: skip
            self._answer(unique, known)
        elif opcode == _LOOKUP:
            if bytes(body).rstrip(b"\0") == NAME:
                self._answer(unique, struct.pack("<QQQQII", _FILE, 0, 3600, 3600, 0, 0) + self._attributes(_FILE))
            else:
                self._answer(unique, error=_ENOENT)
        elif opcode in {_GETATTR, _SETATTR}:
            self._answer(unique, struct.pack("<QII", 3600, 0, 0) + self._attributes(node))
        elif opcode == _OPEN:
            self._answer(unique, struct.pack("<QII", 1, 0, 0))
        elif opcode == _READ:
            _, offset, size = struct.unpack_from("<QQI", body)
            self._answer(unique, self._cache.read(offset, size))
        elif opcode == _WRITE:
            _, offset, size = struct.unpack_from("<QQI", body)
            self._cache.write(offset, bytes(body[40 : 40 + size]))
            self.writes += 1
            self._answer(unique, struct.pack("<II", size, 0))
        elif opcode == _FSYNC:
            self._cache.flush()
            self._answer(unique)
        elif opcode == _STATFS:
            self._answer(unique, struct.pack("<QQQQQIII28x", 0, 0, 0, 1, 0, 4096, 255, 4096))
        elif opcode in {_RELEASE, _FLUSH, _DESTROY}:
            self._answer(unique)
            self.ended = opcode == _DESTROY
        else:
            self._answer(unique, error=_ENOSYS)


def mount(mountpoint: Path) -> int:
    """Mount an empty FUSE file system there; the line on which the kernel asks (mount(2), fuse(4))."""
    line = os.open("/dev/fuse", os.O_RDWR | os.O_CLOEXEC)
    options = f"fd={line},rootmode=40000,user_id=0,group_id=0".encode()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(b"forgetful", str(mountpoint).encode(), b"fuse", _NOSUID_NODEV, options) != 0:
        raise OSError(ctypes.get_errno(), "mount of a FUSE file system")
    return line


def main(image: Path, mountpoint: Path, lies: bool) -> None:
    """Serve until unmounted."""
    cache = Cache(image, lies)
    line = mount(mountpoint)
    server = Server(cache, line)
    ears = selectors.DefaultSelector()
    ears.register(line, selectors.EVENT_READ)
    ears.register(sys.stdin.fileno(), selectors.EVENT_READ)
    print("mounted", flush=True)
    ordered: tuple[Path, int, int, int] | None = None
    while not server.ended:
        ready = ears.select(QUIET_SECONDS)
        for key, _ in ready:
            if key.fd == line:
                server.serve_one()
                continue
            words = os.read(sys.stdin.fileno(), 4096).decode().split()
            if words:
                ordered = Path(words[1]), int(words[2]), int(words[3]), server.writes + int(words[4])
            else:
                ears.unregister(sys.stdin.fileno())
        if ordered is not None and (server.writes >= ordered[3] or not ready):
            print(cache.cut(*ordered[:3]), cache.flushes, flush=True)
            ordered = None


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), "--lies" in sys.argv[3:])
