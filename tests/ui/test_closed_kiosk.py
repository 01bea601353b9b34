"""A kiosk whose machine a technician has: it says so by itself, shows nothing else, and opens again by itself."""

from __future__ import annotations

import re

import pytest
from faces import Site, Watched
from playwright.sync_api import Page, expect
from screens import accessible, fits, sign_in

from appliance.kiosk_ui.resident.face import OPEN_WHILE_CLOSED

CLOSED = re.compile(r"/tutup$")
HEADING = "Mesin sedang dirawat"


def switch(technician: Page, site: Site, button: str) -> None:
    """The technician's own press, on his own page."""
    technician.goto(f"{site.address}/teknisi/perawatan")
    with technician.expect_navigation():
        technician.get_by_role("button", name=button).click()


def doors(site: Site) -> list[str]:
    """Every address of the resident's face that can be asked for without knowing anything."""
    rules = site.place.app("resident").url_map.iter_rules()
    names = {rule.rule: rule.endpoint.removeprefix("resident.") for rule in rules if "GET" in (rule.methods or ())}
    asked = {rule for rule, name in names.items() if "<" not in rule and name not in OPEN_WHILE_CLOSED}
    return sorted(asked - {"/healthz", "/hidup"})


@pytest.mark.parametrize("begins", ["/", "/sambutan", "/nomor"])
def test_the_kiosk_closes_and_opens_by_itself(site: Site, watched: Watched, chromium_page: Page, begins: str) -> None:
    kiosk, technician = watched.page, chromium_page
    sign_in(technician, site, "teknisi", "teknisi")
    kiosk.goto(f"{site.address}{begins}")
    switch(technician, site, "Mulai merawat")
    expect(kiosk).to_have_url(CLOSED)
    expect(kiosk.get_by_role("heading", name=HEADING)).to_be_visible()
    fits(kiosk)
    accessible(kiosk)
    switch(technician, site, "Mesin melayani lagi")
    expect(kiosk).to_have_url(f"{site.address}/")
    expect(kiosk.get_by_role("heading", name=HEADING)).to_have_count(0)
    expect(kiosk.get_by_role("link", name="Lapor penduduk")).to_be_visible()


def test_nothing_else_can_be_reached_meanwhile(site: Site, watched: Watched, chromium_page: Page) -> None:
    kiosk, technician = watched.page, chromium_page
    sign_in(technician, site, "teknisi", "teknisi")
    kiosk.goto(f"{site.address}/")
    kiosk.get_by_role("link", name="Lapor penduduk").wait_for()
    switch(technician, site, "Mulai merawat")
    expect(kiosk).to_have_url(CLOSED)
    found = doors(site)
    assert {"/", "/sambutan", "/lapor", "/status", "/nomor", "/periksa"} <= set(found)
    for door in found:
        kiosk.goto(f"{site.address}{door}")
        assert CLOSED.search(kiosk.url), door
    kiosk.go_back()
    expect(kiosk).to_have_url(CLOSED)
    assert kiosk.get_by_role("link").count() == 0, "no way leads on from here"
    kiosk.get_by_role("button", name="English").click()
    expect(kiosk.get_by_role("heading", name="The machine is being serviced")).to_be_visible()
    kiosk.get_by_role("button", name="Call an officer").click()
    expect(kiosk.get_by_role("heading", name="Officer called")).to_be_visible()
    assert site.place.services.bell.calls(), "help is called all the same"
