"""What holds on every page of the technician: axe, width, targets, weight, keyboard, and without scripts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from faces import Site, Watched, served
from front_office import open_office
from playwright.sync_api import Browser, expect
from screens import accessible, sign_in, too_small

from appliance.casework.roles import Role
from appliance.diagnostics.board import DeviceReading
from appliance.kiosk_ui.technician.pages import ON_MACHINE, PAGES

EVERY = (*(address for address, _, _ in (*PAGES, *ON_MACHINE)), "/teknisi/alat/camera", "/teknisi/coba/camera")
KILOBYTES, REQUESTS = 200, 12


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    place = open_office(tmp_path, (Role.TEKNISI,), devices={"camera": "v4l2:/dev/video0"})
    asked = place.services.clock() + 60_000
    place.devices += [
        DeviceReading("camera", "down", ("camera.frozen",), asked=asked, since=asked - 90_000),
        DeviceReading("storage", "ok", asked=asked),
    ]
    with served(place) as found:
        yield found


@pytest.mark.parametrize("watched", [(1280, 800), (1024, 600)], indirect=True, ids=["1280x800", "1024x600"])
def test_every_page_is_accessible_wide_enough_light_and_easy_to_hit(site: Site, watched: Watched) -> None:
    page, sizes = watched.page, list[int]()
    page.on("requestfinished", lambda asked: sizes.append(asked.sizes()["responseBodySize"]))
    sign_in(page, site, "teknisi", "teknisi")
    for address in EVERY:
        asked = len(watched.asked)
        page.goto(f"{site.address}{address}")
        expect(page.locator("h1")).to_be_visible()
        page.locator("main").wait_for()
        accessible(page)
        assert too_small(page) == [], address
        over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert over <= 0, (address, over)
        assert len(watched.asked) - asked <= REQUESTS, address
    assert max(sizes) <= KILOBYTES * 1024 and sum(sizes) / len(EVERY) <= KILOBYTES * 1024


def test_every_page_is_reached_by_keyboard_alone(site: Site, watched: Watched) -> None:
    page = watched.page
    sign_in(page, site, "teknisi", "teknisi")
    for address, _, name in PAGES:
        page.goto(f"{site.address}/teknisi/")
        for _ in range(20):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.textContent.trim()") == name:
                break
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none", f"the focus on {name} cannot be seen"
        page.keyboard.press("Enter")
        page.wait_for_url(f"{site.address}{address}")
        expect(page.locator("nav a[aria-current=page]")).to_have_text(name)


def test_every_page_tells_the_same_without_scripts(site: Site, chromium: Browser) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site.address}/teknisi/masuk")
    page.get_by_label("Nama pengguna").fill("teknisi")
    page.get_by_label("PIN").fill("123456")
    page.get_by_role("button", name="Masuk").click()
    expect(page.locator("[data-verdict=down] strong")).to_be_visible()
    expect(page.locator("[data-verdict=lost]")).to_be_hidden()
    for address in EVERY:
        page.goto(f"{site.address}{address}")
        expect(page.locator("h1")).to_be_visible()
    page.goto(f"{site.address}/teknisi/coba/camera")
    page.get_by_role("button", name="Mulai uji").click()
    expect(page.locator("[data-outcome]")).to_have_attribute("data-outcome", "waiting")
    context.close()
