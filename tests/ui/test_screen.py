"""The process that shows the kiosk's page: a page of ours, or a fresh start.

The compositor refuses to run for root, as whom these tests may run: a screen in memory stands in for it.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from faces import Site, served
from front_office import open_office
from kiosk_screen import policy_file, under_policy, until, x_server

SILENT = "6"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with served(open_office(tmp_path / "office"), "resident") as found:
        yield found


@contextmanager
def shown(folder: Path, address: str, first: str = "") -> Iterator[subprocess.Popen[bytes]]:
    """The process as its unit runs it, without a panel; `first` is a page that the browser is led to instead."""
    for name in ("run", "bin", "home"):
        (folder / name).mkdir(parents=True, mode=0o700)
    # These tests may run as root, for whom Chromium's own sandbox cannot work.
    browser = folder / "bin" / "chromium"
    led = f'set -- $(echo "$@" | sed "s#{address}/$#{first}#")' if first else ""
    browser.write_text(f'#!/bin/sh\n{led}\nexec /usr/bin/chromium --no-sandbox --disable-gpu "$@"\n')
    compositor = folder / "bin" / "cage"
    compositor.write_text('#!/bin/sh\nshift 2\nexec "$@"\n')
    for program in (browser, compositor):
        program.chmod(0o755)
    line = under_policy(
        policy_file(folder / "policy", address, looked_into=False),
        [sys.executable, "-m", "appliance.app.screen", "--silent", SILENT],
    )
    environment = {
        **os.environ,
        "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
        "HOME": str(folder / "home"),
        "RUNTIME_DIRECTORY": str(folder / "run"),
        "SIAGA_PANEL_SCALE": "1.2500",
    }
    with x_server(folder, keymap=False) as (display, _):
        process = subprocess.Popen(line, env={**environment, "DISPLAY": display}, stderr=subprocess.DEVNULL)
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(20)


def said(site: Site) -> dict[str, float | None]:
    with urllib.request.urlopen(f"{site.address}/healthz", timeout=5) as answer:
        found: dict[str, float | None] = json.load(answer)
        return found


def alive(site: Site) -> bool:
    """Whether a page has said so, and had a second to load whatever else it has."""
    silent = said(site)["screen_silent"]
    return silent is not None and silent >= 1


def browsers(folder: Path, kind: str = "") -> list[int]:
    """The processes of the browser whose profile lies in this folder; `kind` like `renderer`."""
    found = []
    for line in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = line.read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue
        ours = any(word.startswith(f"--user-data-dir={folder}") for word in words)
        if ours and "crashpad" not in words[0] and any(word == f"--type={kind}" for word in words) == bool(kind):
            found.append(int(line.parent.name))
    return found


def test_the_page_is_shown_by_the_compositor_and_nothing_of_it_stays(tmp_path: Path, site: Site) -> None:
    with shown(tmp_path / "screen", site.address) as process:
        assert until(lambda: alive(site), 30)
        line = Path(f"/proc/{browsers(tmp_path / 'screen')[0]}/cmdline").read_text().split("\0")
        assert "--force-device-scale-factor=1.2500" in line
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    assert until(lambda: not browsers(tmp_path / "screen"))
    assert [one.name for one in (tmp_path / "screen" / "run").glob("browser-*")] == []


@pytest.mark.parametrize(
    "kind, number",
    [("", signal.SIGKILL), ("renderer", signal.SIGKILL), ("renderer", signal.SIGSTOP)],
    ids=["browser killed", "tab crashed", "tab frozen"],
)
def test_a_page_that_is_gone_ends_the_process(tmp_path: Path, site: Site, kind: str, number: int) -> None:
    with shown(tmp_path / "screen", site.address) as process:
        assert until(lambda: alive(site), 30)
        for one in browsers(tmp_path / "screen", kind):
            os.kill(one, number)
        assert process.wait(30) == 1
    assert until(lambda: not browsers(tmp_path / "screen"))


@pytest.mark.parametrize("away", ["mailto:a@b.invalid", "http://127.0.0.1:9/", "chrome://version"])
def test_a_page_that_is_not_ours_ends_the_process(tmp_path: Path, site: Site, away: str) -> None:
    with shown(tmp_path / "screen", site.address, first=away) as process:
        assert process.wait(40) == 1


def test_it_waits_for_the_appliance_and_does_not_blame_the_browser_for_it(tmp_path: Path) -> None:
    with served(open_office(tmp_path / "office"), "resident") as site:
        address = site.address
    with shown(tmp_path / "screen", address) as process:
        assert not until(lambda: process.poll() is not None or browsers(tmp_path / "screen"), 3)


def test_without_a_policy_it_says_so(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-m", "appliance.app.screen"], capture_output=True, text=True, timeout=20)
    assert done.returncode == 2
    assert "siaga screen policy" in done.stderr
