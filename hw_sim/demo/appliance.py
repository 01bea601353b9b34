"""The appliance under test: started by its public command, killed without warning, started again."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from hw_sim.demo.browser import wait_until_answering

FACES = ("resident", "officer", "technician")
START_SECONDS = 30.0
_PR_SET_PDEATHSIG = 1


LISTED = "[papers]\nscans = false\ndetails = false\n"
"""Letters count as soon as they are listed: where the papers are not what is rehearsed."""


class Appliance:
    """`siaga serve` on a configuration in `directory`; `fragment` is the station's part of it.

    `handed` are sockets by face that are open to the world outside of the sandbox; `database` is the URL of a server
    with the books, None for a file. `papers` is whether letters are photographed and described, as in a real office.
    """

    def __init__(
        self,
        directory: Path,
        fragment: str,
        handed: Mapping[str, socket.socket],
        database: str | None = None,
        papers: bool = False,
    ) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.directory = directory
        self.papers = papers
        self.addresses = {face: f"127.0.0.1:{_free_port()}" for face in FACES}
        self.config = directory / "siaga.toml"
        key = directory / "key"
        if not key.exists():
            key.touch(mode=0o600)
            key.write_text(secrets.token_hex(32))
        listen = "".join(f"{face} = {json.dumps(address)}\n" for face, address in self.addresses.items())
        head = f"data_dir = {json.dumps(str(directory / 'data'))}\nkey_file = {json.dumps(str(key))}\n"
        if database is not None:
            head += f"database = {json.dumps(database)}\n"
        self.config.write_text(f"{head}{fragment}\n{'' if papers else LISTED}\n[listen]\n{listen}")
        self.command = Path(sys.executable).with_name("siaga")
        self._handed = dict(handed)
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._forker = ThreadPoolExecutor(1, thread_name_prefix="power switch")
        self.starts: list[float] = []
        self.log = directory / "appliance.log"

    def run(self, *arguments: str, stdin: str = "", expect: Sequence[int] = (0,)) -> str:
        """One `siaga` command; its standard output. Raises CalledProcessError for an exit code not in `expect`."""
        command = [str(self.command), *arguments, "--config", str(self.config)]
        done = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=60, check=False)
        if done.returncode not in expect:
            raise subprocess.CalledProcessError(done.returncode, command, done.stdout, done.stderr)
        return done.stdout

    def start(self) -> float:
        """Start and wait for the first page; seconds that took."""
        environment = dict(os.environ)
        descriptors = [one.fileno() for one in self._handed.values()]
        prefix: list[str] = []
        if descriptors:
            environment |= {"LISTEN_FDS": str(len(descriptors)), "LISTEN_FDNAMES": ":".join(self._handed)}
            moves = " ".join(f"{3 + index}<&{number}" for index, number in enumerate(descriptors))
            prefix = ["/bin/bash", "-c", f'exec "$0" "$@" {moves}']
        with self._lock, self.log.open("ab") as log:
            # The kernel ties "parent" to the thread that forks (prctl(2)), so one thread forks for the whole run.
            self._process = self._forker.submit(
                subprocess.Popen,
                [*prefix, str(self.command), "serve", "--config", str(self.config)],
                start_new_session=True,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment,
                pass_fds=descriptors,
                preexec_fn=die_with_the_parent,
            ).result()
        took = wait_until_answering(self.addresses["officer"], START_SECONDS)
        self.starts.append(took)
        return took

    def kill(self) -> None:
        """The power goes: every process of the appliance at once."""
        with self._lock:
            if self._process is not None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()
                _await_end(self._process.pid)
                self._process = None

    def restart(self) -> None:
        """The power comes back."""
        self.start()

    @property
    def process_id(self) -> int | None:
        """Of `siaga serve`, which leads the session of all its processes; None while it does not run."""
        return None if self._process is None else self._process.pid

    @property
    def running(self) -> bool:
        """Whether it has been started and not killed since."""
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        """End it in order."""
        with self._lock:
            if self._process is not None:
                self._process.terminate()
                try:
                    self._process.wait(15)
                except subprocess.TimeoutExpired:
                    os.killpg(self._process.pid, signal.SIGKILL)
                    self._process.wait()
                self._process = None

    def memory_mb(self) -> float:
        """Proportional set size of all its processes together, in MB (smaps_rollup)."""
        process = self._process
        if process is None:
            return 0.0
        total = 0
        for entry in Path("/proc").iterdir():
            with contextlib.suppress(OSError, ValueError, ProcessLookupError):
                if entry.name.isdigit() and os.getpgid(int(entry.name)) == process.pid:
                    rows = (entry / "smaps_rollup").read_text().splitlines()
                    total += next(int(row.split()[1]) for row in rows if row.startswith("Pss:"))
        return total / 1024


def die_with_the_parent() -> None:
    """In a child before it becomes another program: be killed when the process that started it is gone (prctl(2))."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _await_end(group: int) -> None:
    """Wait until no process of the group runs any more: without power nothing does a last thing."""
    until = time.monotonic() + 1.0
    while time.monotonic() < until:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return
        time.sleep(0.001)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
