"""Large letters, four sets of colours, and a voice: on the screens of a resident, in a real browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from faces import Site, Watched, served
from front_office import open_office, reader_saw, report, with_reader
from playwright.sync_api import Page, expect
from resident_screens import every_screen
from screens import PANELS, accessible, fits, fits_or_turns, forward, viewport

from appliance.casework.roles import Actor, Role
from appliance.diagnostics.board import DeviceReading
from appliance.kiosk_ui.resident.comfort import CONTRASTS
from appliance.kiosk_ui.voice import installed

PICTURES = Path(__file__).parents[2] / "build" / "screens"
SMALL = ("10.1in", "10.1in low", "11.6in")
"""Panels without large letters."""
SIZES_OF = {**dict.fromkeys(PANELS, 3), **dict.fromkeys(SMALL, 1), "13.3in": 2}
"""How many sizes of letters each panel offers."""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with served(open_office(tmp_path, voice=installed(None))) as found:
        yield found


def press(page: Page, name: str) -> None:
    with page.expect_navigation(wait_until="load"):
        page.get_by_role("button", name=name).click()


def walk(page: Page, site: Site, look: Callable[[Page], None]) -> None:
    """One screen of each kind, from home to help and the one that waits for somebody."""
    code = report(site.place.app("resident").test_client())
    page.goto(site.address)
    look(page)
    page.goto(f"{site.address}/lapor")
    look(page)
    forward(page)
    look(page)
    forward(page)
    look(page)
    page.locator("label.tile").first.click()
    forward(page)
    look(page)
    page.locator("input[name=reporter]").fill("RATNA")
    for choice in ("Lanjut usia", "Tidak tahu", "Metro Pusat", "Tidak tahu"):
        forward(page)
        look(page)
        page.locator("label.tile", has_text=choice).click()
    with_reader(site.place)
    page.goto(f"{site.address}/status")
    look(page)
    press(page, "Ada. Saya tempelkan")
    look(page)
    reader_saw(site.place, why="foreign")
    page.reload()
    look(page)
    page.goto(f"{site.address}/periksa")
    look(page)
    press(page, "Kartu Keluarga")
    look(page)
    reader_saw(site.place, "read-family-card", why="altered")
    page.wait_for_url("**/periksa/hasil")  # it goes there by itself
    look(page)
    page.goto(f"{site.address}/nomor")
    look(page)
    press(page, "Ambil KK atau KTP-el")
    look(page)
    press(page, "Tidak")
    look(page)
    page.goto(f"{site.address}/status/kode")
    look(page)
    page.locator("input[name=code]").fill(code)
    forward(page)
    look(page)
    with page.expect_navigation(wait_until="load"):
        page.get_by_role("button", name="Panggil petugas").click()
    look(page)
    page.goto(f"{site.address}/sambutan")
    look(page)


@pytest.mark.parametrize("watched", [viewport(one) for one in PANELS], indirect=True, ids=list(PANELS))
def test_every_kind_of_screen_fits_on_every_panel(site: Site, watched: Watched) -> None:
    walk(watched.page, site, fits)


@pytest.mark.parametrize("watched", [viewport(one) for one in SMALL], indirect=True, ids=SMALL)
def test_below_13_inch_large_letters_are_not_offered(site: Site, watched: Watched) -> None:
    watched.page.goto(site.address)
    expect(watched.page.get_by_role("button", name="Warna layar")).to_be_visible()
    expect(watched.page.locator("[name=what][value=size]")).to_be_hidden()


WITH_LARGE = {"1280x800": (1280, 800)} | {panel: viewport(panel) for panel in PANELS if panel not in SMALL}


@pytest.mark.parametrize("watched", WITH_LARGE.values(), indirect=True, ids=WITH_LARGE.keys())
def test_large_letters_fit_on_every_screen_without_scrolling(site: Site, watched: Watched) -> None:
    page = watched.page
    page.goto(site.address)
    press(page, "Huruf besar")
    expect(page.locator("body")).to_have_attribute("data-size", "large")
    walk(page, site, fits)
    page.goto(site.address)
    page.screenshot(path=PICTURES / "resident-large.png")
    press(page, "Selesai")
    expect(page.locator("body")).to_have_attribute("data-size", "standard")


WITH_LARGEST = {name: size for name, size in WITH_LARGE.items() if name != "13.3in"}
MAY_TURN = {"name, two mistakes", "where", "check"}
"""Of the screens in largest letters, those that may be longer than a 15.6 inch panel."""


@pytest.mark.parametrize("watched", WITH_LARGEST.values(), indirect=True, ids=WITH_LARGEST.keys())
def test_largest_letters_fit_or_are_turned_by_two_large_buttons(site: Site, watched: Watched) -> None:
    page = watched.page
    page.goto(site.address)
    for _ in range(2):
        press(page, "Huruf besar")
    expect(page.locator("body")).to_have_attribute("data-size", "largest")
    assert page.evaluate("() => parseFloat(getComputedStyle(document.body).fontSize)") * 0.668 >= 8.5 * 96 / 25.4
    turned = {name for name in every_screen(page, site) if fits_or_turns(page, 6.4)}
    assert turned <= MAY_TURN, turned - MAY_TURN
    if page.viewport_size and page.viewport_size["height"] > 1000:
        assert turned <= {"check", "name, two mistakes"}, turned
    accessible(page)
    page.goto(site.address)
    page.screenshot(path=PICTURES / "resident-largest.png")
    press(page, "Huruf besar")
    expect(page.locator("body")).to_have_attribute("data-size", "standard")


def test_below_156_inch_the_largest_letters_are_the_large_ones(site: Site, chromium_page: Page) -> None:
    width, height = viewport("13.3in")
    chromium_page.set_viewport_size({"width": width, "height": height})
    chromium_page.goto(site.address)
    sizes = []
    for _ in range(2):
        press(chromium_page, "Huruf besar")
        sizes.append(chromium_page.evaluate("() => getComputedStyle(document.body).fontSize"))
        fits(chromium_page)
    assert sizes[0] == sizes[1]


@pytest.mark.parametrize("contrast", CONTRASTS[1:])
def test_every_set_of_colours_can_be_read(site: Site, watched: Watched, contrast: str) -> None:
    page = watched.page
    page.goto(site.address)
    for _ in range(CONTRASTS.index(contrast)):
        press(page, "Warna layar")
    expect(page.locator("body")).to_have_attribute("data-contrast", contrast)
    walk(page, site, accessible)
    page.goto(site.address)
    page.screenshot(path=PICTURES / f"resident-{contrast}.png")


def test_the_screen_is_read_aloud_page_by_page_until_the_visit_ends(site: Site, watched: Watched) -> None:
    page = watched.page
    page.goto(site.address)
    press(page, "Bacakan layar")
    playing = "() => { const a = document.querySelector('audio'); return a.duration > 1 && a.currentTime > 0.05; }"
    page.wait_for_function(playing)
    fits(page)
    accessible(page)
    page.get_by_role("link", name="Lapor penduduk").click()
    page.wait_for_url("**/lapor/setuju")
    page.wait_for_function(playing)
    page.evaluate("() => { document.querySelector('audio').pause(); }")
    page.get_by_role("button", name="Ulangi suara").click()
    page.wait_for_function("() => !document.querySelector('audio').paused")
    page.screenshot(path=PICTURES / "resident-sound.png")
    page.wait_for_function("() => document.querySelector('audio').duration > 1")
    before = page.evaluate("() => document.querySelector('audio').duration")
    press(page, "Kecepatan suara")
    page.wait_for_function("(before) => document.querySelector('audio').duration < before * 0.9", arg=before)
    press(page, "Keras suara")
    expect(page.locator("body")).to_have_attribute("data-tones", "0.1778")
    press(page, "Selesai")
    expect(page.locator("audio")).to_have_count(0)


@pytest.mark.parametrize("panel", PANELS)
def test_the_buttons_of_the_voice_fit_on_every_panel(site: Site, chromium_page: Page, panel: str) -> None:
    page = chromium_page
    width, height = viewport(panel)
    page.set_viewport_size({"width": width, "height": height})
    page.goto(site.address)
    press(page, "Bacakan layar")
    for size in range(SIZES_OF[panel]):
        if size:
            press(page, "Huruf besar")
        for address in ("/lapor/setuju", "/status/kode", "/"):
            page.goto(f"{site.address}{address}")
            expect(page.locator("header .comfort button:visible")).to_have_count(5 if panel in SMALL else 6)
            if size < 2:
                fits(page)
            else:
                fits_or_turns(page, 6.4)


@pytest.mark.parametrize("panel", PANELS)
def test_the_first_page_fits_when_nothing_can_be_stored_and_offers_only_what_stores_nothing(
    site: Site, chromium_page: Page, panel: str
) -> None:
    page, now = chromium_page, site.place.services.clock()
    site.place.devices.append(DeviceReading("storage", "ok", since=now, asked=now + 60_000))
    width, height = viewport(panel)
    page.set_viewport_size({"width": width, "height": height})
    page.goto(site.address)
    expect(page.locator(".home a")).to_have_count(5)
    site.place.devices[0] = DeviceReading("storage", "down", ("storage.full",), since=now, asked=now + 60_000)
    expect(page.locator("[data-closed]")).to_have_count(3)
    for size in range(SIZES_OF[panel]):
        if size:
            press(page, "Huruf besar")
        fits(page)
        expect(page.locator(".home a")).to_have_text(["Lihat status berkas", "Periksa KK atau KTP"])


def test_everything_is_reached_by_keys_alone(site: Site, watched: Watched) -> None:
    """The tactile keypad sends Tab, Enter and digits; the screen keyboard has no stops of its own."""
    page = watched.page
    page.goto(site.address)
    stops: list[str] = []
    for _ in range(14):
        page.keyboard.press("Tab")
        stops.append(page.evaluate("() => document.activeElement.innerText || document.activeElement.ariaLabel"))
    assert {"Bacakan layar", "Huruf besar", "Warna layar", "English", "Panggil petugas", "Selesai"} <= set(stops)
    page.goto(f"{site.address}/status")
    page.keyboard.type("SG-AAAA-AA")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_focused()


def test_the_warning_before_the_end_is_spoken(site: Site, watched: Watched) -> None:
    page = watched.page
    page.goto(site.address)
    press(page, "Bacakan layar")
    page.clock.install()
    page.goto(f"{site.address}/lapor")
    page.clock.run_for(170_000)
    expect(page.get_by_role("dialog")).to_be_hidden()
    with page.expect_response("**/suara/masih") as heard:
        page.clock.run_for(11_000)
    assert heard.value.status in {200, 206} and heard.value.headers["content-type"] == "audio/wav"
    expect(page.get_by_role("dialog")).to_be_visible()
    page.get_by_role("button", name="Ya, lanjutkan").click()
    press(page, "Bacakan layar")
    page.clock.run_for(91_000)
    expect(page.get_by_role("dialog")).to_be_visible()
    assert len([url for url in watched.asked if url.endswith("/suara/masih")]) == 1, "silent without sound"


LISTEN = """() => {
  window.tones = [];
  const start = OscillatorNode.prototype.start;
  OscillatorNode.prototype.start = function (...given) {
    tones.push(this.frequency.value);
    start.apply(this, given);
  };
}"""


def test_each_key_has_a_tone_while_sound_is_on_and_only_then(site: Site, watched: Watched) -> None:
    page = watched.page
    page.add_init_script(f"({LISTEN})()")
    page.goto(f"{site.address}/status/kode")
    keys = page.locator(".keyboard button")
    keys.first.click()
    assert page.evaluate("() => tones") == [], "silent as long as nobody wants to hear"
    press(page, "Bacakan layar")
    for key in ("S", "G", "1"):
        if key == "1":
            keys.filter(has_text="123").click()
        keys.get_by_text(key, exact=True).click()
    page.get_by_role("button", name="hapus").click()
    assert page.evaluate("() => tones") == [660, 660, 660, 330]
    assert page.locator("input[name=code]").input_value() == "SG"


@pytest.mark.parametrize("panel", PANELS)
def test_the_first_page_fits_with_a_printer_down_and_a_number_called(
    site: Site, chromium_page: Page, panel: str
) -> None:
    page, now = chromium_page, site.place.services.clock()
    site.place.devices += [
        DeviceReading(name, "down" if why else "ok", why, since=now, asked=now + 60_000)
        for name, why in (("camera", ()), ("document_printer", ()), ("card_printer", ("printer.media-empty",)))
    ]
    queue = site.place.services.desk.tickets
    queue.take("lain", True, printed=False)
    queue.act(Actor("a", "A", Role.PETUGAS, "meja 1"), "call_next")
    width, height = viewport(panel)
    page.set_viewport_size({"width": width, "height": height})
    page.goto(site.address)
    for size in range(SIZES_OF[panel]):
        if size:
            press(page, "Huruf besar")
        fits(page)
        expect(page.locator("[data-called]")).to_contain_text("P001")
        expect(page.locator("[data-service]")).to_have_count(3)
