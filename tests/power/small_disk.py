"""A real small disk for a test: a tmpfs of its own in the sandbox's mount namespace."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class SmallDisk:
    """A file system of so many megabytes, mounted at `path`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._filler = path / "filler"

    def fill(self, left: int = 0) -> None:
        """Leave `left` bytes and no more."""
        with self._filler.open("ab", buffering=0) as file:
            for size in (1 << 20, 1 << 16, 1 << 12):
                while True:
                    try:
                        if file.write(bytes(size)) < size:
                            break
                    except OSError:  # ENOSPC
                        break
            file.truncate(max(0, file.tell() - left))

    def free(self) -> None:
        """Room again."""
        self._filler.unlink()

    def remount(self, mode: str) -> None:
        """`ro` or `rw`."""
        subprocess.run(["mount", "-o", f"remount,{mode}", str(self.path)], check=True)


@contextmanager
def small_disk(path: Path, megabytes: int) -> Iterator[SmallDisk]:
    """Mount it, and take it away again (lazily: who still uses it keeps it until he ends)."""
    path.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=755", "none", str(path)], check=True)
    try:
        yield SmallDisk(path)
    finally:
        subprocess.run(["umount", "-l", str(path)], check=True)
