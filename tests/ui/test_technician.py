"""The technician's first page in a real browser: a verdict that is never older than the line to the machine."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from faces import Site, Watched, served
from front_office import open_office
from playwright.sync_api import Page, expect
from screens import accessible, sign_in

from appliance.casework.roles import Role
from appliance.diagnostics.board import DeviceReading
from appliance.diagnostics.history import Past, Span
from appliance.diagnostics.supplies import Wear
from appliance.kiosk_ui.machine_shown import Snapshot

SCREENS = Path(__file__).parents[2] / "build" / "screens"


@pytest.fixture
def flow(tmp_path: Path) -> Iterator[tuple[Site, threading.Event]]:
    """A site whose machine answers while the event is set, and is silent without closing the line while it is not."""
    place = open_office(tmp_path, (Role.TEKNISI,))
    flowing = threading.Event()
    flowing.set()

    def look() -> Snapshot:
        assert flowing.wait(30)
        return Snapshot(tuple(place.devices))

    place.services = replace(place.services, snapshot=look)
    with served(place) as site:
        yield site, flowing
        flowing.set()


def verdict(page: Page) -> str:
    return page.locator("[data-verdict]:visible strong").inner_text()


def test_the_technician_reads_one_verdict_and_its_reasons(site: Site, watched: Watched) -> None:
    now = site.place.services.clock() + 60_000
    site.place.devices += [
        DeviceReading("camera", "ok", model="C1", serial="7", asked=now),
        DeviceReading("card_printer", "down", ("printer.media-jam",), asked=now, detail={"kartu": "412"}),
    ]
    page = watched.page
    sign_in(page, site, "teknisi", "teknisi")
    assert verdict(page) == "Belum siap"
    expect(page.locator("[data-reason]")).to_have_count(1)
    expect(page.locator("[data-reason=card_printer]")).to_contain_text("Printer kartu")
    expect(page.locator("[data-device=card_printer]")).to_contain_text("media-jam")
    accessible(page)
    page.screenshot(path=SCREENS / "technician.png")
    bottom = page.locator("[data-reason]").last.evaluate("(one) => one.getBoundingClientRect().bottom")
    assert bottom <= 800, "verdict and reasons are seen without scrolling"
    site.place.devices[1] = DeviceReading("card_printer", "ok", asked=now)
    expect(page.locator("[data-verdict]:visible strong")).to_have_text("Siap berangkat")


def test_a_line_that_is_cut_shows_unknown_and_comes_back_with_what_is_true_then(site: Site, watched: Watched) -> None:
    now = site.place.services.clock() + 60_000
    site.place.devices.append(DeviceReading("camera", "ok", asked=now))
    page = watched.page
    sign_in(page, site, "teknisi", "teknisi")
    assert verdict(page) == "Siap berangkat"
    page.route("**/teknisi/langsung*", lambda route: route.abort())
    page.reload()
    expect(page.locator("[data-verdict]:visible strong")).to_have_text("Tidak diketahui")
    expect(page.locator(".level.ok:visible")).to_have_count(0)
    accessible(page)
    page.screenshot(path=SCREENS / "technician-lost.png")
    site.place.devices[0] = DeviceReading("camera", "down", ("camera.unreachable",), asked=now)
    page.unroute("**/teknisi/langsung*")
    expect(page.locator("[data-verdict]:visible strong")).to_have_text("Belum siap")


def test_a_machine_that_goes_silent_on_an_open_line_is_unknown_after_five_seconds(
    flow: tuple[Site, threading.Event], chromium_page: Page
) -> None:
    site, flowing = flow
    now = site.place.services.clock() + 60_000
    site.place.devices.append(DeviceReading("camera", "ok", asked=now))
    page = chromium_page
    page.clock.install()
    sign_in(page, site, "teknisi", "teknisi")
    expect(page.locator("[data-verdict]:visible strong")).to_have_text("Siap berangkat")
    flowing.clear()
    page.clock.run_for(7_000)
    expect(page.locator("[data-verdict]:visible strong")).to_have_text("Tidak diketahui")
    site.place.devices[0] = DeviceReading("camera", "limited", ("camera.dark",), asked=now)
    flowing.set()
    expect(page.locator("[data-verdict]:visible strong")).to_have_text("Siap berangkat dengan catatan")


def test_a_page_brought_back_by_back_shows_what_is_true_now(site: Site, watched: Watched) -> None:
    now = site.place.services.clock() + 60_000
    site.place.devices.append(DeviceReading("camera", "ok", asked=now))
    page = watched.page
    sign_in(page, site, "teknisi", "teknisi")
    assert verdict(page) == "Siap berangkat"
    page.goto(f"{site.address}/")
    site.place.devices[0] = DeviceReading("camera", "down", ("camera.unreachable",), asked=now)
    page.go_back()
    expect(page.locator("[data-verdict]:visible strong")).to_have_text("Belum siap")


def test_a_device_has_a_page_with_its_last_day(site: Site, watched: Watched) -> None:
    now = site.place.services.clock()
    low = ("printer.marker-supply-low",)
    reading = DeviceReading("card_printer", "limited", low, "P1", "77", {"marker-levels": "18"}, now, now + 60_000)
    site.place.devices.append(reading)
    hour = 3_600_000
    spans = (
        Span(now - 20 * hour, now - 9 * hour, "ok"),
        Span(now - 9 * hour, now - 8 * hour, "down", ("printer.media-jam",)),
        Span(now - 8 * hour, now - 5 * hour, "ok"),
        Span(now - 4 * hour, now, "limited", low),
    )
    used = {"2026-11-24": {"YMCKO": 20}, "2026-11-25": {"YMCKO": 20}, "2026-11-26": {"YMCKO": 20}}
    site.place.pasts["card_printer"] = Past(spans, Wear({"YMCKO": 18}, used))
    page = watched.page
    sign_in(page, site, "teknisi", "teknisi")
    page.get_by_role("link", name="Printer kartu").click()
    expect(page.get_by_role("img", name="tidak bisa 1 jam")).to_be_visible()
    accessible(page)
    page.screenshot(path=SCREENS / "technician-device.png", full_page=True)
    page.keyboard.press("Tab")
    expect(page.locator(".govuk-skip-link")).to_be_focused()
    site.place.devices[0] = replace(reading, level="ok", reasons=())
    expect(page.locator(".level-line .known").first).to_contain_text("siap")
