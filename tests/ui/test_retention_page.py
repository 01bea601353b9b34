"""Retention read and a case held on its page, in a real browser; and a case of which something is gone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from counter import open_counter
from faces import Site, Watched, served
from front_office import open_office
from playwright.sync_api import expect
from screens import accessible, sign_in
from test_browser import SCREENS
from wiping import archived, later, wipe

from appliance.casework.retention import DAY_MS
from appliance.clock import to_datetime, utc_millis


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """An office with a case that was archived eight days ago, its raw captures wiped, and a torn database."""
    counter = open_counter(tmp_path, utc_millis() - 9 * DAY_MS)
    archived(counter)
    later(counter, 8)
    wipe(counter)
    counter.store.close()
    aside = tmp_path / "torn" / f"{to_datetime(utc_millis() - 3 * DAY_MS):%Y%m%dT%H%M%S}-000000001"
    aside.mkdir(parents=True)
    (aside / "siaga.db").write_bytes(bytes(3_000_000))
    with served(open_office(tmp_path)) as found:
        yield found


def test_the_kasi_holds_a_case_and_the_kadis_lets_it_go(site: Site, watched: Watched) -> None:
    page = watched.page
    sign_in(page, site, "kasi")
    page.get_by_role("link", name="Laporan").click()
    page.get_by_role("link", name="Retensi data pribadi").click()
    expect(page.locator("[data-stone=raw]").first).to_be_visible()
    expect(page.locator("[data-due=biometrics]")).to_have_count(1)
    expect(page.locator("[data-torn]")).to_contain_text("2,9 MB")
    accessible(page)
    page.get_by_role("button", name="Tahan berkas").click()
    expect(page.get_by_role("alert")).to_contain_text("Isi kode berkas")
    accessible(page)
    code = page.locator("[data-due=biometrics] a").inner_text()
    page.get_by_label("Kode berkas").fill(code)
    page.get_by_label("Alasan menahan").select_option("dispute")
    page.get_by_role("button", name="Tahan berkas").click()
    expect(page.locator(f"[data-held='{code}']")).to_contain_text("Ada sengketa")
    accessible(page)
    page.screenshot(path=SCREENS / "officer-retention.png", full_page=True)
    page.get_by_role("button", name="Keluar").click()
    sign_in(page, site, "kadis")
    page.get_by_role("link", name="Laporan").click()
    page.get_by_role("link", name="Retensi data pribadi").click()
    page.get_by_text("Lepaskan").first.click()
    page.get_by_label("Sudah selesai").check()
    page.get_by_role("button", name="Lepaskan").click()
    expect(page.locator("[data-held]")).to_have_count(0)
    page.locator("[data-due=biometrics] a").click()
    expect(page.locator("[data-wiped=raw]")).to_contain_text("Dihapus sesuai jadwal retensi tanggal")
    accessible(page)
    page.screenshot(path=SCREENS / "officer-wiped-case.png")
