"""The kiosk's browser as it is started on a panel: a real window under its real policy, on a screen in memory.

Its pixels are read where the X server keeps them; keys go in by scan code, as from a keyboard; what a page could be
made to do goes in by the browser's debugging pipe, which only tests open.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import mmap
import os
import signal
import struct
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from appliance.kiosk_ui import lockdown

SYSTEMD = Path(__file__).parents[2] / "systemd" / "screen"
WIDTH, HEIGHT = 1280, 800
REST = ("700", "600")
EVDEV_OFFSET = 8
"""An X key code is the kernel's scan code and 8."""
KEYS = {
    "ctrl": 29, "shift": 42, "alt": 56, "super": 125, "menu": 127, "esc": 1, "tab": 15, "enter": 28, "del": 111,
    "print": 99, "home": 102, "plus": 13, "minus": 12, "left": 105, "back": 158, "www": 150, "reload": 173,
    **{letter: code for row, first in (("qwertyuiop", 16), ("asdfghjkl", 30), ("zxcvbnm", 44))
       for code, letter in enumerate(row, first)},
    **{f"f{number}": 58 + number for number in range(1, 11)}, "f11": 87, "f12": 88, "0": 11, "1": 2,
    "kp*": 55, "kp/": 98, "kp+": 78, "kp-": 74, "kp.": 83, "f23": 193, "f24": 194,
}  # fmt: skip
"""Scan codes of linux/input-event-codes.h."""
KEYMAP = [
    "xkbcli",
    "compile-keymap",
    "--include",
    str(SYSTEMD / "xkb"),
    "--include-defaults",
    "--rules",
    "siaga",
    "--layout",
    "siaga",
]
"""By the library that the compositor reads it with (libxkbcommon)."""
SPARE = {
    "chrome://newtab/",
    "chrome://omnibox-popup.top-chrome/omnibox_popup_aim.html",
    "chrome://omnibox-popup.top-chrome/",
}
"""What a windowed Chromium keeps ready and never shows in a kiosk."""
POLICY_IN_PLACE = (
    "mount -t tmpfs none /etc/chromium && mkdir -p /etc/chromium/policies/managed && "
    'cp "$1" /etc/chromium/policies/managed/ && shift && exec "$@"'
)


def policy_file(folder: Path, address: str, looked_into: bool) -> Path:
    """The appliance's policy for this address, as a file; `looked_into` lets a debugger at the page, and no more."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "siaga.json"
    tools = {"DeveloperToolsAvailability": 1} if looked_into else {}
    file.write_text(json.dumps({**lockdown.policy(address), **tools}))
    return file


def under_policy(file: Path, line: list[str]) -> list[str]:
    """The command with this policy where the browser looks for it, and nobody else."""
    return ["unshare", "-m", "bash", "-c", POLICY_IN_PLACE, "bash", str(file), *line]


class Pipe:
    """Chrome DevTools Protocol over `--remote-debugging-pipe`: JSON ended by NUL, to one page."""

    def __init__(self, write: int, read: int) -> None:
        self._write, self._read = write, read
        self._rest = b""
        self._numbers = itertools.count(1)
        self._session = ""

    def call(self, method: str, **parameters: object) -> dict[str, Any]:
        """Ask and wait for the answer; events in between are dropped."""
        number = next(self._numbers)
        asked: dict[str, object] = {"id": number, "method": method, "params": parameters}
        if self._session and not method.startswith("Target."):
            asked["sessionId"] = self._session
        os.write(self._write, json.dumps(asked).encode() + b"\0")
        while True:
            while b"\0" not in self._rest:
                more = os.read(self._read, 1 << 16)
                if not more:
                    raise EOFError("the browser has ended")
                self._rest += more
            one, _, self._rest = self._rest.partition(b"\0")
            said = json.loads(one)
            if said.get("id") == number:
                return said.get("result", said)  # type: ignore[no-any-return]

    def pages(self) -> dict[str, str]:
        """Every page that a person could see, its target by its address; the browser's own spare parts are none."""
        found = self.call("Target.getTargets")["targetInfos"]
        return {one["url"]: one["targetId"] for one in found if one["type"] == "page" and one["url"] not in SPARE}

    def attach(self) -> None:
        """Speak to the first page from here on; PermissionError if the browser lets nobody."""
        said = self.call("Target.attachToTarget", targetId=next(iter(self.pages().values())), flatten=True)
        if "sessionId" not in said:
            raise PermissionError(str(said))
        self._session = said["sessionId"]

    def evaluate(self, script: str) -> Any:
        """The value of a script in the page, run as if somebody had touched it."""
        said = self.call(
            "Runtime.evaluate", expression=script, userGesture=True, returnByValue=True, awaitPromise=True
        )
        return said.get("result", {}).get("value")


