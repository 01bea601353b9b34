"""What every process of the appliance does alike: end on a signal, end on a bug, tell systemd, work its lanes."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from collections.abc import Callable

STATUS_SECONDS = 5.0
BUG_EXIT = 70
DISK_EXIT = 74
"""Damage was met in the database: every process ends so, and the first to come back looks at every page."""


def notify(state: str) -> None:
    """Tell systemd (sd_notify(3)); nothing happens outside of systemd."""
    address = os.environ.get("NOTIFY_SOCKET")
    if address:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
            line.sendto(state.encode(), "\0" + address[1:] if address.startswith("@") else address)


def stop_event() -> threading.Event:
    """Set when the process is to end. A bug in any thread ends the process: its supervisor starts it again."""
    threading.excepthook = _end_on_a_bug
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop


def _end_on_a_bug(thread: threading.ExceptHookArgs) -> None:
    code = getattr(thread.exc_value, "exit_code", None)
    if code is not None:  # trouble that has a sentence of its own, and is no bug
        print(f"siaga: {thread.exc_value}", file=sys.stderr, flush=True)
        os._exit(code)
    sys.excepthook(thread.exc_type, thread.exc_value or thread.exc_type(), thread.exc_traceback)
    os._exit(BUG_EXIT)


def start(run: Callable[[], None], name: str) -> None:
    """Run a daemon thread."""
    threading.Thread(target=run, name=name, daemon=True).start()


def beat(
    stop: threading.Event, sound: Callable[[], bool] = lambda: True, alive: Callable[[], bool] = lambda: True
) -> None:
    """The main thread's work: tell systemd that the process is ready, then, while it is `alive`, so; until `stop`.

    Books that are no longer `sound`, which says why, end the process.
    """
    notify("READY=1")
    while not stop.wait(STATUS_SECONDS):
        if not sound():
            os._exit(DISK_EXIT)
        if alive():
            notify("WATCHDOG=1")
