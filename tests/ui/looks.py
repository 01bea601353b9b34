"""Pictures of screens that are kept, and how far another one may be from its own."""

from __future__ import annotations

import io
import os
from pathlib import Path

from PIL import Image, ImageChops
from playwright.sync_api import Page

FOLDER = Path(__file__).parents[2] / "docs" / "screens"
RENEW = "RENEW_LOOKS" in os.environ
BLOCK = 8
"""Pixels of a side over which is averaged: the edges of letters, another in each Chromium, vanish."""
LEVELS, BLOCKS = 28, 20
"""So many blocks of a screen may differ by more than so many of 256 levels."""
COLOURS = 64

STEADY = """(always) => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let one; (one = walker.nextNode());)
    for (const [pattern, words] of always) one.data = one.data.replace(new RegExp(pattern, 'g'), words);
  document.activeElement?.blur();
  return [...document.querySelectorAll('.qr')].map((one) => one.getBoundingClientRect().toJSON());
}"""
ALWAYS = (
    (r"\bSG-[A-Z0-9]{4}-[A-Z0-9]{2,}\b", "SG-M4D6-M8"),
    (r"\b\d{1,2} [A-Z][a-z]+ 20\d\d\b", "24 November 2026"),
    (r"\b[0-2]\d[.:][0-5]\d\b(?!\.\d)", "14.05"),
    (r"\b\d\d \d\d\b", "47 12"),
    (r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "00000000-0000-7000-8000-000000000000"),
    (r"\b[0-9a-f]{64}\b", "0" * 64),
    (r"· [0-9a-f]{6}\b", "· 0a1b2c"),
    (r"\b(?=[0-9a-f]*[0-9])[0-9a-f]{8}\b", "0a1b2c3d"),
)
"""What is another each time, and what stands for it in a picture."""


def compare(page: Page, name: str) -> None:
    """Hold a screen against `docs/screens/NAME.png`, or make that with `RENEW_LOOKS=1`."""
    page.evaluate("() => document.fonts.ready")
    different = page.evaluate(STEADY, ALWAYS)
    shot = Image.open(io.BytesIO(page.screenshot(animations="disabled", caret="hide"))).convert("RGB")
    kept = FOLDER / f"{name}.png"
    if RENEW:
        kept.parent.mkdir(parents=True, exist_ok=True)
        shot.quantize(COLOURS, dither=Image.Dither.NONE).save(kept, optimize=True)
    assert kept.is_file(), f"{name} has no picture: look at the screen, then RENEW_LOOKS=1"
    with Image.open(kept) as opened:
        was = opened.convert("RGB")
    assert shot.size == was.size
    for box in different:
        hole = tuple(int(box[side]) for side in ("left", "top", "right", "bottom"))
        for picture in (shot, was):
            picture.paste((128, 128, 128), hole)
    apart = strange_blocks(shot, was)
    assert apart <= BLOCKS, f"{name} looks different in {apart} blocks: look at both, then RENEW_LOOKS=1"


def strange_blocks(one: Image.Image, other: Image.Image) -> int:
    """In how many blocks the two differ in one of their colours."""
    width, height = (side // BLOCK for side in one.size)
    coarse = [picture.resize((width, height), Image.Resampling.BOX) for picture in (one, other)]
    far = ImageChops.difference(*coarse).split()
    most = ImageChops.lighter(ImageChops.lighter(far[0], far[1]), far[2])
    return sum(most.histogram()[LEVELS + 1 :])
