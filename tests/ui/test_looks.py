"""Every screen of the resident's face as it looked when it was last looked at, in both languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from faces import Site, Watched, served
from front_office import open_office
from looks import FOLDER, compare, strange_blocks
from PIL import Image, ImageDraw
from playwright.sync_api import Browser
from resident_screens import every_screen
from screens import accessible, fits, viewport


@pytest.mark.parametrize("language", ["id", "en"])
def test_every_screen_looks_as_its_picture(site: Site, watched: Watched, language: str) -> None:
    page = watched.page
    page.goto(site.address)
    with page.expect_navigation(wait_until="load"):
        page.locator(f".languages [value={language}]").click()
    seen = []
    for screen in every_screen(page, site):
        seen.append(re.sub("[^a-z]+", "-", screen))
        accessible(page)
        compare(page, f"resident/{language}/{seen[-1]}")
    assert {one.stem for one in (FOLDER / "resident" / language).glob("*.png")} == set(seen)


@pytest.mark.parametrize("panel", ["15.6in", "10.1in"])
def test_every_screen_fits_in_a_language_that_an_office_adds(tmp_path: Path, chromium: Browser, panel: str) -> None:
    width, height = viewport(panel)
    page = chromium.new_context(viewport={"width": width, "height": height}).new_page()
    page.set_default_timeout(10_000)
    with served(open_office(tmp_path, languages=("id", "en", "jv"))) as site:
        page.goto(site.address)
        with page.expect_navigation(wait_until="load"):
            page.locator(".languages [value=jv]").click()
        for screen in every_screen(page, site):
            assert page.locator("html").get_attribute("lang") == "jv", screen
            fits(page)
    page.context.close()


def test_what_a_person_would_see_is_seen() -> None:
    """A line of text that is gone, a button moved by half its height, another colour: and not a letter's edge."""
    plain = Image.new("RGB", (320, 160), "white")
    ImageDraw.Draw(plain).rectangle((40, 40, 200, 100), "#0b3d6e")
    moved, recoloured, edged = Image.new("RGB", plain.size, "white"), plain.copy(), plain.copy()
    moved.paste(plain, (0, 30))
    ImageDraw.Draw(recoloured).rectangle((40, 40, 200, 100), "#0b6e3d")
    ImageDraw.Draw(edged).line((39, 40, 39, 100), "#a0b0c0")
    assert strange_blocks(plain, moved) > 20 and strange_blocks(plain, recoloured) > 20
    assert strange_blocks(plain, edged) == 0
