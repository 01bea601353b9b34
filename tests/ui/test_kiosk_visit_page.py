"""An officer goes on with what somebody has begun at the kiosk, both screens at once."""

from __future__ import annotations

from faces import Site, Watched
from looks import compare
from playwright.sync_api import Browser, expect
from screens import accessible, sign_in


def test_help_in_a_report_brings_it_to_the_desk_and_its_receipt_back_to_the_kiosk(
    site: Site, watched: Watched, chromium: Browser
) -> None:
    kiosk = watched.page
    kiosk.goto(f"{site.address}/lapor")
    kiosk.locator("button[form=page]").click()
    kiosk.locator("input[value=pamong]").check(force=True)
    kiosk.locator("button[form=page]").click()
    kiosk.locator("input[name=reporter]").fill("RATNA PUSPITASARI")
    kiosk.locator("button[form=page]").click()
    kiosk.locator("form[action='/bantuan'] button").click()
    number = kiosk.locator("[data-number]").inner_text()

    context = chromium.new_context(viewport={"width": 1280, "height": 1000}, has_touch=True)
    desk = context.new_page()
    sign_in(desk, site, "petugas")
    desk.get_by_role("link", name="Lanjutkan isian kios").click()
    accessible(desk)
    desk.get_by_label("Nomor isian").fill(number)
    desk.keyboard.press("Enter")
    expect(desk.get_by_label("Nama lengkap")).to_have_value("RATNA PUSPITASARI")
    expect(kiosk.get_by_role("heading", name="Petugas melanjutkan isian Anda")).to_be_visible()
    accessible(kiosk)
    accessible(desk)
    compare(desk, "officer/kiosk-visit")

    desk.get_by_role("button", name="Kirim laporan").click()
    summary = desk.get_by_role("alert")
    expect(summary).to_contain_text("Isi kantor atau lingkungan")
    accessible(desk)
    desk.get_by_label("Kantor atau lingkungan").fill("RT 03")
    desk.get_by_label("Nama atau ciri-ciri").fill("Bapak tua berbaju biru")
    desk.get_by_label("Lanjut usia").check(force=True)
    desk.get_by_label("Tempat tinggal").select_option("none")
    desk.get_by_label("Kelurahan", exact=True).select_option("tidak_tahu")
    desk.get_by_role("button", name="Kirim laporan").click()
    desk.wait_for_url(f"{site.address}/petugas/kasus/*")
    expect(kiosk).to_have_url(f"{site.address}/lapor/bukti")
    expect(kiosk.locator("[data-code]")).to_be_visible()
    context.close()
