"""What was sent to a printer that keeps no jobs itself: one small file for each key, there before the card moves."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from appliance.devices import PrintState


@dataclass(frozen=True, slots=True)
class Entry:
    """A job: its key, its number, the printer's counter before it, and what became of it as far as it was seen."""

    key: str
    number: int
    before: int
    state: PrintState = PrintState.PRINTING
    reason: str = ""


class PrintJournal:
    """The files of one folder, which is made when the first job is kept."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, key: str) -> Entry | None:
        """The job of this key; a file that is not whole was never the last word."""
        try:
            row = json.loads(self._file(key).read_text())
            return Entry(row["key"], int(row["number"]), int(row["before"]), PrintState(row["state"]), row["reason"])
        except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
            return None

    def next_number(self) -> int:
        """A number that no job here has yet."""
        return 1 + len(list(self._folder.glob("*.json")))

    def keep(self, entry: Entry) -> None:
        """Make it durable: file and folder are synced."""
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._file(entry.key)
        with path.with_suffix(".new").open("w") as file:
            json.dump(asdict(entry), file)
            file.flush()
            os.fsync(file.fileno())
        path.with_suffix(".new").replace(path)
        self._sync()

    def forget(self, key: str) -> None:
        """The job never was."""
        self._file(key).unlink(missing_ok=True)
        self._sync()

    def _file(self, key: str) -> Path:
        return self._folder / f"{hashlib.sha256(key.encode()).hexdigest()}.json"

    def _sync(self) -> None:
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
