"""Every screen of the resident's face as it looked when it was last looked at, in both languages."""

from __future__ import annotations

import re

import pytest
from faces import Site, Watched
from looks import FOLDER, compare, strange_blocks
from PIL import Image, ImageDraw
from resident_screens import every_screen


@pytest.mark.parametrize("language", ["id", "en"])
def test_every_screen_looks_as_its_picture(site: Site, watched: Watched, language: str) -> None:
    page = watched.page
    page.goto(site.address)
    with page.expect_navigation(wait_until="load"):
        page.locator(f".languages [value={language}]").click()
    seen = []
    for screen in every_screen(page, site):
        seen.append(re.sub("[^a-z]+", "-", screen))
        compare(page, f"resident/{language}/{seen[-1]}")
    assert {one.stem for one in (FOLDER / "resident" / language).glob("*.png")} == set(seen)


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
