"""A PostgreSQL server for tests: one cluster in a folder, on a Unix socket there, asked as the kernel says who asks.

If `QUICK` it flushes nothing: what a commit survives is PostgreSQL's business, what we make of it is ours.
"""

from __future__ import annotations

import getpass
import hashlib
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

SETTINGS = """
listen_addresses = ''
unix_socket_directories = '{folder}'
shared_buffers = 128MB
log_error_verbosity = terse
"""
SAFE = ""
QUICK = "fsync = off\nfull_page_writes = off\n"
ROLE = "siaga"


def programs() -> Path | None:
    """The folder of the newest server that Debian has put here."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda one: int(one.parts[4]))
    return found[-1].parent if found else None


@dataclass
class Cluster:
    """A server of our own below `folder`."""

    folder: Path
    programs: Path

    @classmethod
    def begin(cls, folder: Path, flushing: str = QUICK) -> Cluster:
        """Make one and start it; without PostgreSQL tests fail in CI, and are skipped elsewhere, saying so."""
        found = programs()
        if found is None:
            words = "PostgreSQL is not installed (requirements/debian.txt): nothing was proven on it"
            pytest.fail(words) if os.environ.get("CI") else pytest.skip(words)
        folder.mkdir(mode=0o711)
        cluster = cls(folder, found)
        cluster._give(folder)
        cluster._run(
            "initdb", "-D", str(cluster.data), "-U", ROLE, "-A", "peer", "-E", "UTF8", "--locale=C.UTF-8", "-N"
        )
        files = {
            "postgresql.auto.conf": SETTINGS.format(folder=folder) + flushing,
            "pg_hba.conf": "local all all peer map=tests\n",
            "pg_ident.conf": f"tests {getpass.getuser()} {ROLE}\n",
        }
        for name, words in files.items():
            (cluster.data / name).write_text(words)
        cluster.start()
        return cluster

    @property
    def data(self) -> Path:
        """Where the cluster keeps its files."""
        return self.folder / "data"

    def start(self) -> None:
        """Start the server; it answers when this returns."""
        self._run("pg_ctl", "-D", str(self.data), "-l", str(self.folder / "log"), "-w", "-t", "30", "start")

    def stop(self, how: str = "immediate") -> None:
        """Stop the server as pg_ctl does: immediate is a crash."""
        self._run("pg_ctl", "-D", str(self.data), "-w", "-t", "30", "-m", how, "stop")

    def take_back(self, backup: Path) -> None:
        """Put a base backup in place of the stopped cluster, and start it as one does who restores (chapter 26.3)."""
        shutil.rmtree(self.data)
        backup.rename(self.data)
        with (self.data / "postgresql.auto.conf").open("a") as settings:
            settings.write("restore_command = 'false'\n")
        self.mark("recovery.signal")
        self.start()
        by = time.monotonic() + 30
        while self.sql("postgres", "SELECT pg_is_in_recovery()") != "f":
            assert time.monotonic() < by, "the server does not end its recovery"

    def mark(self, name: str) -> None:
        """Lay a signal file for the next start."""
        (self.data / name).touch()
        self._give(self.data)

    def _give(self, folder: Path) -> None:
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            owner = pwd.getpwnam("postgres")
            for one in (folder, *folder.rglob("*")):
                os.chown(one, owner.pw_uid, owner.pw_gid, follow_symlinks=False)

    def url(self, folder: Path) -> str:
        """The address of the database that goes with a folder of files: made if it is not there."""
        name = f"siaga_{hashlib.sha256(str(folder).encode()).hexdigest()[:16]}"
        there = self.sql("postgres", f"SELECT 1 FROM pg_database WHERE datname = '{name}'")
        if not there:
            self.sql("postgres", f"CREATE DATABASE {name}")
        return f"postgresql+psycopg://{ROLE}@/{name}?host={self.folder}"

    def sql(self, database: str, words: str) -> str:
        """What a stranger's client (psql) answers."""
        command = [self.programs / "psql", "-h", self.folder, "-U", ROLE, "-d", database, "-XAtqc", words]
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=30).stdout.strip()

    def end(self) -> None:
        """Stop the server and leave nothing."""
        if (self.data / "postmaster.pid").exists():
            self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, program: str, *words: str) -> None:
        before = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.geteuid() == 0 else []
        command = [*before, str(self.programs / program), *words]
        # A pipe would be held open by the server that pg_ctl leaves behind.
        with tempfile.TemporaryFile() as said:
            done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, cwd="/", timeout=60)
            said.seek(0)
            assert done.returncode == 0, f"{program}: {said.read().decode()}"
