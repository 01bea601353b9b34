"""The programs installed side by side, and the one that runs.

`ROOT/releases/VERSION` is a virtual environment each; `ROOT/venv` is a link to the one that runs, `ROOT/before` to
the one that ran before it. A release counts as installed when its mark was written, which is the last thing done to
it. The link is changed by rename(2), so that at any power cut one whole program runs.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from appliance.diagnostics import update_package
from appliance.diagnostics.update_package import VERSION, Package

LINK, BEFORE, RELEASES, MARK = "venv", "before", "releases", ".installed"
INSTALL_SECONDS = 900.0


class NotDone(Exception):
    """The installation or the change could not be made; `reason` is one of `REASONS`."""

    def __init__(self, reason: str) -> None:
        assert reason in REASONS
        super().__init__(reason)
        self.reason = reason


REASONS = ("no-layout", "there-already", "not-installed", "install-failed", "unwell", "disk")
"""`ROOT/venv` is no link to a release; this version is installed already; it is not; its packages do not go
together or it does not read this configuration; it did not become well and the one before
runs again; the disk took nothing."""


@dataclass(frozen=True, slots=True)
class Release:
    """One installed program; `at` is when its installation was complete (UTC milliseconds)."""

    version: str
    at: int
    runs: bool
    before: bool


def releases(root: Path) -> tuple[Release, ...]:
    """Every complete release, the newest installation first."""
    runs, before = pointed(root, LINK), pointed(root, BEFORE)
    found = []
    for folder in sorted(_folders(root)):
        try:
            at = (folder / MARK).stat().st_mtime_ns // 1_000_000
        except OSError:
            continue
        found.append(Release(folder.name, at, folder.name == runs, folder.name == before))
    return tuple(sorted(found, key=lambda one: -one.at))


def _folders(root: Path) -> list[Path]:
    try:
        return [one for one in (root / RELEASES).iterdir() if VERSION.fullmatch(one.name)]
    except OSError:
        return []


def pointed(root: Path, link: str) -> str:
    """The version that a link points to; empty if it is none of ours."""
    try:
        aim = (root / link).readlink()
    except OSError:
        return ""
    return aim.name if aim.parent.name == RELEASES and VERSION.fullmatch(aim.name) else ""


def install(root: Path, path: Path, package: Package, proof: Callable[[Path], bool]) -> None:
    """Build the package's release beside the others; it does not run yet. Raises `NotDone`, `PackageRefused`.

    `proof` is given the new environment and says whether its program reads this machine's configuration. What an
    attempt before it left incomplete is cleared away.
    """
    if not pointed(root, LINK):
        raise NotDone("no-layout")
    home = root / RELEASES / package.version
    if (home / MARK).exists():
        raise NotDone("there-already")
    wheels = root / RELEASES / "wheels.new"
    try:
        for stale in (home, wheels):
            shutil.rmtree(stale, ignore_errors=True)
        wheels.mkdir(mode=0o755)
        files = update_package.unpack(path, package, wheels)
        base = Path(sys.base_prefix) / "bin" / "python3"
        pip = [str(home / "bin" / "python"), "-m", "pip", "install", "--no-index", "--no-deps", "--no-cache-dir"]
        if not _ran([str(base), "-m", "venv", str(home)]) or not _ran([*pip, *map(str, files)]) or not proof(home):
            raise NotDone("install-failed")
        _keep(home)
    except OSError as error:
        raise NotDone("disk") from error
    finally:
        shutil.rmtree(wheels, ignore_errors=True)


def _ran(command: list[str]) -> bool:
    try:
        return not subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=INSTALL_SECONDS
        ).returncode
    except subprocess.TimeoutExpired:
        return False


def _keep(home: Path) -> None:
    """Everything of it on the disk before the mark that says so."""
    os.sync()
    (home / MARK).touch()
    _sync(home)


def point(root: Path, link: str, version: str) -> None:
    """Let the link name this release; at any moment it names the old one or the new one."""
    fresh = root / f"{link}.new"
    try:
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(Path(RELEASES) / version)
        fresh.replace(root / link)
        _sync(root)
    except OSError as error:
        raise NotDone("disk") from error


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def ready_to_run(root: Path, version: str) -> bool:
    """Whether this is a complete release."""
    return bool(VERSION.fullmatch(version)) and (root / RELEASES / version / MARK).exists()
