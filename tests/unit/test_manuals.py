"""The manuals that are made from the code stand in the repository as the code makes them now."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_made_manuals_are_up_to_date() -> None:
    command = [sys.executable, str(ROOT / ".ci" / "manuals.py"), "--check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
