"""How many screens a resident meets on his ways through the kiosk, counted in a real browser."""

from __future__ import annotations

import pytest
from faces import Site, Watched
from front_office import post, reader_saw, report, sign_in, with_reader
from playwright.sync_api import Page, expect

from appliance.casework.roles import Role


class Steps:
    """The screens met so far, the first one included; a screen shown again with mistakes counts again."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.seen = page, list[str]()
        page.goto(address)
        self._met()

    def _met(self) -> None:
        self.seen.append(self.page.locator("h1").inner_text())

    def touch(self, selector: str) -> None:
        with self.page.expect_navigation(wait_until="load"):
            self.page.locator(selector).first.click()
        self._met()


def test_the_status_is_reached_in_four_screens_by_slip_or_by_code(site: Site, watched: Watched) -> None:
    code = report(site.place.app("resident").test_client())
    with_reader(site.place)
    by_code = Steps(watched.page, site.address)
    by_code.touch(".home a[href='/status']")
    by_code.touch("a[href='/status/kode']")
    watched.page.locator("input[name=code]").fill(code)
    by_code.touch("button[form=page]")
    assert code in by_code.seen[-1] and len(by_code.seen) <= 4, by_code.seen
    by_slip = Steps(watched.page, site.address)
    by_slip.touch(".home a[href='/status']")
    by_slip.touch("form[action='/status/bukti'] button")
    with watched.page.expect_navigation(wait_until="load"):
        reader_saw(site.place, code=code)
    by_slip.seen.append(watched.page.locator("h1").inner_text())
    assert code in by_slip.seen[-1] and len(by_slip.seen) <= 4, by_slip.seen


def test_who_fetches_a_card_is_called_to_its_handover_within_five_screens(site: Site, watched: Watched) -> None:
    """The card itself is given at the desk (decision 0032); the kiosk's part is the number and the call."""
    steps = Steps(watched.page, site.address)
    steps.touch(".home a[href='/nomor']")
    steps.touch("button[value=ambil]")
    steps.touch("button[value=tidak]")
    officer = site.place.app("officer").test_client()
    sign_in(officer, Role.PETUGAS)
    post(officer, "/petugas/", "/petugas/antrean/berikutnya")
    expect(watched.page.get_by_text("Giliran Anda. Silakan ke meja petugas.")).to_be_visible()
    assert len(steps.seen) <= 5, steps.seen


@pytest.mark.parametrize("role", ["self", "pamong"])
def test_a_report_takes_twelve_screens_and_whoever_does_not_know_gets_to_its_end(
    site: Site, watched: Watched, role: str
) -> None:
    """Counted from the first question; what can be left out is left out, what can be unknown is unknown."""
    page = watched.page
    steps = Steps(page, f"{site.address}/lapor")
    known = {"reporter": "RATNA", "institution": "RT 03", "resident": "IBU TUA BERBAJU BIRU"}
    while not page.url.endswith("/lapor/bukti"):
        assert len(steps.seen) <= 12, steps.seen
        for name, value in known.items():
            if page.locator(f"input[name={name}]").count():
                page.locator(f"input[name={name}]").fill(value)
        for value in (role, "tidak_tahu"):
            if page.locator(f"input[type=radio][value={value}]").count():
                page.locator(f"input[value={value}]").check(force=True)
        steps.touch("button[form=page]")
    assert len(steps.seen) <= 12, steps.seen
    expect(page.locator("[data-code]")).to_be_visible()
