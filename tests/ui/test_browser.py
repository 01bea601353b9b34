"""The faces in a real browser: a resident by touch alone, an officer by PIN pad, the technician; geometry and axe."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from faces import Site, Watched
from front_office import case_file, post, reader_saw, report, with_reader
from front_office import sign_in as sign_in_by_form
from playwright.sync_api import Page, Route, expect
from screens import MM, accessible, fits, forward, sign_in

from appliance.casework.roles import Role
from appliance.diagnostics.board import DeviceReading

SCREENS = Path(__file__).parents[2] / "build" / "screens"
"""Where a picture of each face is left for the README."""


def choose(page: Page, *words: str) -> None:
    for word in words:
        page.locator("label.tile", has_text=word).first.click()
    forward(page)


def type_by_touch(page: Page, text: str) -> None:
    for letter in text:
        page.get_by_role("button", name="spasi" if letter == " " else letter, exact=True).click()


@pytest.mark.parametrize("watched", [(1280, 800), (1306, 735)], indirect=True, ids=["1280x800", "15.6in"])
def test_a_resident_is_reported_by_touch_alone(site: Site, watched: Watched) -> None:
    page = watched.page
    page.goto(site.address)
    fits(page)
    accessible(page)
    page.screenshot(path=SCREENS / "resident.png")
    page.get_by_role("link", name="Lapor penduduk").click()
    accessible(page)
    forward(page)
    forward(page)
    expect(page.get_by_role("alert")).to_be_focused()
    assert page.title().startswith("Galat:")
    accessible(page)
    choose(page, "Pendamping sosial")
    type_by_touch(page, "RATNA")
    accessible(page)
    forward(page)
    type_by_touch(page, "DINSOS")
    forward(page)
    forward(page)
    fits(page)
    type_by_touch(page, "BAPAK TUA")
    forward(page)
    choose(page, "Gangguan jiwa", "Tidak punya KTP")
    choose(page, "Tanpa rumah")
    choose(page, "Metro Pusat")
    choose(page, "Yosomulyo")
    choose(page, "Surat domisili")
    expect(page.get_by_text("BAPAK TUA")).to_be_visible()
    accessible(page)
    forward(page)
    fits(page)
    accessible(page)
    code = page.locator("[data-code]").inner_text()
    page.locator("footer form#finish button").click()
    page.goto(f"{site.address}/status")
    page.locator("input[name=code]").fill(code.lower())
    forward(page)
    expect(page.locator("[data-state]")).to_have_attribute("data-state", "DILAPORKAN")
    fits(page)
    accessible(page)
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_text("Step 2 of 9")).to_be_visible()


def test_a_slip_held_to_the_reader_shows_the_case_without_another_touch(site: Site, watched: Watched) -> None:
    page, place = watched.page, site.place
    code = report(place.app("resident").test_client())
    with_reader(place)
    page.goto(site.address)
    page.get_by_role("link", name="Lihat status berkas").click()
    page.get_by_role("button", name="Ada. Saya tempelkan").click()
    expect(page.get_by_role("heading", name="Tempelkan kotak hitam putih")).to_be_visible()
    reader_saw(place, code=code)
    page.wait_for_url("**/status/berkas")
    expect(page.locator("[data-state]")).to_have_attribute("data-state", "DILAPORKAN")


def test_an_idle_visit_warns_then_wipes(site: Site, watched: Watched) -> None:
    page = watched.page
    page.clock.install()
    page.goto(f"{site.address}/lapor")
    forward(page)
    choose(page, "Saya sendiri")
    page.locator("input[name=reporter]").fill("RATNA")
    page.clock.run_for(91_000)
    expect(page.get_by_role("dialog")).to_be_visible()
    page.get_by_role("button", name="Ya, lanjutkan").click()
    assert page.locator("input[name=reporter]").input_value() == "RATNA"
    page.clock.run_for(91_000)
    page.clock.run_for(21_000)
    page.wait_for_url(f"{site.address}/")
    page.go_back()
    page.wait_for_url("**/lapor/setuju")
    assert page.locator("input[name=reporter]").count() == 0


def test_a_fault_is_left_by_itself_and_whoever_comes_next_begins_anew(site: Site, watched: Watched) -> None:
    page = watched.page
    page.clock.install()
    page.goto(f"{site.address}/lapor")
    forward(page)
    choose(page, "Saya sendiri")
    page.locator("input[name=reporter]").fill("RATNA")
    forward(page)
    page.goto(f"{site.address}/tidak-ada")
    fits(page)
    accessible(page)
    page.clock.run_for(91_000)
    expect(page.get_by_role("dialog")).to_be_visible()
    with page.expect_navigation(url=f"{site.address}/"):
        page.clock.run_for(21_000)
    page.goto(f"{site.address}/lapor/nama")
    page.wait_for_url("**/lapor/setuju")


def test_loss_of_the_stream_is_shown_never_old_green(site: Site, watched: Watched) -> None:
    site.place.devices.append(DeviceReading("camera", "ok", asked=site.place.services.clock() + 60_000))
    page = watched.page
    page.goto(site.address)
    expect(page.locator("[data-service=rekam]")).to_have_class("ok")
    site.place.devices[0] = DeviceReading(
        "camera", "down", ("camera.unreachable",), asked=site.place.services.clock() + 60_000
    )
    expect(page.locator("[data-strip]")).to_contain_text("Perekaman sedang tidak bisa")
    page.route("**/langsung*", lambda route: route.abort())
    page.reload()
    expect(page.locator("[data-strip]")).to_have_text("Keadaan alat tidak diketahui.")
    expect(page.locator("[data-service=rekam]")).to_be_hidden()


def test_what_fails_between_a_page_and_its_line_is_shown_as_failed(site: Site, watched: Watched) -> None:
    later = site.place.services.clock() + 60_000
    site.place.devices.append(DeviceReading("camera", "ok", asked=later))
    page = watched.page

    def fails_meanwhile(route: Route) -> None:
        site.place.devices[0] = DeviceReading("camera", "down", ("camera.unreachable",), asked=later)
        route.continue_()

    page.route("**/langsung*", fails_meanwhile)
    page.goto(site.address)
    expect(page.locator("[data-strip]")).to_contain_text("Perekaman sedang tidak bisa")


HEARS = """
window.EventSource = class extends EventSource {
  constructor(address) { super(address); this.addEventListener("message", (event) => console.debug(event.data)); }
};
"""
"""Says on the console what the line of a page says, for a test to wait for."""


def test_who_signs_out_is_not_called_back_by_the_line_that_says_so(site: Site, watched: Watched) -> None:
    page = watched.page

    def answered_late(route: Route) -> None:
        with page.expect_console_message(lambda said: json.loads(said.text)["signed_in"] is False):
            answer = route.fetch(max_redirects=0)
        route.fulfill(response=answer)

    page.add_init_script(HEARS)
    page.route("**/keluar", answered_late)
    with page.expect_console_message(lambda said: "signed_in" in said.text):
        sign_in(page, site, "petugas")
    with page.expect_navigation(url="**/masuk"):
        page.get_by_role("button", name="Keluar").click()
    after = watched.asked[watched.asked.index(f"{site.address}/petugas/keluar") + 1 :]
    assert after[0] == f"{site.address}/petugas/masuk", "and nothing was begun between"
    watched.console[:] = [line for line in watched.console if "signed_in" not in line]


def test_who_is_signed_out_by_others_sees_it_at_once(site: Site, watched: Watched) -> None:
    page = watched.page
    sign_in(page, site, "petugas")
    page.context.request.post(
        f"{site.address}/petugas/keluar",
        form={"csrf_token": page.locator("[name=csrf_token]").first.input_value()},
    )
    page.wait_for_url("**/masuk*")


def test_an_answer_to_a_form_is_not_read_anew_but_says_that_something_changed(site: Site, watched: Watched) -> None:
    report(site.place.app("resident").test_client())
    page = watched.page
    sign_in(page, site, "petugas")
    data = {"name": "berkas.json", "mimeType": "application/json", "buffer": case_file(household={})}
    page.locator("a.case").click()
    case = page.url
    page.locator("input[type=file]").set_input_files(data)  # type: ignore[arg-type]
    page.get_by_role("button", name="Masukkan berkas").click()
    expect(page.get_by_role("alert")).to_contain_text("household.kelurahan")
    site.place.devices.append(DeviceReading("camera", "ok", asked=site.place.services.clock() + 60_000))
    expect(page.locator(".changed-note")).to_be_visible()
    expect(page.locator(".lost-note")).to_be_hidden()
    expect(page.get_by_role("alert")).to_contain_text("household.kelurahan")
    page.locator(".changed-note a").click()
    page.wait_for_url(case)


def test_an_officer_takes_a_file_in_and_sees_it_move_by_itself(site: Site, watched: Watched) -> None:
    report(site.place.app("resident").test_client())
    page = watched.page
    page.goto(f"{site.address}/petugas/masuk")
    accessible(page)
    sign_in(page, site, "petugas")
    accessible(page)
    page.locator("a.case").click()
    accessible(page)
    case = page.url
    data = {"name": "berkas.json", "mimeType": "application/json", "buffer": case_file(household={})}
    page.locator("input[type=file]").set_input_files(data)  # type: ignore[arg-type]
    page.get_by_role("button", name="Masukkan berkas").click()
    expect(page.get_by_role("alert")).to_contain_text("household.kelurahan")
    accessible(page)
    page.locator("input[type=file]").set_input_files({**data, "buffer": case_file()})  # type: ignore[arg-type]
    page.get_by_role("button", name="Masukkan berkas").click()
    expect(page.locator(".papers .missing")).to_contain_text("Dinas Sosial")
    accessible(page)
    page.screenshot(path=SCREENS / "officer.png")
    smallest = page.evaluate(
        "() => Math.min(...[...document.querySelectorAll('button, select, a.case, summary')]"
        ".filter((one) => one.checkVisibility()).map((one) => one.getBoundingClientRect().height))"
    )
    assert smallest >= 12.7 * MM - 0.5
    page.locator("h1").click()
    petugas = site.place.app("officer").test_client()
    sign_in_by_form(petugas, Role.PETUGAS)
    address = "/petugas/kasus/" + case.rpartition("/")[2]
    back = {"items": "SK_DINSOS", "reason": "SURAT_KURANG"}
    assert post(petugas, address, f"{address}/return_file", **back).status_code == 303
    expect(page.locator("[data-state]")).to_have_attribute("data-state", "DIKEMBALIKAN")
