"""One who hears the kiosk and touches its keypad, and knows nothing of it but what is spoken."""

from __future__ import annotations

import shutil
import stat
from pathlib import Path

from playwright.sync_api import Page

from appliance.kiosk_ui.voice import Voice

PROGRAM = """#!/bin/sh
text=$(cat)
printf '%s\\n\\001' "$text" >>"{log}"
printf '%s' "$text" | "{espeak}" "$@"
"""
"""A synthesiser that writes down what it is given to say, and has the real one say it."""


def overheard(folder: Path) -> tuple[Voice, Path]:
    """A voice of which every text that is synthesised is added to the file."""
    folder.mkdir(parents=True, exist_ok=True)
    log, program = folder / "said", folder / "espeak-ng"
    log.touch()
    espeak = shutil.which("espeak-ng")
    assert espeak
    program.write_text(PROGRAM.format(log=log, espeak=espeak))
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return Voice(None, str(program)), log


class Listener:
    """Presses keys and hears; each press is answered by one clip, whose text is handed back."""

    def __init__(self, page: Page, log: Path) -> None:
        self.page, self._log = page, log

    def heard(self) -> list[str]:
        """Everything so far, a clip each."""
        return [" ".join(clip.split()) for clip in self._log.read_text("utf-8").split("\x01")[:-1]]

    def _press(self, key: str, clip: str) -> str:
        before = len(self.heard())
        with self.page.expect_response(lambda answer: clip in answer.url and answer.request.method == "GET") as found:
            self.page.keyboard.press(key)
        assert found.value.status in {200, 206}
        assert len(self.heard()) > before
        return self.heard()[-1]

    def key(self, key: str) -> str:
        """A key that stays on the page; what it answers."""
        return self._press(key, "/suara")

    def on(self, key: str) -> str:
        """A key that leads to another page; what that page says."""
        with self.page.expect_navigation(wait_until="load"):
            return self._press(key, "/suara")

    def find(self, words: str) -> str:
        """Down until this is heard."""
        for _ in range(40):
            said = self.key("ArrowDown")
            if words in said:
                return said
        raise AssertionError(f"{words!r} was never heard: {self.heard()[-12:]}")

    def type(self, letters: str, digits_first: bool = False) -> str:
        """By the letters on the keypad's digits, as on an old telephone; what was echoed."""
        taps = [" 0", "-/.1", "ABC2", "DEF3", "GHI4", "JKL5", "MNO6", "PQRS7", "TUV8", "WXYZ9"]
        echoed = ""
        before = ""
        for letter in letters:
            (key,) = [number for number, signs in enumerate(taps) if letter in signs]
            signs = taps[key][-1] + taps[key][:-1] if digits_first else taps[key]
            if before == str(key):
                self.key("ArrowRight")
            for _ in range(signs.index(letter) + 1):
                said = self.key(str(key))
            echoed += said.rstrip(".")
            before = str(key)
        assert "diterima" in self.key("ArrowRight")
        return echoed
