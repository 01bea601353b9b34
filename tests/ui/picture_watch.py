"""Watches the live picture of a page: how many pictures came, and when what is shown turned light or dark."""

from __future__ import annotations

from playwright.sync_api import Page

_WATCH = """({ across, light }) => {
  const picture = document.querySelector('[data-viewfinder] img');
  const dots = Object.assign(document.createElement('canvas'), { width: across, height: across });
  const pen = dots.getContext('2d', { willReadFrequently: true });
  window.turns = []; window.pictures = 0;
  picture.addEventListener('load', () => { window.pictures += 1; });
  let before = null;
  const frame = () => {
    if (picture.naturalWidth) {
      pen.drawImage(picture, 0, 0, across, across);
      const { data } = pen.getImageData(0, 0, across, across);
      let sum = 0;
      for (let at = 0; at < data.length; at += 4) sum += Math.max(data[at], data[at + 1], data[at + 2]);
      const now = sum / (across * across) > light;
      if (before !== null && now !== before) window.turns.push(performance.timeOrigin + performance.now());
      before = now;
    }
    requestAnimationFrame(frame);
  };
  frame();
}"""

_EMPTY = """(turns) => new Promise((done) => {
  const picture = document.querySelector('[data-viewfinder] img');
  const again = new MessageChannel();
  let shown = picture.src, left = turns, empty = 0;
  again.port1.onmessage = () => {
    if (!picture.naturalWidth) empty += 1;
    if (picture.src !== shown) { shown = picture.src; left -= 1; }
    if (left) again.port2.postMessage(0); else done(empty);
  };
  again.port2.postMessage(0);
})"""


def watch(page: Page, across: int, light: int) -> None:
    """From now on note pictures and turns; light is a mean above `light` (0-255) over `across` × `across` dots."""
    page.evaluate(_WATCH, {"across": across, "light": light})


def pictures(page: Page) -> int:
    """How many have come."""
    return int(page.evaluate("window.pictures"))


def await_pictures(page: Page, more: int) -> None:
    """Wait until so many more have come."""
    page.wait_for_function("(one) => window.pictures >= one", arg=pictures(page) + more)


def await_turn(page: Page, number: int) -> float:
    """Wait for the turn of this number, from 1; when it was drawn, in milliseconds since 1970."""
    page.wait_for_function("(one) => window.turns.length >= one", arg=number)
    return float(page.evaluate("(one) => window.turns[one]", number - 1))


def empty_moments(page: Page, turns: int) -> int:
    """At how many moments nothing was shown while so many pictures followed one another."""
    return int(page.evaluate(_EMPTY, turns))
