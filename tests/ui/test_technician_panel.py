"""The screen measured in a real browser: by keyboard, by touch, and what a wrong touch tells."""

from __future__ import annotations

from pathlib import Path

import pytest
from faces import Site, Watched
from playwright.sync_api import Page, expect
from screens import MM, accessible, sign_in

from appliance.records import panel

SCREENS = Path(__file__).parents[2] / "build" / "screens"


def touch_all(page: Page, off_mm: float) -> None:
    page.get_by_role("button", name="Mulai uji sentuh").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    for _ in panel.TOUCH_PLACES:
        box = page.locator(".touch-mark").bounding_box()
        assert box is not None
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        page.mouse.click(x + off_mm * MM, y)


def test_a_box_as_wide_as_a_card_gives_the_browser_its_factor(site: Site, watched: Watched) -> None:
    page = watched.page
    sign_in(page, site, "teknisi", "teknisi")
    page.get_by_role("link", name="Layar").click()
    accessible(page)
    expect(page.get_by_text("belum pernah diukur")).to_be_visible()
    slider = page.get_by_role("slider", name="Lebar kotak")
    slider.focus()
    for key in ("PageDown", "PageUp", "ArrowLeft", "ArrowLeft"):
        page.keyboard.press(key)
    expect(slider).to_have_attribute("aria-valuenow", "322")
    page.get_by_role("button", name="+1", exact=True).click()
    page.get_by_role("button", name="+1", exact=True).click()
    box = slider.bounding_box()
    assert box is not None and box["width"] == pytest.approx(324, abs=0.5)
    with page.expect_navigation():
        page.get_by_role("button", name="Sama lebar, simpan").click()
    expect(page.locator("[data-ppi]")).to_have_text("96,14")
    expect(page.locator("[data-in-use]")).to_be_visible()
    for _ in range(10):
        page.get_by_role("button", name="+10").click()
    with page.expect_navigation():
        page.get_by_role("button", name="Sama lebar, simpan").click()
    expect(page.locator("[data-not-in-use]")).to_be_visible()
    accessible(page)
    page.screenshot(path=SCREENS / "technician-panel.png", full_page=True)


def test_five_places_are_touched_and_a_screen_that_is_off_is_found(site: Site, watched: Watched) -> None:
    page = watched.page
    sign_in(page, site, "teknisi", "teknisi")
    page.goto(f"{site.address}/teknisi/layar")
    touch_all(page, 1.0)
    expect(page.locator("[data-touch]")).to_have_attribute("data-touch", "good")
    expect(page.get_by_text("1,0 mm")).to_have_count(5)
    touch_all(page, 4.0)
    expect(page.locator("[data-touch]")).to_have_attribute("data-touch", "bad")
    accessible(page)
    page.get_by_role("button", name="Mulai uji sentuh").click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
