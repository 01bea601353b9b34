"""The order for who cannot sit still, chosen by one touch: photo, signature, fingers; it outlives a stop."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from books import Ticking
from counter import Counter, being_recorded, counter_of
from faces import Site, served
from front_office import open_office
from playwright.sync_api import Browser, Page, expect
from screens import accessible, sign_in

from appliance.casework.roles import Role
from appliance.clock import utc_millis

PIECES = ("capture_photo", "capture_signature", "capture_finger")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    being_recorded(tmp_path)
    with served(open_office(tmp_path, (Role.PEREKAM,))) as found:
        yield found


@pytest.fixture
def machines(site: Site) -> Counter:
    return counter_of(site.place.office, Ticking(utc_millis()), [], {}, site.place.services.pulse.beat)


@pytest.fixture(autouse=True)
def patience() -> Iterator[None]:
    """More of it than usual: each step is answered by a whole page, drawn anew."""
    expect.set_options(timeout=30_000)
    yield
    expect.set_options(timeout=5_000)


def at_the_case(chromium: Browser, site: Site) -> Page:
    """The officer's tablet, signed in anew."""
    page = chromium.new_context(has_touch=True, viewport={"width": 800, "height": 1280}).new_page()
    page.set_default_timeout(30_000)
    sign_in(page, site, "perekam")
    page.locator("a.case").tap()
    return page


def in_order(page: Page, *acts: str) -> None:
    """The pieces stand on the page in this order."""
    forms = page.locator(", ".join(f"form[data-act={act}]" for act in PIECES))
    for at, act in enumerate(acts):
        expect(forms.nth(at)).to_have_attribute("data-act", act)


def test_one_touch_puts_the_photo_first_and_a_stop_keeps_it(site: Site, machines: Counter, chromium: Browser) -> None:
    page = at_the_case(chromium, site)
    in_order(page, "capture_finger", "capture_photo", "capture_signature")
    button = page.get_by_role("button", name="Foto dulu")
    box = button.bounding_box()
    assert box is not None and box["height"] >= 44 and box["width"] >= 44
    button.tap()
    expect(page.locator("[data-first]")).to_have_text("Urutan: foto, tanda tangan, lalu jari")
    expect(page.get_by_role("button", name="Foto dulu")).to_have_count(0)
    in_order(page, *PIECES)
    accessible(page)

    page.locator("form[data-act=capture_photo]").get_by_role("button").tap()
    expect(page.locator("[data-job=capture-photo]")).to_be_visible()
    machines.run("camera")
    expect(page.locator("[data-resident]").first).to_contain_text("Foto: sudah")
    in_order(page, "capture_signature", "capture_finger", "capture_photo")

    page.locator("summary", has_text="Berhenti dulu").tap()
    page.locator("form[data-act=stop_recording]").get_by_role("button").tap()
    expect(page.locator("form[data-act=stop_recording]")).to_have_count(0)
    page.context.close()

    page = at_the_case(chromium, site)
    expect(page.locator("[data-first]")).to_be_visible()
    in_order(page, "capture_signature", "capture_finger", "capture_photo")
    page.locator("form[data-act=capture_signature]").get_by_role("button").tap()
    expect(page.locator("[data-job=capture-signature]")).to_be_visible()
    machines.run("pad")
    expect(page.locator("[data-resident]").first).to_contain_text("Tanda tangan: sudah")
    expect(page.locator("[data-first]")).to_have_count(0)
    in_order(page, "capture_finger")
    page.context.close()
