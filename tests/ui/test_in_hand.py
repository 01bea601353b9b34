"""A form that is touched in a browser: the case is in hand until it is sent, left or taken over."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from faces import Site, served
from front_office import case_file, open_office, report
from playwright.sync_api import Browser, Page, expect
from screens import accessible, sign_in

from appliance.casework.roles import Role
from appliance.office.acts import ACTS
from appliance.records import cases, leases

LETTER = {"number": "460/17/DINSOS", "date": "2026-10-05", "issuer": "Dinsos", "signer": "Rina Astuti"}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with served(open_office(tmp_path, (Role.PETUGAS, Role.KASI))) as found:
        yield found


@pytest.fixture(autouse=True)
def patience() -> Iterator[None]:
    """More of it than usual: each step is answered by a whole page, drawn anew."""
    expect.set_options(timeout=30_000)
    yield
    expect.set_options(timeout=5_000)


@pytest.fixture
def case(site: Site) -> str:
    code = report(site.place.app("resident").test_client())
    with site.place.office.store.read() as tx:
        found = cases.by_code(tx, code).id
    ACTS["attach_file"](site.place.office, site.place.actor(Role.PETUGAS), found, {"berkas": case_file()})
    return found


def at_the_case(chromium: Browser, site: Site, case: str, role: Role) -> Page:
    page = chromium.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.set_default_timeout(30_000)
    sign_in(page, site, str(role))
    page.goto(f"{site.address}/petugas/kasus/{case}")
    return page


def holders(site: Site, case: str) -> list[str]:
    with site.place.office.store.read() as tx:
        return [one.work for one in leases.of_case(tx, case)]


def fill(page: Page) -> None:
    page.locator("summary", has_text="Tambah surat").click()
    page.locator("#f-add_letter-kind").select_option("SK_DINSOS")
    for name, value in LETTER.items():
        page.locator(f"#f-add_letter-{name}").fill(value)


def test_reading_holds_nothing_and_the_first_touch_tells_the_other_who_works(
    site: Site, case: str, chromium: Browser
) -> None:
    clerk, kasi = at_the_case(chromium, site, case, Role.PETUGAS), at_the_case(chromium, site, case, Role.KASI)
    assert holders(site, case) == []
    with clerk.expect_response("**/open_form") as told:
        fill(clerk)
    assert told.value.status == 303 and holders(site, case) == ["case"]
    panel = kasi.locator("[data-in-hand]")
    expect(panel).to_contain_text("Petugas sedang mengerjakan berkas ini")
    accessible(kasi)
    clerk.locator("form[data-act=add_letter] button").click()
    expect(clerk.locator("#surat")).to_contain_text("460/17/DINSOS")
    assert holders(site, case) == [], "what was sent is done"
    expect(panel).to_have_count(0)
    clerk.context.close()
    kasi.context.close()


def test_whoever_leaves_the_page_has_let_go(site: Site, case: str, chromium: Browser) -> None:
    clerk, kasi = at_the_case(chromium, site, case, Role.PETUGAS), at_the_case(chromium, site, case, Role.KASI)
    with clerk.expect_response("**/open_form"):
        fill(clerk)
    panel = kasi.locator("[data-in-hand]")
    expect(panel).to_be_visible()
    clerk.locator("a", has_text="Daftar kerja").first.click()
    expect(panel).to_have_count(0)
    assert holders(site, case) == []
    clerk.context.close()
    kasi.context.close()


def test_what_was_taken_over_is_refused_with_both_sides_and_the_typing(
    site: Site, case: str, chromium: Browser
) -> None:
    clerk, kasi = at_the_case(chromium, site, case, Role.PETUGAS), at_the_case(chromium, site, case, Role.KASI)
    with clerk.expect_response("**/open_form"):
        fill(clerk)
    kasi.locator("summary", has_text="Ambil alih berkas").click()
    kasi.locator("#f-take_over-reason").get_by_label("Sudah disepakati").check()
    kasi.locator("form[data-act=take_over] button").click()
    expect(kasi.locator("[data-held]")).to_have_count(1)
    assert holders(site, case) == ["case"]
    kasi.locator("a", has_text="Daftar kerja").first.click()
    expect(kasi.locator("h1")).to_be_visible()
    kasi.reload()
    clerk.locator("form[data-act=add_letter] button").click()
    both = clerk.locator("[data-both]")
    expect(both).to_contain_text("460/17/DINSOS")
    expect(both).to_contain_text("Berkas diambil alih, Kasi")
    expect(clerk.locator("#f-add_letter-number")).to_have_value("460/17/DINSOS")
    accessible(clerk)
    clerk.locator("form[data-act=add_letter] button").click()
    expect(clerk.locator("#surat")).to_contain_text("460/17/DINSOS")
    clerk.context.close()
    kasi.context.close()


def test_touching_a_form_and_sending_it_at_once_leaves_nothing_in_hand(
    site: Site, case: str, chromium: Browser
) -> None:
    """The word that somebody types is still under way when he presses: it is heard first, however slow the line."""
    clerk = at_the_case(chromium, site, case, Role.PETUGAS)
    clerk.route("**/open_form", lambda route: (clerk.wait_for_timeout(400), route.continue_()))
    fill(clerk)
    clerk.locator("form[data-act=add_letter] button").click()
    expect(clerk.locator("#surat")).to_contain_text("460/17/DINSOS")
    assert holders(site, case) == []
    clerk.context.close()
