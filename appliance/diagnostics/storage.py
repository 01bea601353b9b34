"""How the disk is, from the side of those who write on it: room, whether it takes writes, copies, restored books."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from appliance.devices import DeviceStatus, Level
from appliance.faults import FaultCode
from appliance.records import audit, chain_watch, copies, restoration
from appliance.records.store import STORAGE_FAULTS, Store, Transaction

FULL_BYTES = 2 * 1024 * 1024
"""What one captured photograph and its row may need."""
LOW_BYTES = 200 * 1024 * 1024
COPY_GRACE_MS = 3_600_000
"""How much later than planned a copy may come before the technician is told."""


def status(store: Store, tx: Transaction, copies_folder: Path, copy_ms: int) -> DeviceStatus:
    """The disk and the books in one answer; `copy_ms` is how often a copy is planned."""
    folder = store.folder
    reasons: list[FaultCode] = []
    detail: dict[str, str] = {}
    try:
        disk = os.statvfs(folder)
    except OSError:
        reasons.append(FaultCode.STORAGE_FAILED)
    else:
        free = disk.f_bavail * disk.f_frsize
        detail["free_mb"] = str(free // 1024 // 1024)
        detail["size_mb"] = str(disk.f_blocks * disk.f_frsize // 1024 // 1024)
        if disk.f_flag & os.ST_RDONLY or (store.path and _closed(store.path)):
            reasons.append(FaultCode.STORAGE_READ_ONLY)
        elif free < FULL_BYTES or (disk.f_files and not disk.f_favail):
            reasons.append(FaultCode.STORAGE_FULL)
        elif free < LOW_BYTES:
            reasons.append(FaultCode.STORAGE_LOW)
    # Whether it is full or read-only the disk says itself, also once it is so no more; that it fails, only a write.
    if store.refused is FaultCode.STORAGE_FAILED:
        reasons.insert(0, store.refused)
    if restoration.awaited(tx) is not None:
        reasons.append(FaultCode.STORAGE_RESTORED)
    broken = chain_watch.checked(tx).broken
    if broken is not None:
        reasons.append(FaultCode.STORAGE_ALTERED)
        detail["audit_broken_at"] = str(broken)
    late = None
    if store.path is not None:
        late = copies.overdue(copies_folder, audit.head(tx), tx.now, copy_ms + COPY_GRACE_MS)
        found = copies.copies(copies_folder)
        detail |= {"copied_at": str(found[0].at)} if found else {}
    if late is not None and not STORAGE_FAULTS & set(reasons):
        reasons.append(late)
    return DeviceStatus(_level(reasons), tuple(str(code) for code in dict.fromkeys(reasons)), detail=detail)


def _closed(path: Path) -> bool:
    """Whether the database can be opened for reading only; nothing is written to find out."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CLOEXEC))
    except OSError as error:
        return error.errno == errno.EROFS
    return False


_BARS = STORAGE_FAULTS | {FaultCode.STORAGE_RESTORED}


def _level(reasons: list[FaultCode]) -> Level:
    if _BARS & set(reasons):
        return "down"
    return "limited" if reasons else "ok"
