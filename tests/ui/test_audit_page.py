"""The audit log on the auditor's page in a real browser: by the keyboard, without scripts, and its table."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from counter import PEOPLE, open_counter
from faces import Site, Watched, served
from front_office import PIN, open_office
from playwright.sync_api import Browser, expect
from screens import accessible, sign_in
from sqlalchemy import text
from test_browser import SCREENS
from wiping import archived

from appliance.casework.retention import DAY_MS
from appliance.casework.roles import Role
from appliance.clock import utc_millis
from appliance.records import audit, chain_watch


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """An office with a case that went from report to archive, and a chain that was checked."""
    counter = open_counter(tmp_path, utc_millis() - DAY_MS)
    archived(counter)
    with counter.store.write() as tx:
        for _ in range(40):
            audit.record(tx, "sign-in-complete", PEOPLE[Role.KASI])
    counter.store.close()
    place = open_office(tmp_path)
    chain_watch.look(place.office.store, DAY_MS)
    with served(place) as found:
        yield found


def test_the_auditor_reads_the_log_by_the_keyboard(site: Site, watched: Watched) -> None:
    page = watched.page
    sign_in(page, site, "auditor", first="retensi")
    page.get_by_role("link", name="Log audit").click()
    expect(page.locator("[data-chain=whole]")).to_contain_text("Rantai utuh")
    expect(page.locator("[data-line]")).to_have_count(50)
    accessible(page)
    page.screenshot(path=SCREENS / "officer-audit.png", full_page=True)
    page.get_by_role("link", name="Lebih lama").click()
    expect(page.get_by_role("link", name="Terbaru")).to_be_visible()
    page.get_by_role("link", name="Terbaru").click()
    page.get_by_label("Hari").focus()
    page.keyboard.type("2026-02-31")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Hari")).to_have_value("31-02-2026")
    expect(page.locator(".govuk-error-message")).to_contain_text("Tanggal harus tanggal yang ada")
    accessible(page)
    page.get_by_label("Hari").fill("")
    page.get_by_label("Kejadian").select_option("case-archive-complete")
    page.get_by_role("button", name="Tampilkan").press("Enter")
    expect(page.locator("[data-line]")).to_have_count(1)
    with page.expect_download() as started:
        page.get_by_role("link", name="Tabel dari semua").click()
    table = started.value.path().read_text().splitlines()
    assert len(table) == 2 and table[0].startswith("time,sequence,at,event,actor,case_id,facts,previous,hash")
    with site.place.office.store.write() as tx:
        tx.sql.execute(text("UPDATE audit SET actor = 'kadis:x@y' WHERE sequence = 9"))
    chain_watch.look(site.place.office.store, 0)
    page.reload()
    expect(page.get_by_role("alert")).to_contain_text("Rantai putus di baris 9")
    accessible(page)
    page.screenshot(path=SCREENS / "officer-audit-broken.png", full_page=True)


def test_it_needs_no_script(site: Site, chromium: Browser) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site.address}/petugas/masuk")
    page.get_by_label("Nama pengguna").fill("auditor")
    page.get_by_label("PIN").fill(PIN)
    page.get_by_role("button", name="Masuk").click()
    page.goto(f"{site.address}/petugas/audit")
    page.get_by_label("Kejadian").select_option("case-archive-complete")
    page.get_by_role("button", name="Tampilkan").click()
    expect(page.locator("[data-line]")).to_have_count(1)
    context.close()
