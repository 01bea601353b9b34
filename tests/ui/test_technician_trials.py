"""Trials of devices in a real browser: what is taken is seen, asked about by pictures, and gone."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from faces import Site, Watched, served
from front_office import FrontOffice, open_office
from looks import compare
from PIL import Image
from playwright.sync_api import Page, expect
from screens import MM, accessible, sign_in

from appliance.casework.roles import Role
from appliance.queue import jobs
from appliance.records import trials
from appliance.records.trials import Trial
from hw_sim import faces

SCREENS = Path(__file__).parents[2] / "build" / "screens"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    uris = {"fingerprint_scanner": "sbi://127.0.0.1:4501", "document_printer": "ipp://127.0.0.1/printers/KK"}
    more = {"card_printer": "evolis:x", "camera": "v4l2:/dev/video0", "chip_encoder": "pcsc:x"}
    with served(open_office(tmp_path, (Role.TEKNISI,), devices={**uris, **more})) as found:
        yield found


def picture() -> bytes:
    out = io.BytesIO()
    Image.radial_gradient("L").save(out, "PNG")
    return out.getvalue()


def face() -> bytes:
    out = io.BytesIO()
    faces.draw(9001, 1971, size=(480, 640)).save(out, "JPEG")
    return out.getvalue()


def goes_on(place: FrontOffice, device: str, state: str, **facts: str) -> Trial:
    """What the machine process would have written."""
    with place.office.store.write() as tx:
        trial = trials.get(tx, device)
        assert trial is not None
        job = jobs.by_key(tx, trials.job_key(trial))
        assert job is not None
        trial = replace(trial, state=state, facts=facts, ended=tx.now)
        data, media = {"fingerprint_scanner": (picture(), "image/png"), "camera": (face(), "image/jpeg")}.get(
            device, (b"", "")
        )
        if data and state in {"done", "asked"}:
            key = place.office.vault.new_case_key(trial.id)
            blob = place.office.vault.put(trial.id, key, data)
            trial = replace(trial, blob=blob, wrapped_key=key, media_type=media, erase_at=tx.now + trials.SHOWN_MS)
        trials.put(tx, trial)
    place.services.pulse.beat()
    return trial


def test_a_finger_is_tried_by_keyboard_shown_and_erased(site: Site, watched: Watched) -> None:
    page = watched.page
    sign_in(page, site, "teknisi", "teknisi")
    page.get_by_role("link", name="Coba alat").click()
    accessible(page)
    page.get_by_role("link", name="Pemindai jari").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Mulai uji").focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.locator("[data-outcome]")).to_have_attribute("data-outcome", "waiting")
    goes_on(site.place, "fingerprint_scanner", "running")
    expect(page.locator("[data-outcome]")).to_contain_text("Letakkan telunjuk kanan")
    accessible(page)
    goes_on(site.place, "fingerprint_scanner", "done", nfiq2="71", minutiae="42", size="300x400")
    expect(page.get_by_role("img", name="Hasil uji Pemindai jari")).to_be_visible()
    expect(page.get_by_text("Mutu NFIQ 2 (0-100)")).to_be_visible()
    page.wait_for_function("document.querySelector('.large-shot img').naturalWidth === 256")
    accessible(page)
    with page.expect_navigation():
        page.get_by_role("button", name="Sudah dilihat, hapus sekarang").click()
    expect(page.locator("[data-erased]")).to_be_visible()
    assert page.locator(".large-shot").count() == 0


def test_a_test_page_is_answered_by_a_picture(site: Site, watched: Watched) -> None:
    page = watched.page
    sign_in(page, site, "teknisi", "teknisi")
    page.goto(f"{site.address}/teknisi/coba/document_printer")
    with page.expect_navigation():
        page.get_by_role("button", name="Mulai uji").click()
    goes_on(site.place, "document_printer", "asked", page="completed", counter_moved="yes")
    expect(page.locator("button.answer")).to_have_count(3)
    smallest = page.evaluate(
        "() => Math.min(...[...document.querySelectorAll('button.answer')].map((one) => one.offsetHeight))"
    )
    assert smallest >= 12.7 * MM
    accessible(page)
    page.screenshot(path=SCREENS / "technician-question.png", full_page=True)
    with page.expect_navigation():
        page.get_by_role("button", name="Ada, tetapi tidak benar").click()
    expect(page.locator("[data-outcome]")).to_have_attribute("data-outcome", "failed")
    accessible(page)


def test_a_test_card_is_asked_for_before_a_card_printer_is_tried(site: Site, watched: Watched) -> None:
    page = watched.page
    sign_in(page, site, "teknisi", "teknisi")
    page.goto(f"{site.address}/teknisi/coba/card_printer")
    with page.expect_navigation():
        page.get_by_role("button", name="Mulai uji").click()
    expect(page.get_by_role("alert")).to_contain_text("kartu uji")
    accessible(page)
    page.get_by_text("Blanko sudah dikeluarkan").click()
    with page.expect_navigation():
        page.get_by_role("button", name="Mulai uji").click()
    expect(page.locator("[data-outcome]")).to_have_attribute("data-outcome", "waiting")


def begun(page: Page, site: Site, device: str) -> None:
    page.goto(f"{site.address}/teknisi/coba/{device}")
    with page.expect_navigation():
        page.get_by_role("button", name="Mulai uji").click()


def test_a_picture_is_a_success_only_when_eyes_have_said_so(site: Site, watched: Watched) -> None:
    page = watched.page
    sign_in(page, site, "teknisi", "teknisi")
    begun(page, site, "camera")
    goes_on(site.place, "camera", "asked", size="480x640", brightness="130", sharpness="106")
    expect(page.locator("[data-outcome]")).to_contain_text("Gambarnya tajam")
    page.wait_for_function("document.querySelector('.large-shot img').naturalWidth === 480")
    expect(page.locator("button.answer")).to_have_count(2)
    accessible(page)
    compare(page, "technician/coba-kamera-hasil")
    with page.expect_navigation():
        page.get_by_role("button", name="Ya, benar").click()
    expect(page.locator("[data-outcome]")).to_have_attribute("data-outcome", "done")


def test_each_command_to_a_card_is_seen_as_a_column(site: Site, watched: Watched) -> None:
    page = watched.page
    sign_in(page, site, "teknisi", "teknisi")
    begun(page, site, "chip_encoder")
    took = [2.4, 2.2, 2.3, 2.2, 9.8, 2.3, 2.2, 2.4, 2.3, 2.2, 2.3, 2.2, 2.6, 2.3, 2.2, 2.3, 2.4, 2.2, 2.3, 2.2]
    facts = {"atr": "3B 85 80 01 44 45 53 46 69", "answer": "9000", "exchange": "2.3", "slowest": "9.8"}
    goes_on(site.place, "chip_encoder", "done", **facts, exchange_ms=" ".join(map(str, took)))
    expect(page.get_by_role("img", name="Lama tiap perintah, milidetik: 2,4; 2,2; 2,3; 2,2; 9,8")).to_be_visible()
    accessible(page)
    compare(page, "technician/coba-kartu-hasil")