@dataclass
class KioskScreen:
    """A panel with the kiosk's browser on it."""

    address: str
    display: str
    pipe: Pipe
    browser: subprocess.Popen[bytes]
    pixels: Callable[[], bytes]

    def press(self, *keys: str) -> None:
        """Press a chord on a keyboard, and let it go."""
        codes = [str(KEYS[key] + EVDEV_OFFSET) for key in keys]
        line = [word for code in codes for word in ("keydown", code)]
        line += [word for code in reversed(codes) for word in ("keyup", code)]
        self._xdotool(*line)

    def touch(self, x: int, y: int, button: str = "1", held: float = 0) -> None:
        """Touch the panel there as a pointer does; `held` seconds."""
        self._xdotool("mousemove", str(x), str(y), "mousedown", button, "sleep", str(held), "mouseup", button)

    def rest(self) -> None:
        """Put the pointer, which is part of what is seen, where nothing is."""
        self._xdotool("mousemove", *REST)

    def drag(self, start: tuple[int, int], end: tuple[int, int]) -> None:
        """Press at `start`, move to `end`, let go."""
        at, to = [list(map(str, place)) for place in (start, end)]
        self._xdotool("mousemove", *at, "mousedown", "1", "mousemove", *to, "mouseup", "1", "mousemove", *REST)

    def many_touches(self, x: int, y: int, times: int) -> None:
        """Touch there again and again, as fast as it goes."""
        self._xdotool("mousemove", str(x), str(y), "click", "--repeat", str(times), "--delay", "1", "1")

    def windows(self) -> list[str]:
        """The titles of everything that is on the screen."""
        line = ["xdotool", "search", "--onlyvisible", "--name", ".+", "getwindowname", "%@"]
        done = subprocess.run(line, capture_output=True, text=True, env=self._environment)
        return done.stdout.split("\n")[:-1]

    def _xdotool(self, *words: str) -> None:
        subprocess.run(["xdotool", *words], check=True, env=self._environment, capture_output=True)

    @property
    def _environment(self) -> dict[str, str]:
        return {**os.environ, "DISPLAY": self.display}


def until(what: Callable[[], object], seconds: float = 10) -> bool:
    """Whether it comes true in time; asked twenty times a second."""
    end, pause = time.monotonic() + seconds, threading.Event()
    while not what():
        if time.monotonic() > end:
            return False
        pause.wait(0.05)
    return True


@contextlib.contextmanager
def x_server(folder: Path, keymap: bool) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """A screen in memory, with the kiosk's keys or an ordinary keyboard's; its name and its pixels (BGRX rows)."""
    said, told = os.pipe()
    words = [
        "-displayfd",
        str(told),
        "-screen",
        "0",
        f"{WIDTH}x{HEIGHT}x24",
        "-fbdir",
        str(folder),
        "-nolisten",
        "tcp",
        "-noreset",
    ]
    server = subprocess.Popen(["Xvfb", *words], pass_fds=[told], stderr=subprocess.DEVNULL)
    os.close(told)
    with os.fdopen(said) as ready:
        display = f":{ready.readline().strip()}"
    try:
        if keymap:
            compiled = subprocess.run(KEYMAP, check=True, capture_output=True).stdout
            # the master keyboard, and the one that injected keys come from, which hands its own map to the master
            for device in ("3", "5"):
                line = ["xkbcomp", "-w", "0", "-i", device, "-", display]
                subprocess.run(line, input=compiled, check=True, capture_output=True)
        with (folder / "Xvfb_screen0").open("rb") as file:
            seen = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        # XWDFileHeader: header size, …, twelfth word bytes a row, nineteenth the colours that come before the pixels
        words_of = struct.unpack(">25I", seen[:100])
        start = words_of[0] + 12 * words_of[19]
        yield display, lambda: seen[start : start + words_of[12] * HEIGHT]
        seen.close()
    finally:
        server.terminate()
        server.wait(10)


@contextlib.contextmanager
def kiosk_screen(folder: Path, address: str, keymap: bool = True, looked_into: bool = True) -> Iterator[KioskScreen]:
    """The browser on a panel, its first page shown."""
    folder.mkdir(parents=True, exist_ok=True)
    file = policy_file(folder / "policy", address, looked_into)
    with x_server(folder, keymap) as (display, pixels):
        to_browser, from_us = os.pipe()
        from_browser, to_us = os.pipe()
        line = lockdown.browser_line(address, 1.0, str(folder / "profile"))
        # where a compositor would make it as large as the panel
        more = ["--window-position=0,0", f"--window-size={WIDTH},{HEIGHT}"]
        more += ["--remote-debugging-pipe", "--remote-debugging-io-pipes=3,4", "--disable-gpu", "--no-sandbox"]
        browser = subprocess.Popen(
            [
                "bash",
                "-c",
                f'exec 3<&{to_browser} 4>&{to_us}; exec "$@"',
                "bash",
                *under_policy(file, [*line, *more]),
            ],
            pass_fds=[to_browser, to_us],
            env={**os.environ, "DISPLAY": display, "HOME": str(folder)},
            stderr=subprocess.DEVNULL,
            process_group=0,
        )
        os.close(to_browser)
        os.close(to_us)
        pipe = Pipe(from_us, from_browser)
        try:
            assert until(lambda: f"{address}/" in pipe.pages(), 20)
            if looked_into:
                pipe.attach()
                assert until(lambda: pipe.evaluate("document.readyState + location.href") == f"complete{address}/")
            screen = KioskScreen(address, display, pipe, browser, pixels)
            assert until(screen.windows)
            screen.rest()
            if looked_into:
                # the window has the keyboard a little after it is seen
                pipe.evaluate("addEventListener('keydown', () => { window.first = 1 }, { once: true })")
                assert until(lambda: screen.press("q") or pipe.evaluate("window.first"))
            yield screen
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(browser.pid, signal.SIGKILL)
            browser.wait(10)
            os.close(from_us)
            os.close(from_browser)
