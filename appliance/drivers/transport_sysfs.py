"""Small text files of the kernel's /sys, each read whole and bounded."""

from __future__ import annotations

from pathlib import Path

MAX_BYTES = 4096


def read_text(path: Path) -> str | None:
    """The content without white space round it; None where it cannot be read (a device may go while it is asked)."""
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES).decode(errors="replace").strip()
    except OSError:
        return None


def first(folder: Path, pattern: str) -> Path | None:
    """The first path under the folder that fits a pattern, or None."""
    return next(iter(sorted(folder.glob(pattern))), None)


def folders(folder: Path) -> list[Path]:
    """The folders and links in a folder; empty if it is not there."""
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []
