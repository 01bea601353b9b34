"""Each page of the officers and of the technician as it was last looked at, at an hour that stands still."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from counter import BIRTH_OF_TIME, open_counter
from faces import Site, served
from front_office import open_office
from looks import FOLDER, compare
from playwright.sync_api import Browser, Page, Request, ViewportSize, expect
from screens import accessible, sign_in, too_small
from test_aria import compare as compare_told
from test_aria import told

from appliance.casework.roles import Role
from appliance.diagnostics.board import DeviceReading
from appliance.diagnostics.log import read
from appliance.kiosk_ui.officer import blank_acts
from appliance.kiosk_ui.technician.pages import ON_MACHINE, PAGES
from appliance.records import chain_watch

HOUR_MS = 3_600_000
NOW = BIRTH_OF_TIME + 2 * HOUR_MS
LOG = ((6, "siaga-web.service", "siaga: ready"), (4, "siaga-deviced.service", "camera: a frame came twice"))
DEVICES = {"camera": "v4l2:/dev/video0", "signature_pad": "browser:", "card_printer": "ipp://localhost/printers/card"}
OFFICERS: dict[Role, dict[str, str]] = {
    Role.PETUGAS: {
        "work-list": "/petugas/",
        "document-check": "/petugas/periksa",
        "kiosk-visits": "/petugas/kunjungan",
    },
    Role.PEREKAM: {"case": "/petugas/kasus/{case}", "signature": "/petugas/kasus/{case}/tanda-tangan/0"},
    Role.OPERATOR: {"batch": "/petugas/kumpulan", "outbox": "/petugas/kiriman"},
    Role.KASI: {"month": "/petugas/laporan", "retention": "/petugas/retensi"},
    Role.KABID: {"fingers": "/petugas/jari-petugas"},
    Role.KADIS: {"sign-batch": "/petugas/tanda-tangan", "officials": "/petugas/pejabat"},
    Role.AUDITOR: {"audit": "/petugas/audit"},
    Role.GUDANG: {
        "blanks": "/petugas/blanko",
        "blank": "/petugas/blanko/nomor?nomor=A001",
        "blank-month": "/petugas/blanko/laporan",
        **{f"blanks-{slug}": f"/petugas/blanko/{slug}" for slug in blank_acts.PAGES},
    },
}
TECHNICIAN = {
    **{address.removeprefix("/teknisi/") or "kesiapan": address for address, _, _ in (*PAGES, *ON_MACHINE)},
    "alat": "/teknisi/alat/camera",
    "coba-kamera": "/teknisi/coba/camera",
}
SELECTS = "() => document.querySelectorAll('select').forEach((one) => { one.style.width = '60mm'; })"
"""A list that names accounts by their numbers is as wide as these happen to be."""
FIRST = {Role.GUDANG: "blanko", Role.AUDITOR: "retensi"}


@dataclass(frozen=True)
class Staff:
    """The office, and the case whose resident is being recorded."""

    site: Site
    case: str


@pytest.fixture
def staff(tmp_path: Path) -> Iterator[Staff]:
    counter = open_counter(tmp_path)
    counter.receive_blanks(20)
    case = counter.signed()
    counter.do("start_recording", Role.PEREKAM, case)
    counter.store.close()
    journal = [
        json.dumps(
            {"MESSAGE": text, "PRIORITY": str(level), "_SYSTEMD_UNIT": unit, "__REALTIME_TIMESTAMP": f"{NOW}000"}
        )
        for level, unit, text in LOG
    ]
    place = open_office(tmp_path, devices=DEVICES, log=lambda: read(journal), clock=lambda: NOW)
    place.services = replace(place.services, clock=lambda: NOW)
    place.devices += [
        DeviceReading("camera", "down", ("camera.frozen",), asked=NOW, since=NOW - 90_000),
        DeviceReading("card_printer", "ok", asked=NOW, since=NOW - HOUR_MS),
        DeviceReading("storage", "ok", asked=NOW),
    ]
    chain_watch.look(place.office.store, 24 * HOUR_MS)
    with served(place) as found:
        yield Staff(found, case)


@contextmanager
def before(
    chromium: Browser, width: int = 1280, height: int = 800, touch: bool = False, still: bool = True
) -> Iterator[Page]:
    """A page that is not read anew by itself while it is looked at, if `still`."""
    viewport = ViewportSize(width=width, height=height)
    context = chromium.new_context(viewport=viewport, has_touch=touch, reduced_motion="reduce")
    if still:
        context.route("**/static/live.js", lambda route: route.fulfill(body="", content_type="text/javascript"))
    yield context.new_page()
    context.close()


def kept(face: str) -> set[str]:
    return {one.stem for one in (FOLDER / face).glob("*.png")}


def test_every_page_of_an_officer_looks_and_is_told_as_its_files_say(staff: Staff, chromium: Browser) -> None:
    heard: dict[str, str] = {}
    with before(chromium) as page:
        page.goto(f"{staff.site.address}/petugas/masuk")
        compare(page, "officer/sign-in")
    for role, pages in OFFICERS.items():
        with before(chromium) as page:
            sign_in(page, staff.site, str(role), first=FIRST.get(role, ""))
            for name, address in pages.items():
                answer = page.goto(staff.site.address + address.format(case=staff.case))
                assert answer is not None and answer.status == 200, address
                expect(page.locator("h1")).to_be_visible()
                heard[name] = told(page)
                accessible(page)
                page.evaluate(SELECTS)
                compare(page, f"officer/{name}")
    compare_told(heard, "officer")
    named = {name for pages in OFFICERS.values() for name in pages}
    elsewhere = {
        "kiosk-visit", "paper-camera", "ten-fingers", "siak", "siak-again", "visits", "uncollected",
        "sign-batch-drafts",
    }  # fmt: skip
    assert kept("officer") == named | {"sign-in"} | elsewhere


def test_every_page_of_an_officer_is_easy_to_hit_on_a_tablet(staff: Staff, chromium: Browser) -> None:
    for role, pages in OFFICERS.items():
        with before(chromium, width=800, height=1280, touch=True) as page:
            sign_in(page, staff.site, str(role), first=FIRST.get(role, ""))
            for name, address in pages.items():
                page.goto(staff.site.address + address.format(case=staff.case))
                expect(page.locator("h1")).to_be_visible()
                assert too_small(page) == [], name
                over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
                assert over <= 0, (name, over)


SIZES = """() => [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
  .map((one) => one.encodedBodySize)"""
"""Bytes of the page and of each thing that it has fetched (Resource Timing, W3C)."""


def costs(page: Page, address: str) -> tuple[int, int]:
    """Kilobytes and requests of a look at this address with nothing kept from another page."""
    asked = list[str]()

    def count(one: Request) -> None:
        asked.append(one.url)

    page.on("request", count)
    page.goto(address, wait_until="load")
    page.evaluate("() => document.fonts.ready")
    page.remove_listener("request", count)
    sizes = page.evaluate(SIZES)
    assert len(sizes) > 1 and sum(sizes) > 50_000, asked
    return sum(sizes) // 1024, len(asked)


def test_every_page_costs_200_kilobytes_and_twelve_requests_at_most(staff: Staff, chromium: Browser) -> None:
    walks = [(str(role), "petugas", FIRST.get(role, ""), pages) for role, pages in OFFICERS.items()]
    for user, face, first, pages in (*walks, ("teknisi", "teknisi", "", TECHNICIAN)):
        with before(chromium, still=False) as page:
            sign_in(page, staff.site, user, face, first)
            wire = page.context.new_cdp_session(page)
            wire.send("Network.enable")
            wire.send("Network.setCacheDisabled", {"cacheDisabled": True})
            for name, address in pages.items():
                kilobytes, requests = costs(page, staff.site.address + address.format(case=staff.case))
                assert kilobytes <= 200 and requests <= 12, (name, kilobytes, requests)


def test_every_page_of_the_technician_looks_and_is_told_as_its_files_say(staff: Staff, chromium: Browser) -> None:
    heard: dict[str, str] = {}
    with before(chromium) as page:
        page.goto(f"{staff.site.address}/teknisi/masuk")
        compare(page, "technician/masuk")
        sign_in(page, staff.site, "teknisi", "teknisi")
        for name, address in TECHNICIAN.items():
            page.goto(staff.site.address + address)
            expect(page.locator("h1")).to_be_visible()
            heard[name] = told(page)
            accessible(page)
            compare(page, f"technician/{name}")
    compare_told(heard, "technician")
    results = {"coba-kamera-hasil", "coba-kartu-hasil"}
    assert kept("technician") == {"masuk", "measure", *results, *TECHNICIAN}
