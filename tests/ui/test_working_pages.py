"""Officers' pages that are there only for some work: each looked at with that work on it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from by_hand import KK, NIK, make_trust, open_by_hand, searched
from counter import BIRTH_OF_TIME, open_counter
from faces import served
from front_office import BY_HAND, open_office
from looks import compare
from playwright.sync_api import Browser, Page, expect
from screens import accessible, sign_in, too_small
from test_aria import compare as compare_told
from test_aria import told
from test_staff_looks import before

from appliance.casework.roles import Role

DAY_MS = 86_400_000


def look(page: Page, name: str, heard: dict[str, str]) -> None:
    expect(page.locator("h1")).to_be_visible()
    heard[name] = told(page)
    accessible(page)
    assert too_small(page) == [], name
    compare(page, f"officer/{name}")


def test_what_is_typed_into_siak_and_its_numbers_typed_twice(tmp_path: Path, chromium: Browser) -> None:
    heard: dict[str, str] = {}
    with open_by_hand(tmp_path, make_trust(tmp_path / "pki")) as counter:
        case = searched(counter)
        with served(open_office(tmp_path, central=BY_HAND)) as site, before(chromium, touch=True) as page:
            sign_in(page, site, str(Role.OPERATOR))
            page.goto(f"{site.address}/petugas/kasus/{case}/siak")
            look(page, "siak", heard)
            page.get_by_label("Nomor KK").fill(KK)
            page.get_by_label("NIK SUGENG").fill(NIK)
            with page.expect_navigation(wait_until="load"):
                page.locator("[data-act=type_numbers] button").click()
            look(page, "siak-again", heard)
    compare_told(heard, "working-siak")


def test_visits_of_a_month_and_documents_that_nobody_has_come_for(tmp_path: Path, chromium: Browser) -> None:
    heard: dict[str, str] = {}
    counter = open_counter(tmp_path)
    case, other, today = counter.signed(), counter.signed(), counter.office.today()
    plan = {"team": "Tim 2: Wahyu", "place": "Panti Harapan"}
    counter.do("schedule_visit", Role.PETUGAS, case, day=today, **plan)
    counter.clock.go(3600)
    counter.do("miss_visit", Role.PEREKAM, case, reason="SINYAL")
    counter.do("schedule_visit", Role.PETUGAS, other, day=today + timedelta(1), team="Tim 3", place="")
    for one in (case, other):
        counter.do("print_kk", Role.OPERATOR, one)
        counter.run("document_printer")
    counter.do("shelve_kk", Role.PETUGAS, case, shelf="Laci 7")
    counter.store.close()
    place = open_office(tmp_path, clock=lambda: BIRTH_OF_TIME + 8 * DAY_MS)
    place.services = replace(place.services, clock=lambda: BIRTH_OF_TIME + 8 * DAY_MS)
    with served(place) as site, before(chromium, touch=True) as page:
        sign_in(page, site, str(Role.KASI))
        page.goto(f"{site.address}/petugas/laporan/kunjungan?bulan={today:%Y-%m}")
        expect(page.locator("[data-visit]")).to_have_count(2)
        look(page, "visits", heard)
        page.goto(f"{site.address}/petugas/belum-diambil")
        expect(page.locator("[data-due=yes]")).to_have_count(2)
        look(page, "uncollected", heard)
    compare_told(heard, "working-register")
