"""What every screen of a resident must be: without scrolling, large enough, and without a fault that axe knows."""

from __future__ import annotations

import json
from pathlib import Path

from faces import Site
from front_office import PIN
from playwright.sync_api import Page

MM = 96 / 25.4
PANELS = {
    "10.1in": (217, 136),
    "10.1in low": (223, 125),
    "11.6in": (257, 144),
    "13.3in": (294, 166),
    "15.6in": (345, 194),
    "21.5in": (476, 268),
    "21.5in upright": (268, 476),
}
"""What can be seen of each panel, width and height in mm; the low one has 1024 x 600 pixels."""
AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
STAFF_PX = 12.7 * MM - 0.6
"""What staff touch is at least so high, in CSS pixels."""
MEANT = (
    "button, select, textarea, summary, .govuk-radios__label, .govuk-checkboxes__label, "
    "a[href]:not(.govuk-skip-link), input:not([type=hidden], [type=radio], [type=checkbox])"
)
SIDES = """(which) => [...document.querySelectorAll(which)].filter((one) => one.checkVisibility()).map((one) => {
  const {width, height} = one.getBoundingClientRect();
  return [one.outerHTML.slice(0, 200), one.tagName === 'A' ? height : Math.min(width, height)];
})"""
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
    longest: Math.max(innerWidth, innerHeight),
  };
}"""


def viewport(panel: str) -> tuple[int, int]:
    """A panel in CSS pixels, of which the browser's factor makes true millimetres."""
    width, height = PANELS[panel]
    return round(width * MM), round(height * MM)


def fits(page: Page) -> None:
    """Nothing scrolls or lies outside; targets: 20 mm, below 15 inch 15 mm; capitals (0.668 em) 3.5 mm or more."""
    page.locator("main").wait_for()
    found = page.evaluate(GEOMETRY)
    assert max(found["hidden"]) <= 0, (page.url, found["hidden"])
    assert found["outside"] == [], page.url
    target = 20 if found["longest"] > 300 * MM else 15
    small = [(name, side / MM) for name, side in found["small"] if side < target * MM - 0.6]
    assert small == [], (page.url, small)
    assert found["text"] * 0.668 >= 3.5 * MM, page.url


def fits_or_turns(page: Page, limit: float) -> bool:
    """As `fits`, but what is longer than the page is turned by two buttons of 20 mm that are there then.

    Capitals of what stands on the page itself are `limit` mm or more. Whether it had to be turned.
    """
    page.locator("main").wait_for()
    page.evaluate("() => document.fonts.ready")
    found = page.evaluate(GEOMETRY)
    assert found["hidden"][1] <= 0 and page.evaluate("() => document.documentElement.scrollWidth - innerWidth") <= 0
    main = "() => { const m = document.querySelector('main'); return [m.scrollWidth - m.clientWidth, m.scrollTop]; }"
    assert page.evaluate(main)[0] <= 0, page.url
    small = [(name, side / MM) for name, side in found["small"] if side < 20 * MM - 0.6]
    assert small == [], (page.url, small)
    assert found["text"] * 0.668 >= limit * MM, page.url
    over = found["hidden"][0] > 1
    turn = page.locator("[data-scroll]")
    if not over:
        assert found["outside"] == [] and not turn.is_visible(), page.url
        return False
    main_box, down = page.locator("main").bounding_box(), page.locator("[data-by='1']")
    assert main_box is not None
    for button in (down, page.locator("[data-by='-1']")):
        box = button.bounding_box()
        assert box is not None and min(box["width"], box["height"]) >= 20 * MM, page.url
        assert main_box["y"] <= box["y"] and box["y"] + box["height"] <= main_box["y"] + main_box["height"]
    for _ in range(20):
        if not down.is_enabled():
            break
        down.click()
    left = "() => { const m = document.querySelector('main'); return m.scrollHeight - m.clientHeight - m.scrollTop; }"
    assert abs(page.evaluate(left)) <= 1, page.url
    return True


def too_small(page: Page) -> list[tuple[str, float]]:
    """What is lower or narrower than 12.7 mm of all that a finger may mean on a page of the staff; of a choice, its
    words; a link in a line of text is as wide as its words."""
    found = page.evaluate(SIDES, MEANT)
    assert found
    return [one for one in found if one[1] < STAFF_PX]


def accessible(page: Page) -> None:
    page.evaluate(AXE.read_text())
    found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    wrong = [(one["id"], [node["html"][:100] for node in one["nodes"]]) for one in found["violations"]]
    assert wrong == [], (page.url, json.dumps(wrong, indent=1))


def forward(page: Page) -> None:
    fits(page)
    with page.expect_navigation(wait_until="load"):
        page.locator("button[form=page]").click()


def sign_in(page: Page, site: Site, user: str, face: str = "petugas", first: str = "") -> None:
    """By the PIN pad on the page, as a person does; `first` is the page that this role is led to."""
    page.goto(f"{site.address}/{face}/masuk")
    page.get_by_label("Nama pengguna").fill(user)
    page.get_by_label("PIN").focus()
    for digit in PIN:
        page.locator(".keyboard button", has_text=digit).click()
    page.get_by_role("button", name="Masuk").click()
    page.wait_for_url(f"{site.address}/{face}/{first}")
