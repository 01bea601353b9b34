"""Taking a number and being called, on both screens at once: the kiosk and the officer's work list."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from faces import Site, Watched, served
from front_office import open_office
from playwright.sync_api import Browser, expect
from screens import accessible, fits, sign_in
from test_browser import SCREENS

from appliance.kiosk_ui.voice import installed


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with served(open_office(tmp_path, voice=installed(None))) as found:
        yield found


def test_a_number_is_taken_called_shown_and_spoken(site: Site, watched: Watched, chromium: Browser) -> None:
    page = watched.page
    page.goto(site.address)
    page.get_by_role("link", name="Ambil nomor antrean").click()
    fits(page)
    page.get_by_role("button", name="Rekam KTP-el").click()
    page.wait_for_url("**/nomor/dahulukan")
    fits(page)
    page.get_by_role("button", name="Ya, saya didahulukan").click()
    page.wait_for_url("**/nomor/anda")
    fits(page)
    accessible(page)
    expect(page.locator("[data-ticket]")).to_have_text("P001")
    page.screenshot(path=SCREENS / "kiosk-ticket.png")
    desk = chromium.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce").new_page()
    sign_in(desk, site, "petugas")
    expect(desk.locator("[data-queue]")).to_have_attribute("data-queue", "1")
    desk.get_by_role("button", name="Panggil berikutnya").click()
    expect(desk.locator("[data-in-hand=P001]")).to_be_visible()
    accessible(desk)
    desk.screenshot(path=SCREENS / "officer-queue.png")
    expect(page.get_by_text("Giliran Anda.")).to_be_visible()
    with page.expect_navigation(wait_until="load"):
        page.get_by_role("button", name="Selesai").click()
    expect(page.locator("[data-called]")).to_have_attribute("data-called", "P001-1")
    fits(page)
    accessible(page)
    page.screenshot(path=SCREENS / "kiosk-called.png")
    with page.expect_response("**/nomor/suara?P001-2") as heard:
        desk.get_by_role("button", name="Panggil lagi").click()
    assert heard.value.status in {200, 206} and heard.value.headers["content-type"] == "audio/wav"
    desk.get_by_role("button", name="Tidak hadir").click()
    expect(page.locator("[data-called]")).to_have_count(0)
    desk.context.close()
