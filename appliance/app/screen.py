"""screen: the kiosk's browser on its panel, watched. `python -m appliance.app.screen [--silent SECONDS]`

It reads no configuration and no case: the address is the one that the browser's policy opens (`siaga screen policy`
writes it). It ends with the browser, or ends the browser when no page of ours has been alive for too long, and the
service manager starts it afresh. Exit codes: 1 the page was silent or the browser ended; 2 no policy, no browser;
0 told to end, or a browser of a day's age was put away while nobody was there.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from appliance.app.process import notify, stop_event
from appliance.kiosk_ui import lockdown

POLICY = Path("/etc/chromium/policies/managed/siaga.json")
COMPOSITOR = ("cage", "-d", "--")
LOOK_SECONDS = 2.0
SILENT_SECONDS = 30.0
"""A page beats every ten seconds; a frozen or crashed tab, a blocked or foreign page do not."""
DAY_SECONDS = 20 * 3600.0
"""A browser that has run this long gives back its memory at the next moment when nobody has a visit open."""


@dataclass(frozen=True, slots=True)
class Look:
    """What the appliance says of its page: seconds since the last beat (None: not yet), visits that are open."""

    silent: float | None
    visits: int


def verdict(look: Look | None, shown_for: float, longest: float = SILENT_SECONDS) -> str:
    """`good`, `silent` or `old` of a browser shown for so many seconds; `look` is None while the appliance is away.

    An appliance that is away is no fault of the browser: the page says so itself, and goes on with it.
    """
    if look is None:
        return "good"
    since = shown_for if look.silent is None else min(look.silent, shown_for)
    if since > longest:
        return "silent"
    return "old" if shown_for > DAY_SECONDS and look.visits == 0 else "good"


def look_at(address: str) -> Look | None:
    """Ask the appliance; None if it does not answer."""
    where = urlsplit(address)
    line = http.client.HTTPConnection(where.hostname or "", where.port, timeout=2)
    try:
        line.request("GET", "/healthz")
        said = json.loads(line.getresponse().read())
        return Look(said.get("screen_silent"), int(said.get("visits", 0)))
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        line.close()


def main() -> int:
    """Show the kiosk's page until told to end, until the browser ends, or until no page is alive."""
    words = argparse.ArgumentParser("screen", description="the kiosk's browser on its panel")
    words.add_argument("--silent", type=float, default=SILENT_SECONDS, help="seconds without a page of ours")
    longest = words.parse_args().silent
    stop = stop_event()
    try:
        address = lockdown.address_of(json.loads(POLICY.read_text()))
    except (OSError, ValueError) as wrong:
        print(f"screen: {POLICY}: {wrong}; write it with `siaga screen policy`", file=sys.stderr)
        return 2
    while look_at(address) is None:
        notify("READY=1")
        notify("WATCHDOG=1")
        if stop.wait(LOOK_SECONDS):
            return 0
    # Nothing of a visit stays on a disk: the folder that the service manager gives lies in memory.
    profile = tempfile.mkdtemp(prefix="browser-", dir=os.environ.get("RUNTIME_DIRECTORY"))
    scale = float(os.environ.get("SIAGA_PANEL_SCALE", "1"))
    try:
        shown = subprocess.Popen([*COMPOSITOR, *lockdown.browser_line(address, scale, profile)], process_group=0)
    except FileNotFoundError as missing:
        print(f"screen: {missing.filename} is missing: install cage, xwayland and chromium", file=sys.stderr)
        return 2
    try:
        return _watch(shown, address, longest, stop)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(shown.pid, signal.SIGKILL)
        shown.wait()
        shutil.rmtree(profile, ignore_errors=True)


def _watch(shown: subprocess.Popen[bytes], address: str, longest: float, stop: threading.Event) -> int:
    began = time.monotonic()
    notify("READY=1")
    while not stop.wait(LOOK_SECONDS):
        if shown.poll() is not None:
            print(f"screen: the browser ended ({shown.returncode})", file=sys.stderr)
            return 1
        match verdict(look_at(address), time.monotonic() - began, longest):
            case "silent":
                print("screen: no page of ours is alive; the browser is ended", file=sys.stderr)
                return 1
            case "old":
                return 0
        notify("WATCHDOG=1")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
