"""What every screen of a resident must be: without scrolling, large enough, and without a fault that axe knows."""

from __future__ import annotations

import json
from pathlib import Path

from faces import Site
from front_office import PIN
from playwright.sync_api import Page

MM = 96 / 25.4
AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
GEOMETRY = """() => {
  const controls = 'a[href], button, input:not([type=hidden]), select';
  const shown = [...document.querySelectorAll(controls)].filter((one) => {
    const box = one.getBoundingClientRect();
    return box.width > 0 && one.checkVisibility() && !one.closest('dialog, .mistakes');
  });
  const place = (one) => (one.closest('label.tile') ?? one).getBoundingClientRect();
  const gone = (box) => box.left < -1 || box.top < -1 || box.right > innerWidth + 1 || box.bottom > innerHeight + 1;
  const main = document.querySelector('main');
  const words = [...main.querySelectorAll('*')].filter((one) => one.innerText && !one.children.length);
  const sizes = words.filter((one) => one.checkVisibility()).map((one) => parseFloat(getComputedStyle(one).fontSize));
  return {
    small: shown.filter((one) => one.tagName !== 'INPUT')
      .map((one) => [one.innerText, Math.min(place(one).width, place(one).height)]),
    outside: shown.filter((one) => gone(place(one))).map((one) => one.outerHTML.slice(0, 80)),
    hidden: [main.scrollHeight - main.clientHeight, document.documentElement.scrollHeight - innerHeight],
    text: Math.min(...sizes, 1000),
  };
}"""


def fits(page: Page) -> None:
    """Nothing scrolls or lies outside, every target is 20 mm, no letter's capital is below 3.5 mm (0.668 em)."""
    page.locator("main").wait_for()
    found = page.evaluate(GEOMETRY)
    assert max(found["hidden"]) <= 0, (page.url, found["hidden"])
    assert found["outside"] == [], page.url
    assert [one for one in found["small"] if one[1] < 20 * MM - 0.6] == [], page.url
    assert found["text"] * 0.668 >= 3.5 * MM, page.url


def accessible(page: Page) -> None:
    page.evaluate(AXE.read_text())
    found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    wrong = [(one["id"], [node["html"][:100] for node in one["nodes"]]) for one in found["violations"]]
    assert wrong == [], (page.url, json.dumps(wrong, indent=1))


def forward(page: Page) -> None:
    fits(page)
    with page.expect_navigation(wait_until="load"):
        page.locator("button[form=page]").click()


def sign_in(page: Page, site: Site, user: str, face: str = "petugas") -> None:
    """By the PIN pad on the page, as a person does."""
    page.goto(f"{site.address}/{face}/masuk")
    page.get_by_label("Nama pengguna").fill(user)
    page.get_by_label("PIN").focus()
    for digit in PIN:
        page.locator(".keyboard button", has_text=digit).click()
    page.get_by_role("button", name="Masuk").click()
    page.wait_for_url(f"{site.address}/{face}/")
