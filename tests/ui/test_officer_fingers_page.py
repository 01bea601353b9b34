"""Officers' own fingers in a real browser: asked for, told while it is taken, listed, forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from books import Ticking
from counter import counter_of
from faces import Site, Watched, served
from front_office import PIN, open_office
from playwright.sync_api import Browser, expect
from screens import accessible, sign_in
from test_browser import SCREENS

from appliance.casework.roles import Role
from appliance.clock import utc_millis

ROLES = (Role.KABID, Role.PEREKAM, Role.PETUGAS, Role.OPERATOR)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with served(open_office(tmp_path, ROLES, {"fingerprint_scanner": "usb:1a86:7523"})) as found:
        yield found


def test_the_kabid_has_a_finger_taken_and_forgotten(site: Site, watched: Watched) -> None:
    machines = counter_of(site.place.office, Ticking(utc_millis()), [], {}, site.place.services.pulse.beat)
    page = watched.page
    sign_in(page, site, "kabid")
    page.get_by_role("link", name="Pejabat").click()
    page.get_by_role("link", name="Jari petugas").click()
    accessible(page)
    page.get_by_label("Petugas", exact=True).select_option("perekam")
    page.get_by_label("Telunjuk kanan").check()
    button = page.get_by_role("button", name="Ambil jari sekarang")
    button.click()
    expect(page.get_by_role("alert")).to_contain_text("hanya dicatat bila ia setuju")
    accessible(page)
    page.get_by_label("Petugas ini sudah ditanya").check()
    button.focus()
    page.keyboard.press("Enter")
    expect(page.locator("[data-capture=waiting]")).to_contain_text("tempelkan di kaca pemindai sekarang")
    machines.run("scanner")
    expect(page.locator("[data-capture=kept]")).to_contain_text("sudah dicatat")
    row = page.locator("[data-officer=perekam]")
    expect(row).to_contain_text("Telunjuk kanan, sejak")
    accessible(page)
    page.screenshot(path=SCREENS / "officer-fingers.png", full_page=True)
    row.get_by_role("button", name="Lupakan").click()
    expect(page.locator("[data-officer=perekam]")).to_contain_text("belum ada")


def test_it_goes_without_javascript_on_an_upright_screen(site: Site, chromium: Browser) -> None:
    context = chromium.new_context(java_script_enabled=False, viewport={"width": 800, "height": 1280})
    page = context.new_page()
    page.set_default_timeout(10_000)
    page.goto(f"{site.address}/petugas/masuk")
    page.get_by_label("Nama pengguna").fill("kabid")
    page.get_by_label("PIN").fill(PIN)
    page.get_by_role("button", name="Masuk").click()
    page.goto(f"{site.address}/petugas/jari-petugas")
    page.get_by_label("Petugas", exact=True).select_option("operator")
    page.get_by_label("Petugas ini sudah ditanya").check()
    page.get_by_role("button", name="Ambil jari sekarang").click()
    expect(page.locator("[data-capture=waiting]")).to_be_visible()
    context.close()
