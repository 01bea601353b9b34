"""The page on which the Kadis enters who stands in, in a real browser."""

from __future__ import annotations

from faces import Site, Watched
from playwright.sync_api import expect
from screens import accessible, sign_in
from test_browser import SCREENS


def test_the_kadis_enters_a_stand_in_and_ends_it(site: Site, watched: Watched) -> None:
    page = watched.page
    sign_in(page, site, "kadis")
    page.get_by_role("link", name="Pejabat").click()
    accessible(page)
    page.get_by_role("button", name="Catat penunjukan").click()
    expect(page.get_by_role("alert")).to_contain_text("Isi nomor surat perintah")
    accessible(page)
    page.get_by_label("Plh., pejabatnya sedang berhalangan").check()
    page.get_by_label("Kepala Bidang", exact=True).check()
    page.get_by_label("Yang ditunjuk").select_option("kasi")
    page.get_by_label("Nomor surat perintah").fill("800.1.3/112/2026")
    today = site.place.office.today().isoformat()
    for label in ("Hari pertama", "Hari terakhir"):
        page.get_by_label(label).fill(today)
    page.get_by_role("button", name="Catat penunjukan").click()
    expect(page.locator("[data-appointment=kabid]")).to_contain_text("Plh. Kepala Bidang")
    accessible(page)
    page.screenshot(path=SCREENS / "officer-officials.png")
    page.get_by_text("Akhiri lebih awal").click()
    page.get_by_label("Alasan").select_option("back")
    page.get_by_role("button", name="Akhiri mulai hari ini").click()
    expect(page.locator("[data-appointment]")).to_have_count(0)


OFF_CENTRE = """() => [...document.querySelectorAll('.govuk-radios__label')].map((label) => {
  const mark = getComputedStyle(label, '::before');
  const top = label.parentElement.getBoundingClientRect().top;
  const middle = top + parseFloat(mark.top) + parseFloat(mark.height) / 2;
  const range = document.createRange();
  range.selectNodeContents(label);
  const words = range.getClientRects()[0];
  return Math.abs(words.top + words.height / 2 - middle);
})"""


def test_what_is_marked_stands_beside_its_words(site: Site, watched: Watched) -> None:
    page = watched.page
    sign_in(page, site, "kadis")
    page.get_by_role("link", name="Pejabat").click()
    expect(page.get_by_role("radio").first).to_be_attached()
    off = page.evaluate(OFF_CENTRE)
    assert len(off) == 5 and max(off) <= 2, off
