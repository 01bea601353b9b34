"""Faults, log and checklist in a real browser, the checklist on paper as well."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pypdfium2
import pytest
from faces import Site, Watched, served
from front_office import open_office
from playwright.sync_api import expect
from screens import MM, accessible, sign_in

from appliance.casework.roles import SYSTEM, Role
from appliance.diagnostics.log import read
from appliance.records import audit

SCREENS = Path(__file__).parents[2] / "build" / "screens"
LINES = (
    (6, "siaga-web.service", "siaga: ready"),
    (4, "siaga-deviced.service", "camera: a frame came twice"),
    (3, "siaga-deviced.service", "printer: no answer in 5 s"),
)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    journal = [
        json.dumps(
            {"MESSAGE": text, "PRIORITY": str(level), "_SYSTEMD_UNIT": unit, "__REALTIME_TIMESTAMP": f"{at}000"}
        )
        for at, (level, unit, text) in enumerate(LINES, 1_795_503_900_000)
    ]
    with served(open_office(tmp_path, (Role.TEKNISI,), log=lambda: read(journal))) as found:
        yield found


def test_faults_are_filtered_by_keyboard(site: Site, watched: Watched) -> None:
    with site.place.office.store.write() as tx:
        for code in ("fingerprint_scanner.timeout", "printer.media-jam"):
            audit.record(tx, "job-fault", SYSTEM, None, kind="print-card", fault=code)
    page = watched.page
    sign_in(page, site, "teknisi", "teknisi")
    page.get_by_role("link", name="Gangguan").click()
    expect(page.locator("[data-fault]")).to_have_count(2)
    accessible(page)
    page.screenshot(path=SCREENS / "technician-faults.png")
    page.get_by_label("Alat").focus()
    page.keyboard.type("Printer kartu")
    page.keyboard.press("Tab")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.locator("[data-fault]")).to_have_count(1)
    expect(page.locator("[data-fault]")).to_contain_text("Buka penutup")
    accessible(page)


def test_the_log_is_shown_by_level(site: Site, watched: Watched) -> None:
    page = watched.page
    sign_in(page, site, "teknisi", "teknisi")
    page.get_by_role("link", name="Catatan").click()
    expect(page.locator("[data-priority]")).to_have_count(3)
    accessible(page)
    page.screenshot(path=SCREENS / "technician-log.png")
    page.get_by_role("link", name="Galat saja").click()
    expect(page.locator("[data-priority]")).to_have_count(1)
    expect(page.locator("[data-priority]")).to_contain_text("galat")
    accessible(page)


def test_the_checklist_goes_on_two_sheets_of_paper_at_most(site: Site, watched: Watched, tmp_path: Path) -> None:
    page = watched.page
    sign_in(page, site, "teknisi", "teknisi")
    page.get_by_role("link", name="Daftar periksa").click()
    accessible(page)
    page.screenshot(path=SCREENS / "technician-checklist.png", full_page=True)
    box = page.locator("svg.box").first.bounding_box()
    assert box is not None and box["width"] >= 5 * MM
    paper = pypdfium2.PdfDocument(page.pdf(prefer_css_page_size=True))
    width, height = paper[0].get_size()
    assert (round(width / 72 * 25.4), round(height / 72 * 25.4)) == (210, 297)
    assert len(paper) <= 2
    text = "\n".join(sheet.get_textpage().get_text_range() for sheet in paper)
    assert "Nama teknisi dan tanda tangan" in text and "22,2 N" in text
    assert "Keluar" not in text and "Kesiapan" not in text, "the screen's frame is not printed"
    paper[0].render(scale=1.3).to_pil().save(SCREENS / "technician-checklist-paper.png")
