"""The kiosk's screen measured in real browsers: opened by the technician at his, measured by touch at the kiosk."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from faces import Site, Watched
from looks import compare
from playwright.sync_api import Browser, Page, ViewportSize, expect
from screens import MM, STAFF_PX, accessible, sign_in, too_small

from appliance.kiosk_ui.measuring import OPEN_S
from appliance.records import panel


@pytest.fixture
def kiosk(chromium: Browser, site: Site) -> Iterator[Page]:
    """The kiosk's own screen, which feels fingers and has no keyboard."""
    size = ViewportSize(width=1024, height=600)
    context = chromium.new_context(viewport=size, has_touch=True, reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(10_000)
    page.goto(f"{site.address}/")
    yield page
    context.close()


def opened(page: Page, site: Site, kiosk: Page) -> None:
    """A technician opens the kiosk's page from his own screen, and the kiosk shows it by itself."""
    sign_in(page, site, "teknisi", "teknisi")
    page.get_by_role("link", name="Layar").click()
    expect(page.get_by_text("belum pernah diukur")).to_be_visible()
    accessible(page)
    page.get_by_role("button", name="Ukur di layar kios").click()
    expect(page.get_by_text("Layar kios menunggu Anda")).to_be_visible()
    kiosk.wait_for_url(f"{site.address}/ukuran")


def touch_all(kiosk: Page, off_mm: float) -> None:
    kiosk.get_by_role("button", name="Mulai uji sentuh").tap()
    expect(kiosk.get_by_role("dialog")).to_be_visible()
    for _ in panel.TOUCH_PLACES:
        box = kiosk.locator(".touch-mark").bounding_box()
        assert box is not None
        kiosk.touchscreen.tap(box["x"] + box["width"] / 2 + off_mm * MM, box["y"] + box["height"] / 2)


def test_a_box_as_wide_as_a_card_gives_the_kiosk_its_factor(site: Site, watched: Watched, kiosk: Page) -> None:
    page = watched.page
    opened(page, site, kiosk)
    accessible(kiosk)
    assert too_small(kiosk) == []
    compare(kiosk, "technician/measure")
    for button in kiosk.locator("[data-wider]").all():
        box = button.bounding_box()
        assert box is not None and box["width"] >= STAFF_PX, "two that are told apart by a finger"
    slider = kiosk.get_by_role("slider", name="Lebar kotak")
    for name in ("\u221210", "+10", "\u22121", "\u22121", "+1", "+1"):
        kiosk.get_by_role("button", name=name, exact=True).tap()
    expect(slider).to_have_attribute("aria-valuenow", "324")
    box = slider.bounding_box()
    assert box is not None and box["width"] == pytest.approx(324, abs=0.5)
    with kiosk.expect_navigation():
        kiosk.get_by_role("button", name="Sama lebar, simpan").tap()
    expect(kiosk.locator("[data-in-use]")).to_be_visible()
    expect(page.locator("[data-ppi]")).to_have_text("96,14")
    for _ in range(10):
        kiosk.get_by_role("button", name="+10", exact=True).tap()
    with kiosk.expect_navigation():
        kiosk.get_by_role("button", name="Sama lebar, simpan").tap()
    expect(kiosk.locator("[data-not-in-use]")).to_be_visible()
    accessible(kiosk)
    accessible(page)
    page.get_by_role("button", name="Selesai, kios untuk warga lagi").click()
    kiosk.wait_for_url(f"{site.address}/")
    expect(kiosk.get_by_role("link", name="Lapor")).to_be_visible()


def test_five_places_are_touched_and_a_screen_that_is_off_is_found(site: Site, watched: Watched, kiosk: Page) -> None:
    page = watched.page
    opened(page, site, kiosk)
    touch_all(kiosk, 1.0)
    expect(kiosk.locator("[data-touch]")).to_have_attribute("data-touch", "good")
    expect(page.get_by_text("1,0 mm")).to_have_count(5)
    touch_all(kiosk, 4.0)
    expect(kiosk.locator("[data-touch]")).to_have_attribute("data-touch", "bad")
    expect(page.locator("[data-touch]")).to_have_attribute("data-touch", "bad")
    accessible(page)


def test_who_touches_nothing_more_gets_the_page_back(site: Site, watched: Watched, kiosk: Page) -> None:
    """A kiosk has no key that leaves a dialog."""
    opened(watched.page, site, kiosk)
    kiosk.clock.install()
    kiosk.reload()
    kiosk.get_by_role("button", name="Mulai uji sentuh").tap()
    expect(kiosk.get_by_role("dialog")).to_be_visible()
    kiosk.clock.run_for(20_000)
    expect(kiosk.get_by_role("dialog")).to_be_hidden()
    assert OPEN_S > 20
