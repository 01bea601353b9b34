"""`siaga case export`: one case in one file, for whoever has a right to it."""

from __future__ import annotations

import argparse
import contextlib
import errno
import getpass
import hashlib
import os
import zipfile
from collections.abc import Iterable
from pathlib import Path

from appliance.app.rooms import open_store
from appliance.app.said import GOOD, MISSING, USAGE, WRONG, Said
from appliance.casework.roles import Actor, Role
from appliance.config import Settings
from appliance.faults import DeviceFault
from appliance.office import case_export
from appliance.records import cases
from appliance.records.store import disk_fault
from appliance.records.vault import sync_folder

_PARTIAL = ".partial"
_NO_LINKS = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS})
"""What file systems that know no links answer, FAT among them (link(2))."""


def export_case(settings: Settings, arguments: argparse.Namespace) -> Said:
    """Write all of a case but its biometrics into one ZIP file, closed to others and never over another file.

    A case that has not ended is written as it stands; a document that is lost is named, and the answer is then wrong.
    """
    target = Path(arguments.out or f"{cases.spelled(arguments.code)}.zip").absolute()
    store, vault = open_store(settings)
    by = Actor("console", getpass.getuser(), Role.TEKNISI, "terminal")
    try:
        with store.read() as tx:
            known = cases.known(tx, arguments.code)
        mistakes = [*([] if known else [f"there is no case {arguments.code}"]), *_in_the_way(target)]
        if mistakes:
            return Said(USAGE if known else MISSING, {"errors": mistakes}, mistakes)
        found = case_export.begin(store, vault, arguments.code, arguments.reason, by)
        sha256 = _write(target, case_export.files(found, vault))
        if sha256 is None:
            taken = f"{target} is there already"
            return Said(USAGE, {"errors": [taken]}, [taken])
        case_export.complete(store, found, by, sha256)
    finally:
        store.close()
    open_to_others = bool(target.stat().st_mode & 0o077)
    facts: dict[str, object] = {
        "file": str(target), "bytes": target.stat().st_size, "sha256": sha256, "code": found.record.code,
        "state": found.record.state, "finished": found.finished, "lost": found.lost, "open_to_others": open_to_others,
    }  # fmt: skip
    lines = [f"{target}: {facts['bytes']} bytes, SHA-256 {sha256}"]
    lines += [] if found.finished else [f"the case has not ended: this is how it stands ({found.record.state})"]
    lines += [f"lost, not in it: {name}" for name in found.lost]
    lines += ["this disk keeps no permissions: others may read the file"] if open_to_others else []
    return Said(WRONG if found.lost else GOOD, facts, lines)


def _in_the_way(target: Path) -> list[str]:
    """Every reason why nothing can be written there."""
    if not target.parent.is_dir():
        return [f"there is no folder {target.parent}"]
    taken = [f"{target} is there already"] if os.path.lexists(target) else []
    return taken + ([] if os.access(target.parent, os.W_OK) else [f"{target.parent} cannot be written to"])


def _write(target: Path, files: Iterable[tuple[str, bytes]]) -> str | None:
    """Write the ZIP file durably and give it its name at the end; its SHA-256, or None if that name was taken.

    Raises `DeviceFault` if the disk does not take it; nothing is left behind.
    """
    partial = target.with_name(f".{target.name}{_PARTIAL}")
    try:
        partial.unlink(missing_ok=True)
        descriptor = os.open(partial, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w+b") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
                for name, data in files:
                    entry = zipfile.ZipInfo(name)
                    entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
                    packed.writestr(entry, data)
            file.flush()
            os.fsync(file.fileno())
            file.seek(0)
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        if not _named(partial, target):
            return None
        sync_folder(target.parent)
        return sha256
    except OSError as error:
        raise DeviceFault(disk_fault(target.parent, error.errno), f"export: {error.strerror}") from error
    finally:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)


def _named(partial: Path, target: Path) -> bool:
    """Give it its name unless something bears it already (link(2) replaces nothing; FAT knows no links)."""
    try:
        target.hardlink_to(partial)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        return _claimed(partial, target)
    return True


def _claimed(partial: Path, target: Path) -> bool:
    """The same where there are no links: the name is taken first, empty, so that nothing of another is replaced."""
    try:
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    except FileExistsError:
        return False
    try:
        partial.replace(target)
    except OSError:
        target.unlink()
        raise
    return True
