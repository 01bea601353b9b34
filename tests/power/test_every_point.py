"""The power cut at named points of a case, each sort of moment at least once; `make every-cut` makes all of them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NOTHING = ("lost", "doubled", "unknown_unasked", "mixed_chips", "ledger_differences", "audit_breaks")


@pytest.mark.timeout(400)
def test_a_case_cut_in_each_of_its_steps_ends_with_everything_once(tmp_path: Path) -> None:
    report = tmp_path / "power.json"
    words = ("power", "--cases", "1", "--abreast", "1", "--blanks", "2", "--report", str(report))
    run = subprocess.run(
        [sys.executable, "-m", "hw_sim", *words], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert report.exists(), run.stderr
    told = json.loads(report.read_text())
    assert {name: told[name] for name in NOTHING} == dict.fromkeys(NOTHING, 0), told["notes"]
    assert told["blanks"]["ledger"] == told["blanks"]["world"] and sum(told["blanks"]["world"].values()) == 20
    kinds = {point.split()[0] for point in told["points"]}
    assert {"apdu", "apdu-done", "commit", "siak", "centre", "esign", "capture"} <= kinds
    assert kinds & {"print-job", "printing", "printed"}
    assert told["cuts"] >= 15 and told["all_points"] > 500
