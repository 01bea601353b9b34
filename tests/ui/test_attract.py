"""The screen that waits for somebody: when it comes, what it shows, and every way from it into a visit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from ears import overheard
from faces import Site, Watched, served
from front_office import open_office
from playwright.sync_api import Browser, Page, expect
from screens import PANELS, fits, forward, viewport

from appliance.diagnostics.board import DeviceReading
from appliance.kiosk_ui.voice import installed

SIZES = {**dict.fromkeys(PANELS, 3), "10.1in": 1, "10.1in low": 1, "11.6in": 1, "13.3in": 2}


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "voice" / "said"


@pytest.fixture
def site(tmp_path: Path, log: Path) -> Iterator[Site]:
    voice, _ = overheard(log.parent)
    with served(open_office(tmp_path, voice=voice)) as found:
        yield found


@pytest.fixture
def waiting(site: Site, watched: Watched) -> Page:
    """On a clock that stands still until it is moved."""
    page = watched.page
    page.clock.install()
    page.goto(f"{site.address}/sambutan")
    expect(page.get_by_role("heading", name="Sentuh layar untuk mulai")).to_be_visible()
    return page


def services(site: Site, card_printer: str = "ok") -> None:
    now = site.place.services.clock()
    why = () if card_printer == "ok" else ("printer.media-empty",)
    names = ("fingerprint_scanner", "camera", "signature_pad", "document_printer", "chip_encoder")
    site.place.devices[:] = [DeviceReading(name, "ok", asked=now + 60_000) for name in names]
    site.place.devices.append(
        DeviceReading("card_printer", "ok" if not why else "down", why, since=now, asked=now + 60_000)
    )


def test_home_gives_way_to_it_when_nobody_touches_and_never_before(site: Site, watched: Watched) -> None:
    page = watched.page
    page.clock.install()
    page.goto(site.address)
    page.clock.run_for(80_000)
    page.mouse.click(5, 400)
    page.clock.run_for(80_000)
    assert page.url == f"{site.address}/"
    with page.expect_navigation(url="**/sambutan"):
        page.clock.run_for(11_000)
    page.clock.run_for(300_000)
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert page.url.endswith("/sambutan")


def test_what_was_typed_is_wiped_before_it_comes(site: Site, watched: Watched) -> None:
    """Also when its owner went back to the first page and away from there."""
    page = watched.page
    page.clock.install()
    page.goto(f"{site.address}/lapor")
    forward(page)
    page.locator("input[value=self]").check(force=True)
    forward(page)
    page.locator("input[name=reporter]").fill("RATNA")
    forward(page)
    page.goto(site.address)
    page.clock.run_for(91_000)
    expect(page.get_by_role("dialog")).to_be_visible()
    assert page.url == f"{site.address}/"
    with page.expect_navigation(url=f"{site.address}/"):
        page.clock.run_for(21_000)
    expect(page.locator("body")).to_have_attribute("data-untouched", "")
    with page.expect_navigation(url="**/sambutan"):
        page.clock.run_for(91_000)
    page.go_back()
    page.goto(f"{site.address}/lapor/nama")
    page.wait_for_url("**/lapor/setuju")


def test_each_service_says_how_it_is_and_changes_by_itself(site: Site, watched: Watched) -> None:
    services(site)
    page = watched.page
    page.goto(f"{site.address}/sambutan")
    said = page.get_by_role("list", name="Keadaan layanan")
    expect(said.get_by_role("listitem")).to_have_text(
        ["Lapor dan lihat status: siap", "Perekaman: siap", "Cetak KTP-el: siap", "Cetak KK: siap"]
    )
    services(site, card_printer="down")
    expect(page.locator("[data-service=ktp]")).to_have_text("Cetak KTP-el: tidak bisa")
    expect(page.locator("[data-strip]")).to_contain_text("Mesin cetak sedang tidak bisa")
    expect(page.locator("[data-service=kk]")).to_have_class("ok")


def test_the_list_of_the_first_page_changes_by_itself_too(site: Site, watched: Watched) -> None:
    services(site)
    watched.page.goto(site.address)
    expect(watched.page.locator("[data-service=ktp]")).to_have_class("ok")
    services(site, card_printer="down")
    expect(watched.page.locator("[data-service=ktp]")).to_have_class("down")


def test_a_touch_anywhere_begins(site: Site, watched: Watched) -> None:
    page = watched.page
    for where in (".attract .tile", "footer .button.main", ".attract h2"):
        page.goto(f"{site.address}/sambutan")
        with page.expect_navigation(url=f"{site.address}/"):
            page.locator(where).click()
    page.goto(f"{site.address}/sambutan")
    with page.expect_navigation(url="**/bantuan"):
        page.locator("form[action='/bantuan'] button").click()


@pytest.mark.parametrize("key", ["Numpad5", "Enter", "ArrowRight", "7"])
def test_any_key_of_the_keypad_begins(site: Site, watched: Watched, key: str) -> None:
    watched.page.goto(f"{site.address}/sambutan")
    with watched.page.expect_navigation(url=f"{site.address}/"):
        watched.page.keyboard.press(key)


def test_a_language_chosen_there_begins_in_it(site: Site, watched: Watched) -> None:
    watched.page.goto(f"{site.address}/sambutan")
    with watched.page.expect_navigation(url=f"{site.address}/"):
        watched.page.get_by_role("button", name="English").click()
    expect(watched.page.get_by_role("heading", level=1)).to_have_text("What do you need?")


def test_it_is_dim_after_ten_minutes_and_the_touch_that_wakes_it_does_nothing_else(waiting: Page) -> None:
    page = waiting
    page.clock.run_for(590_000)
    assert page.locator("body").get_attribute("data-dim") is None
    page.clock.run_for(11_000)
    expect(page.locator("body")).to_have_attribute("data-dim", "")
    box = page.locator("form[action='/bantuan'] button").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 20, box["y"] + 20)
    expect(page.locator("body")).not_to_have_attribute("data-dim", "")
    assert page.url.endswith("/sambutan")
    page.clock.run_for(601_000)
    expect(page.locator("body")).to_have_attribute("data-dim", "")


def test_the_ear_works_at_once_from_the_dim_screen(waiting: Page, log: Path) -> None:
    waiting.clock.run_for(601_000)
    expect(waiting.locator("body")).to_have_attribute("data-dim", "")
    with waiting.expect_response(lambda one: one.url.endswith("/suara")):
        waiting.keyboard.press("NumpadMultiply")
    waiting.wait_for_load_state()
    assert waiting.url.count("/") == 3 and waiting.locator("body").get_attribute("data-dark") is not None
    assert "Layar gelap." in log.read_text("utf-8") and "Apa yang Anda perlukan?" in log.read_text("utf-8")


def test_a_sample_of_the_voice_is_heard_and_begins_no_visit(site: Site, watched: Watched, log: Path) -> None:
    page = watched.page
    page.goto(f"{site.address}/sambutan")
    with page.expect_response("**/suara/contoh") as heard:
        page.get_by_role("button", name="Dengarkan contoh suara").click()
    assert heard.value.status in {200, 206} and heard.value.headers["content-type"] == "audio/wav"
    assert "Mesin ini bisa membacakan layar." in log.read_text("utf-8")
    assert page.url.endswith("/sambutan")
    page.reload()
    expect(page.locator("body")).to_have_attribute("data-untouched", "")


def test_without_scripts_the_sample_turns_the_voice_on_and_the_picture_begins(site: Site, chromium: Browser) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site.address}/sambutan")
    page.locator(".attract .tile").click()
    page.wait_for_url(f"{site.address}/")
    page.goto(f"{site.address}/sambutan")
    page.locator("[data-sample]").click()
    page.wait_for_url(f"{site.address}/")
    assert page.locator("audio").get_attribute("src") == "/suara"
    context.close()


@pytest.mark.parametrize("panel", PANELS)
def test_it_fits_in_every_size_of_letters_with_a_printer_down(
    tmp_path: Path, chromium_page: Page, panel: str
) -> None:
    page = chromium_page
    width, height = viewport(panel)
    page.set_viewport_size({"width": width, "height": height})
    with served(open_office(tmp_path, voice=installed(None))) as site:
        services(site, card_printer="down")
        page.goto(site.address)
        for size in range(SIZES[panel]):
            if size:
                with page.expect_navigation(wait_until="load"):
                    page.locator("[name=what][value=size]").click()
            page.goto(f"{site.address}/sambutan")
            fits(page)
            page.goto(site.address)
