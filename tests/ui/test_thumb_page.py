"""Who cannot sign, in a real browser: the thumb asked for by keyboard, touch and without JavaScript; the second
officer's page. Real pictures of an invented thumb through the real engine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from books import Ticking
from counter import Counter, Scanner, being_recorded, counter_of
from faces import Site, Watched, served
from front_office import PIN, open_office
from playwright.sync_api import Browser, Page, expect
from screens import accessible, sign_in
from test_browser import SCREENS

from appliance.biometrics.engine import FingerEngine
from appliance.casework.roles import Role
from appliance.clock import utc_millis
from appliance.devices import FingerImage, FingerPosition
from appliance.issuance.rack import DeviceRack
from hw_sim.fingers import FingerCache
from hw_sim.people import Person

CACHE = FingerCache(Path(__file__).parents[2] / "build" / "fingers")
OWNER = Person("Uji Coba", 9100)
DEVICES = {"signature_pad": "browser:", "fingerprint_scanner": "usb:1a86:7523"}
ROLES = (Role.PEREKAM, Role.PETUGAS)


class Glass(Scanner):
    """The same person's fingers, each time placed anew."""

    def __init__(self) -> None:
        super().__init__()
        self.takes = 0

    def capture(self, positions: Sequence[FingerPosition], quality: int, by: object) -> tuple[FingerImage, ...]:
        self.takes += 1
        return tuple(
            FingerImage(one, CACHE.impression(OWNER.finger_seed(one.value), self.takes % 2), 400, 480, 80, "SN-1")
            for one in positions
        )


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """An office in which the screen is the pad, with a resident being recorded."""
    being_recorded(tmp_path)
    with served(open_office(tmp_path, ROLES, DEVICES)) as found:
        yield found


@pytest.fixture
def machines(site: Site) -> Iterator[Counter]:
    """The work of its scanner, done when told; the right thumb is recorded."""
    counter = counter_of(site.place.office, Ticking(utc_millis()), [], {}, site.place.services.pulse.beat)
    engine = FingerEngine(seconds=60)
    counter.machines = replace(counter.machines, rack=DeviceRack({"fingerprint_scanner": Glass()}), fingers=engine)
    case = case_of(site)
    counter.do("capture_finger", site.place.actor(Role.PEREKAM), case, position="right_thumb")
    counter.run("scanner")
    yield counter
    engine.close()


def case_of(site: Site) -> str:
    (row,) = site.place.services.desk.work_list(site.place.actor(Role.PEREKAM)).rows
    return row.case_id


def to_the_case(page: Page, site: Site, who: str) -> None:
    sign_in(page, site, who)
    page.locator("a.case").click()


def test_a_thumb_is_asked_for_by_keyboard_and_shown_in_place_of_the_signature(
    site: Site, machines: Counter, watched: Watched
) -> None:
    page = watched.page
    to_the_case(page, site, "perekam")
    page.locator("summary", has_text="Cap jempol sebagai pengganti tanda tangan").focus()
    page.keyboard.press("Enter")
    button = page.get_by_role("button", name="Ambil cap jempol")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Pilih alasan tidak tanda tangan")
    accessible(page)
    page.get_by_label("Alasan tidak tanda tangan").focus()
    page.keyboard.type("Tidak dapat menulis")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.locator("[data-job=capture-thumb]")).to_contain_text("Mengambil cap jempol")
    machines.run("scanner")
    expect(page.locator(".shots img[alt^='Cap jempol kanan']")).to_be_visible()
    expect(page.locator("[data-resident]").first).to_contain_text("cap jempol kanan (tidak dapat menulis)")
    accessible(page)
    page.screenshot(path=SCREENS / "officer-thumb.png", full_page=True)


def test_the_second_officer_answers_by_touch(site: Site, machines: Counter, chromium: Browser) -> None:
    for who, act in (("perekam", "cannot_sign"), ("petugas", "confirm_cannot_sign")):
        context = chromium.new_context(has_touch=True, viewport={"width": 800, "height": 1280})
        page = context.new_page()
        page.set_default_timeout(10_000)
        to_the_case(page, site, who)
        form = page.locator(f"form[data-act={act}]")
        if act == "cannot_sign":
            page.locator("summary", has_text="Tidak dapat tanda tangan").tap()
            form.get_by_label("Alasan").select_option("TREMOR")
        else:
            form.get_by_label("Ya, tanpa tanda tangan").tap()
            accessible(page)
            page.screenshot(path=SCREENS / "officer-unsigned.png", full_page=True)
        form.get_by_role("button").tap()
        told = "Menunggu petugas kedua" if act == "cannot_sign" else "tidak ada (gemetar); diminta"
        expect(page.locator("section[data-resident]")).to_contain_text(told)
        context.close()
    assert [one.state for one in machines.evidence(case_of(site), "signature")] == ["exception"]


def test_without_javascript_the_thumb_is_had_as_well(site: Site, machines: Counter, chromium: Browser) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.set_default_timeout(10_000)
    page.goto(f"{site.address}/petugas/masuk")
    page.get_by_label("Nama pengguna").fill("perekam")
    page.get_by_label("PIN").fill(PIN)
    page.get_by_role("button", name="Masuk").click()
    page.locator("a.case").click()
    page.locator("summary", has_text="Cap jempol sebagai pengganti tanda tangan").click()
    page.get_by_label("Alasan tidak tanda tangan").select_option("TREMOR")
    page.get_by_role("button", name="Ambil cap jempol").click()
    machines.run("scanner")
    page.reload()
    expect(page.locator(".shots img[alt^='Cap jempol kanan']")).to_be_visible()
    context.close()
