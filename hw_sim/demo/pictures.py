"""Pictures of the faces, taken over the people's shoulders while a real run goes on."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image
from playwright.sync_api import sync_playwright

from hw_sim.demo.browser import Browser

if TYPE_CHECKING:
    from playwright.sync_api import Browser as Chromium

CHROMIUM = "/usr/bin/chromium"
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-effective-connection-type=4G",
)
SCREEN = (1280, 800)
TALLEST = 1200
"""Pixels of a page that goes on below the screen; the rest is cut off."""
COLOURS = (128, 64, 32)
LARGEST = 140_000
"""Bytes; a picture that is larger is drawn in fewer colours."""
HERE = ""
BELOW = "."
"""The page just open, before what lies below it."""

MOMENTS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "resident home": (
        ("kiosk-home", HERE),
        ("kiosk-large", "/"),
        ("kiosk-largest", "/"),
        ("kiosk-light-on-dark", "/"),
        ("kiosk-sound", "/"),
    ),
    "perekam capture_photo": (("officer-portrait", f"{BELOW}/potret/0"),),
    "perekam finish_recording": (("officer-recording", HERE),),
    "kasi confirm_face": (("officer-face", HERE),),
    "operator look_card": (("officer-card", HERE),),
    "petugas archive done": (("officer-archived", HERE),),
    "teknisi readiness": (("technician-readiness", HERE),),
}
"""Which pictures belong to a moment of the run: name, and the page where it is not the one just open.

Only what a whole run shows and no test: every page by itself has its picture from the tests.
"""

PRESSED: Mapping[str, tuple[str, ...]] = {
    "kiosk-large": ("Huruf besar",),
    "kiosk-largest": ("Huruf besar", "Huruf besar"),
    "kiosk-light-on-dark": ("Warna layar", "Warna layar"),
    "kiosk-sound": ("Bacakan layar",),
}
"""What another visitor, who has only just come, presses before the picture is taken."""

UNTIL: Mapping[str, str] = {
    "officer-portrait": "() => document.querySelector('[data-viewfinder].good img') !== null",
}
"""What must have come to the page, as a script, before its picture is taken."""


def small(seen: Image.Image) -> bytes:
    """A PNG of the picture in as many colours as keep it below `LARGEST`, at least the fewest."""
    drawn = b""
    for colours in COLOURS:
        out = io.BytesIO()
        seen.quantize(colours, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
        drawn = out.getvalue()
        if len(drawn) <= LARGEST:
            break
    return drawn


@dataclass(slots=True)
class Photographer:
    """Takes each picture of `MOMENTS` once, as a PNG in `directory`, with the session of the person who looks."""

    chromium: Chromium
    directory: Path
    taken: list[str] = field(default_factory=list)

    def look(self, moment: str, browser: Browser) -> None:
        """The pictures of this moment, if there are any that are not taken yet."""
        for name, path in MOMENTS.get(moment, ()):
            if name not in self.taken:
                here = path.startswith(BELOW) or not path
                self._take(name, browser, browser.path + path.removeprefix(BELOW) if here else path)
                self.taken.append(name)

    def _take(self, name: str, browser: Browser, path: str) -> None:
        context = self.chromium.new_context(
            viewport={"width": SCREEN[0], "height": SCREEN[1]}, locale="id-ID", timezone_id="Asia/Jakarta"
        )
        try:
            if name not in PRESSED:
                cookies = browser.cookies.items()
                context.add_cookies([{"name": n, "value": v, "url": browser.base} for n, v in cookies])
            page = context.new_page()
            answer = page.goto(browser.base + path, wait_until="load")
            if answer is None or not answer.ok:
                raise RuntimeError(f"no page for the picture {name}: {path.rpartition('/')[2]}")
            for button in PRESSED.get(name, ()):
                with page.expect_navigation(wait_until="load"):
                    page.get_by_role("button", name=button).click()
            page.wait_for_function(UNTIL.get(name, "() => true"))
            page.wait_for_function("() => document.fonts.status === 'loaded'")
            shot = page.screenshot(full_page=True, animations="disabled")
        finally:
            context.close()
        with Image.open(io.BytesIO(shot)) as picture:
            seen = picture.convert("RGB").crop((0, 0, picture.width, min(picture.height, TALLEST)))
            (self.directory / f"{name}.png").write_bytes(small(seen))


@contextmanager
def photographer(directory: Path) -> Iterator[Photographer]:
    """A photographer with a Chromium of his own, for as long as the block lasts."""
    directory.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        try:
            yield Photographer(chromium, directory)
        finally:
            chromium.close()
