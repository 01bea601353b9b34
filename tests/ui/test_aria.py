"""What a screen reader is told of each kind of resident screen, compared with the files in `aria/`."""

from __future__ import annotations

import os
import re
from pathlib import Path

from faces import Site, Watched
from playwright.sync_api import Page
from test_comfort import walk

GOLDEN = Path(__file__).parent / "aria"
RENEW = "RENEW_ARIA" in os.environ
ENGLISH = {"attract": "/sambutan", "home": "/", "consent": "/lapor/setuju", "code": "/status/kode"}
CHANGING = {
    r"\bSG-[A-Z0-9]{4}-[A-Z0-9]{2,}\b": "(code)",
    r"\b\d{1,2} [A-Z][a-z]+ 20\d\d\b|\b20\d\d-\d\d-\d\d\b": "(date)",
    r"\b\d\d\.\d\d\b": "(time)",
    r"\b\d\d \d\d\b": "(number)",
    r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b": "(id)",
    r"\b[0-9a-f]{64}\b": "(digest)",
    r"(\[\d+), \d+, \d+, ": r"\1, (ms), (ms), ",
    r"· [0-9a-f]{6}\b|· [0-9a-f]{8}\b": "· (id)",
}
"""What differs from one run to the next, and what stands for it."""


def told(page: Page) -> str:
    page.locator("main").wait_for()
    text = page.locator("body").aria_snapshot()
    for pattern, word in CHANGING.items():
        text = re.sub(pattern, word, text)
    return text + "\n"


def compare(found: dict[str, str], language: str) -> None:
    """Every screen as its file says, and no file without its screen."""
    if RENEW:
        GOLDEN.mkdir(exist_ok=True)
        for old in GOLDEN.glob(f"{language}-*.yml"):
            old.unlink()
        for name, text in found.items():
            (GOLDEN / f"{language}-{name}.yml").write_text(text, encoding="utf-8")
    golden = {path.stem: path.read_text("utf-8") for path in GOLDEN.glob(f"{language}-*.yml")}
    assert {f"{language}-{name}": text for name, text in found.items()} == golden


def test_every_kind_of_screen_is_told_as_its_file_says(site: Site, watched: Watched) -> None:
    found: dict[str, str] = {}

    def look(page: Page) -> None:
        path = page.url.removeprefix(site.address).strip("/").replace("/", "-") or "home"
        found[f"{len(found) + 1:02}-{path}"] = told(page)

    walk(watched.page, site, look)
    compare(found, "id")


def test_three_screens_in_english_are_told_as_their_files_say(site: Site, watched: Watched) -> None:
    page = watched.page
    page.goto(site.address)
    with page.expect_navigation(wait_until="load"):
        page.get_by_role("button", name="English").click()
    found: dict[str, str] = {}
    for name, address in ENGLISH.items():
        page.goto(f"{site.address}{address}")
        found[name] = told(page)
    compare(found, "en")
