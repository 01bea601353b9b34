"""`siaga serve`: the three processes from one command, for a desk without systemd; small, since it only watches."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from pathlib import Path

from appliance.app.places import run_folder
from appliance.app.process import stop_event
from appliance.config import Settings

PROCESSES = ("web", "deviced", "syncd")
RESTART_SECONDS = 1.0
THRIFT = {"MALLOC_ARENA_MAX": "2", "MALLOC_MMAP_THRESHOLD_": "131072"}
"""glibc keeps what each thread once needed (19 MB for a PIN check) unless told to give it back (mallopt(3))."""
_FIRST_HANDED = 3
_PR_SET_PDEATHSIG = 1


def serve(settings: Settings, config: Path) -> None:
    """Run until a signal; a process that ends is started again after a second.

    The children die with this process (PR_SET_PDEATHSIG), so nothing works on unsupervised.
    """
    stop = stop_event()
    with contextlib.suppress(OSError):  # a disk that takes nothing: the processes say so, and wait
        run_folder(settings).mkdir(parents=True, exist_ok=True, mode=0o700)
    running = {name: _spawn(name, config) for name in PROCESSES}
    while not stop.wait(RESTART_SECONDS):
        for name, child in running.items():
            if child.poll() is not None:
                running[name] = _spawn(name, config)
    for child in running.values():
        child.terminate()
    for child in running.values():
        child.wait()


def _spawn(name: str, config: Path) -> subprocess.Popen[bytes]:
    handed = int(os.environ.get("LISTEN_FDS", "0")) if name == "web" else 0
    environment = {key: value for key, value in os.environ.items() if handed or not key.startswith("LISTEN_")}
    environment |= THRIFT
    return subprocess.Popen(
        [sys.executable, "-m", "appliance", name, "--config", str(config)],
        pass_fds=range(_FIRST_HANDED, _FIRST_HANDED + handed),
        preexec_fn=_die_with_the_parent,
        env=environment,
    )


def _die_with_the_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
