"""What a process of the appliance loads at its start, on a board of 1 GB: no library that few of its acts need."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {"numpy", "cv2", "pyhanko", "typst", "smartcard", "cups", "usb", "requests"}


@pytest.mark.parametrize("name", ["web", "deviced", "syncd"])
def test_a_process_starts_without_what_few_acts_need(name: str) -> None:
    told = f"import sys, appliance.app.{name}; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    loaded = set(ran.stdout.split())
    assert "sqlalchemy" in loaded and not loaded & HEAVY
