"""The program changed from a terminal or by the root helper: what is installed, check, install, roll back."""

from __future__ import annotations

import argparse
import subprocess
import time
import urllib.error
import urllib.request
from dataclasses import asdict
from importlib import metadata
from pathlib import Path

from appliance.app.said import GOOD, MISSING, USAGE, WRONG, Said
from appliance.clock import Deadline, to_datetime, utc_millis
from appliance.config import Settings
from appliance.diagnostics import releases, update_package, updating
from appliance.diagnostics.update_package import PackageRefused
from appliance.diagnostics.updating import Machine, Order, Progress
from appliance.office.updates import FILE, FOLDER
from appliance.records.schema import SCHEMA_VERSION
from appliance.records.store import new_id

UNITS = ("siaga-syncd.service", "siaga-deviced.service", "siaga-web.service")
WELL_SECONDS = 90.0
PROOF_SECONDS = 60.0


def running() -> str:
    """The version of the program that runs."""
    return metadata.version("siaga")


def update_list(settings: Settings, arguments: argparse.Namespace) -> Said:
    """What runs, what is installed beside it, and how the newest order ended."""
    found = releases.releases(settings.update.root)
    last = updating.progress(settings.update.root)
    lines = [f"running {running()}"]
    for one in found:
        sign = "runs" if one.runs else "before" if one.before else ""
        lines.append(f"{one.version:12} {to_datetime(one.at):%Y-%m-%d %H:%M} {sign}".rstrip())
    if last is not None:
        lines.append(f"newest order: {last.do} {last.version} {last.phase} {last.why}".rstrip())
    facts: dict[str, object] = {
        "running": running(),
        "releases": [asdict(one) for one in found],
        "order": None if last is None else asdict(last),
    }
    return Said(GOOD, facts, lines)


def update_check(settings: Settings, arguments: argparse.Namespace) -> Said:
    """Whether a file is an update for this machine, by the maker's key."""
    try:
        package = update_package.read(Path(arguments.file), key_of(settings), SCHEMA_VERSION)
    except PackageRefused as refused:
        return Said(WRONG, {"good": False, "why": refused.reason}, [f"refused: {refused.reason}"])
    facts = {"good": True, "version": package.version, "wheels": len(package.wheels)}
    return Said(GOOD, facts, [f"good: version {package.version}, {len(package.wheels)} wheels"])


def update_install(settings: Settings, arguments: argparse.Namespace) -> Said:
    """Install an update beside what runs and change over to it; as root."""
    file = Path(arguments.file).absolute()
    if not update_package.NAME.fullmatch(file.name):
        sentence = "an update is called NAME.siaga"
        return Said(USAGE, {"error": sentence}, [sentence])
    return _obeyed(settings, Order(new_id(), "install", file.name), file.parent)


def update_rollback(settings: Settings, arguments: argparse.Namespace) -> Said:
    """Let the program that ran before run again; as root."""
    return _obeyed(settings, Order(new_id(), "rollback"), settings.update.stick)


def update_obey(settings: Settings, arguments: argparse.Namespace) -> Said:
    """What the root helper does: the technician's newest order, or what a power cut left open."""
    order = updating.read_order(settings.data_dir / FOLDER / FILE)
    return _obeyed(settings, order, settings.update.stick)


def _obeyed(settings: Settings, order: Order | None, stick: Path) -> Said:
    try:
        ended = updating.obey(_machine(settings, stick), order)
    except OSError as error:
        return Said(USAGE, {"error": str(error)}, [str(error)])
    if ended is None:
        return Said(GOOD, {"order": None}, ["nothing to do"])
    return _told(ended)


def _told(ended: Progress) -> Said:
    code = GOOD if ended.phase == "done" else MISSING if ended.why == "not-installed" else WRONG
    return Said(code, {"order": asdict(ended)}, [f"{ended.do} {ended.version} {ended.phase} {ended.why}".rstrip()])


def key_of(settings: Settings) -> bytes:
    """The maker's public key; empty where none is named."""
    try:
        return settings.update.key.read_bytes() if settings.update.key is not None else b""
    except OSError:
        return b""


def _machine(settings: Settings, stick: Path) -> Machine:
    def proof(home: Path) -> bool:
        """The new program must start and read this machine's configuration."""
        command = [str(home / "bin" / "siaga"), "update", "list", "--config", settings.source]
        try:
            return not subprocess.run(command, capture_output=True, timeout=PROOF_SECONDS).returncode
        except (OSError, subprocess.TimeoutExpired):
            return False

    def restart() -> bool:
        """Each unit is `notify`: systemd waits until it says that it is ready (systemctl(1))."""
        return not subprocess.run(["systemctl", "restart", *UNITS], capture_output=True).returncode

    def healthy() -> bool:
        return well(settings) and not subprocess.run(["systemctl", "is-active", "--quiet", *UNITS]).returncode

    return Machine(
        root=settings.update.root,
        stick=stick,
        key=key_of(settings),
        books=SCHEMA_VERSION,
        proof=proof,
        restart=restart,
        healthy=healthy,
        now=utc_millis,
    )


def well(settings: Settings, seconds: float = WELL_SECONDS) -> bool:
    """Whether every face answers in that time that it is well."""
    by = Deadline.after(seconds)
    for address in settings.listen.values():
        while not _answers(f"http://{address}/healthz"):
            if by.passed:
                return False
            time.sleep(0.5)
    return True


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False
