"""Where things of one appliance lie on the disk, and the locks that say who owns the hardware and the network."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from appliance.config import Settings
from appliance.diagnostics.history import FILE


def run_folder(settings: Settings) -> Path:
    """Where the processes of this appliance find one another."""
    return settings.data_dir / "run"


def board_path(settings: Settings) -> Path:
    """The board of device readings."""
    return run_folder(settings) / "board.json"


def history_path(settings: Settings) -> Path:
    """The last 24 hours of every device."""
    return run_folder(settings) / FILE


def passphrase_path(settings: Settings) -> Path:
    """Where the network process takes passphrases."""
    return run_folder(settings) / "passphrase.sock"


def viewing_path(settings: Settings) -> Path:
    """Where the owner of the camera is asked what it sees."""
    return run_folder(settings) / "camera.sock"


def own_the_hardware(settings: Settings) -> int | None:
    """Lock the hardware for this process; the open descriptor, or None if another process owns it."""
    return _own(settings, "hardware")


def own_the_network(settings: Settings) -> int | None:
    """Lock the outside offices for this process, as `own_the_hardware` does: each lane has one worker, ever."""
    return _own(settings, "network")


def _own(settings: Settings, what: str) -> int | None:
    """The kernel frees the lock when its owner dies, however that happens (flock(2))."""
    run_folder(settings).mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(run_folder(settings) / f"{what}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor
