"""The demo as a child process, and what it left behind."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "hw_sim" / "cases"


@dataclass(frozen=True)
class Played:
    """One run of the demo: its case file, exit code, output, and the directory with its results."""

    case: dict[str, Any]
    code: int
    output: str
    out: Path

    def json(self, name: str) -> Any:
        return json.loads((self.out / name).read_text(encoding="utf-8"))

    def audit(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.out / "audit.jsonl").read_text(encoding="utf-8").splitlines()]

    def facts(self, event: str) -> list[dict[str, Any]]:
        """The facts of every audit entry of this event."""
        return [json.loads(entry["facts"]) for entry in self.audit() if entry["event"] == event]

    def chips(self) -> list[dict[str, Any]]:
        """The cards as read back, in the order of the residents."""
        names = sorted(self.out.glob("chip*.json"), key=lambda path: int(path.stem.partition("-")[2] or 0))
        return [self.json(path.name) for path in names]


def play(case: Path, out: Path, *options: str) -> Played:
    """Play a case with devices that take no time; everything that it starts ends with it."""
    command = [sys.executable, "-m", "hw_sim", "demo", "--once", "--fast", "--case", str(case), "--out", str(out)]
    done = subprocess.run(
        [*command, *options], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=1500
    )
    try:
        content = json.loads(case.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        content = {}
    return Played(content, done.returncode, done.stdout, out)


def tool(*command: str | Path) -> str:
    """What a program says; it must end well."""
    done = subprocess.run([str(word) for word in command], capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    return done.stdout.decode(errors="replace")


def chain_break(entries: list[dict[str, Any]]) -> int | None:
    """The first entry that does not continue the chain, by the rule of the audit log; None if all do."""
    before = "0" * 64
    for number, entry in enumerate(entries, 1):
        told = {key: value for key, value in entry.items() if key not in {"hash", "previous"}}
        written = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        digest = hashlib.sha256((before + written).encode()).hexdigest()
        if (entry["sequence"], entry["previous"], entry["hash"]) != (number, before, digest):
            return number
        before = digest
    return None
