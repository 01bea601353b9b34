"""Gathers the support bundle of this machine."""

from __future__ import annotations

import json
import platform
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from importlib import metadata

from appliance.app.places import board_path, history_path
from appliance.config import Settings
from appliance.diagnostics import board, history, log
from appliance.diagnostics.bundle import LOG_LINES, log_text, packed, public_uri
from appliance.diagnostics.log import LogLine
from appliance.queue.trouble import all_troubles
from appliance.records import audit, panel, stock, trials
from appliance.records.store import Store
from appliance.records.trials import Trial

FAULTS_TOLD = 500
JOURNAL = ("journalctl", "--unit", "siaga-*", "--no-pager", "--output", "short-iso", "--lines", str(LOG_LINES))
NEWEST = ("journalctl", "--unit", "siaga-*", "--no-pager", "--output", "json", "--lines", "500")
JOURNAL_SECONDS = 10.0


def bundle(settings: Settings, store: Store) -> bytes:
    """The bundle, a ZIP of texts: versions, settings without secrets, devices, faults, stopped work, sums, logs."""
    return packed(dict(_files(settings, store)))


def _files(settings: Settings, store: Store) -> Iterator[tuple[str, str]]:
    yield "machine.json", _told(_machine())
    yield "settings.json", _told(_settings(settings))
    yield "devices.json", _told([_device(one) for one in board.read(board_path(settings))])
    with store.read() as tx:
        entries = audit.newest(tx, "job-fault", FAULTS_TOLD)
        stopped = [
            {"kind": one.job.kind, "lane": one.job.lane, "why": str(one.why), "fault": one.fault, "since": one.since}
            for one in all_troubles(tx)
        ]
        counts: Counter[str] = Counter()
        for state, _, _, number in stock.by_state_and_place(tx):
            counts[str(state)] += number
        tried = [trials.get(tx, device) for device in settings.devices]
        screen = panel.get(tx)
        books = {"now": tx.now, "audit_entries": audit.head(tx), "blanks": counts, "first_use": stock.first_use(tx)}
    yield "faults.json", _told([_fault(entry) for entry in entries])
    yield "stopped.json", _told(stopped)
    yield "books.json", _told(books)
    yield "trials.json", _told([_trial(one) for one in tried if one is not None])
    yield "screen.json", _told(asdict(screen))
    yield "history.json", _told({name: asdict(past) for name, past in history.read(history_path(settings)).items()})
    yield "log.txt", _journal()


def _fault(entry: Mapping[str, object]) -> dict[str, object]:
    facts = json.loads(str(entry["facts"]))
    return {"at": entry["at"], "kind": facts.get("kind"), "fault": facts.get("fault")}


def _trial(one: Trial) -> dict[str, object]:
    """What came of it, without who did it and without what was taken."""
    return {
        "device": one.device, "state": one.state, "at": one.at, "ended": one.ended, "facts": dict(one.facts),
        "fault": one.fault, "answer": one.answer,
    }  # fmt: skip


def _told(value: object) -> str:
    return json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _machine() -> dict[str, object]:
    packages = {one.metadata["Name"]: one.version for one in metadata.distributions()}
    return {"system": platform.platform(), "python": sys.version, "machine": platform.machine(), "packages": packages}


def _settings(settings: Settings) -> dict[str, object]:
    urls = settings.central
    return {
        "devices": {name: public_uri(uri) for name, uri in settings.devices.items()},
        "listen": dict(settings.listen),
        "central": {name: bool(getattr(urls, name)) for name in ("siak", "centre", "esign")},
        "sop_profile": settings.sop_profile,
        "specimen": settings.specimen,
        "region": settings.office.region,
        "backup_minutes": settings.backup.minutes,
    }


def _device(one: board.DeviceReading) -> dict[str, object]:
    return {
        "name": one.name, "level": one.level, "reasons": one.reasons, "model": one.model, "since": one.since,
        "asked": one.asked, "detail": dict(one.detail),
    }  # fmt: skip


def _journal() -> str:
    lines = _asked(JOURNAL)
    return log_text(lines) if lines is not None else "the journal could not be read\n"


def log_lines() -> tuple[LogLine, ...] | None:
    """The newest lines of our units, redacted, the newest first; None where the journal cannot be read."""
    lines = _asked(NEWEST)
    return None if lines is None else log.read(lines)


def _asked(command: Sequence[str]) -> list[str] | None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=JOURNAL_SECONDS, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.splitlines()
