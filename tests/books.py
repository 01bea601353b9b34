"""An office's books for tests: a real encrypted store on the disk, and a clock that the test sets."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from postgres import Cluster

from appliance.casework.intake import Category
from appliance.casework.roles import Actor, Role
from appliance.records import cases
from appliance.records.postgres import PostgresServer
from appliance.records.sqlcipher import SqlcipherFile
from appliance.records.store import Store, Transaction, new_id

KEY = b"k" * 32
CLERK = Actor("clerk", "", Role.PETUGAS, "test")


@dataclass
class Hours:
    """A clock that stands until it is moved; UTC milliseconds."""

    now: int = 1_790_000_000_000

    def __call__(self) -> int:
        return self.now

    def go(self, seconds: float) -> None:
        """Let time pass."""
        self.now += int(seconds * 1000)


class Ticking(Hours):
    """A clock that goes on a millisecond each time somebody looks."""

    def __call__(self) -> int:
        self.now += 1
        return self.now


class Seconds:
    """A monotonic clock that stands until it is moved; seconds."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def open_books(folder: Path, clock: Hours | None = None, key: bytes = KEY, server: Cluster | None = None) -> Store:
    """The store below `folder`, new or as it was left; in a database of `server` if there is one."""
    database = (
        SqlcipherFile(folder / "siaga.db", key) if server is None else PostgresServer(server.url(folder), folder)
    )
    return Store(database, clock or Ticking())


def new_case(tx: Transaction) -> str:
    """A case that was just reported; returns its id."""
    case_id = new_id()
    cases.create(tx, case_id, "", {}, Category("none", ()))
    return case_id
