"""The page of the ten fingers in a real browser: the glass live beside one hint, how late, unplugged, captured."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from at_scanner import GLASS, Desk, Scanner, at_scanner, slap_scanner, usb_scanner
from counter import being_recorded
from faces import Site, Watched, served
from front_office import open_office
from looks import compare
from picture_watch import await_pictures, await_turn, pictures, watch
from playwright.sync_api import Page, expect
from test_aria import compare as compare_told
from test_aria import told
from test_browser import accessible, sign_in

from appliance.casework.roles import Role
from appliance.clock import Deadline
from appliance.devices import FingerPosition
from appliance.faults import DeviceFault
from appliance.issuance.glass import SCANNER
from appliance.issuance.rack import DeviceRack
from appliance.kiosk_ui.officer.ten_fingers import NO_LIVE_PICTURE, NO_SCANNER, NOW
from appliance.queue import jobs

LOST = "Kaca pemindai belum terlihat"
CHOOSE = "Pilih jari yang akan ditempelkan"


@pytest.fixture
def scanner() -> Iterator[Scanner]:
    with slap_scanner() as found:
        yield found


@pytest.fixture
def desk(tmp_path: Path, scanner: Scanner) -> Iterator[Desk]:
    with at_scanner(tmp_path, scanner) as found:
        yield found


@pytest.fixture
def site(desk: Desk) -> Site:
    return desk.site


def open_ten_fingers(page: Page, site: Site) -> None:
    sign_in(page, site, "perekam")
    page.locator("a.case").click()
    page.get_by_role("link", name="Lihat kaca pemindai", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Ambil jari")


def taken(rack: DeviceRack, whose: str, finger: FingerPosition, seconds: float = 20) -> bytes:
    """One finger, as the step of `deviced` takes it."""
    with rack.use(SCANNER, whose) as scanner:
        (image,) = scanner.capture((finger,), 40, Deadline.after(seconds))
    return bytes(image.image)


def test_the_glass_moves_beside_one_hint_and_the_form_comes_back_to_it(desk: Desk, watched: Watched) -> None:
    page = watched.page
    open_ten_fingers(page, desk.site)
    picture = page.get_by_alt_text(GLASS)
    expect(picture).to_be_visible()
    expect(page.get_by_role("status")).to_have_text(NOW)
    expect(page.locator("[data-one-hint]")).to_have_count(1)
    expect(page.locator("[data-one-hint]")).to_contain_text(CHOOSE)
    assert picture.evaluate("one => one.naturalWidth") == 320
    accessible(page)
    compare_told({"fingers": told(page)}, "ten-fingers")
    compare(page, "officer/ten-fingers")
    watch(page, across=32, light=205)
    await_pictures(page, 3)
    page.get_by_role("button", name="Ambil jari").click()
    expect(page.locator(".govuk-error-message")).to_be_visible()
    expect(picture).to_be_visible()
    page.locator("label.fing.index").last.click()
    page.get_by_role("button", name="Ambil jari").click()
    expect(page).to_have_url(re.compile(r"/petugas/kasus/[^/]+/jari/0$"))
    expect(page.locator("[data-one-hint]")).to_contain_text("Tempelkan jari yang dipilih")
    expect(picture).to_be_visible()
    with desk.site.place.office.store.read() as tx:
        assert [job.payload["fingers"] for job in jobs.unfinished(tx) if job.lane == "scanner"] == [["right_index"]]
    assert not [one for one in watched.asked if one.startswith("data:")]


def test_pictures_go_on_before_and_after_a_capture_of_this_resident(desk: Desk, watched: Watched) -> None:
    page = watched.page
    open_ten_fingers(page, desk.site)
    expect(page.get_by_alt_text(GLASS)).to_be_visible()
    watch(page, across=32, light=205)
    for _ in range(2):
        await_pictures(page, 2)
        assert taken(desk.rack, f"{desk.case}:0", FingerPosition.LEFT_INDEX).startswith(b"\x89PNG")
    await_pictures(page, 2)
    expect(page.get_by_role("status")).to_have_text(NOW)


def test_of_the_capture_of_anybody_else_this_page_sees_nothing(desk: Desk, watched: Watched) -> None:
    page = watched.page
    open_ten_fingers(page, desk.site)
    picture = page.get_by_alt_text(GLASS)
    expect(picture).to_be_visible()
    desk.scanner.dark(True)
    began, end = threading.Event(), threading.Event()

    def other() -> None:
        with desk.rack.use(SCANNER, "another case:0"):
            began.set()
            end.wait(20)

    using = threading.Thread(target=other)
    using.start()
    try:
        assert began.wait(5)
        expect(picture).to_be_hidden()
        expect(page.get_by_role("status")).to_contain_text(LOST)
    finally:
        end.set()
        using.join(5)
    expect(picture).to_be_visible()


def test_pulled_out_it_is_told_within_three_seconds_and_put_back_it_is_seen_again(
    desk: Desk, watched: Watched
) -> None:
    page = watched.page
    open_ten_fingers(page, desk.site)
    hint, picture = page.get_by_role("status"), page.get_by_alt_text(GLASS)
    expect(picture).to_be_visible()
    desk.scanner.unplug()
    pulled = time.monotonic()
    expect(hint).to_contain_text(LOST, timeout=3000)
    while (said := desk.rack.owners[SCANNER].ask()) is not None and said.level != "down":
        assert time.monotonic() - pulled < 3
    expect(picture).to_be_hidden()
    expect(page.get_by_role("button", name="Ambil jari")).to_be_enabled()
    with pytest.raises(DeviceFault):
        taken(desk.rack, f"{desk.case}:0", FingerPosition.LEFT_INDEX, 2)
    desk.scanner.plug()
    expect(picture).to_be_visible()
    expect(hint).to_have_text(NOW)


@pytest.mark.parametrize(
    ("devices", "words"),
    [({SCANNER: "serial:/dev/none"}, NO_LIVE_PICTURE), ({SCANNER: "fprint:"}, NO_LIVE_PICTURE), ({}, NO_SCANNER)],
    ids=["zfm", "libfprint", "none"],
)
def test_a_scanner_without_a_live_picture_is_said_to_have_none(
    tmp_path: Path, chromium_page: Page, devices: dict[str, str], words: str
) -> None:
    being_recorded(tmp_path)
    with served(open_office(tmp_path, (Role.PEREKAM,), devices=devices)) as site:
        page, asked = chromium_page, list[str]()
        page.on("request", lambda one: asked.append(one.url))
        open_ten_fingers(page, site)
        expect(page.locator("[data-no-live-picture]")).to_have_text(words)
        expect(page.locator("[data-viewfinder], main img")).to_have_count(0)
        accessible(page)
        page.locator("label.fing.index").last.click()
        page.get_by_role("button", name="Ambil jari").click()
        expect(page.locator("[data-one-hint]")).to_contain_text("Tempelkan jari yang dipilih")
        assert not [one for one in asked if one.endswith("lihat")]


@pytest.mark.timed
@pytest.mark.daemons
@pytest.mark.parametrize("make", [slap_scanner, usb_scanner])
def test_how_late_the_glass_is(tmp_path: Path, chromium_page: Page, make: object) -> None:
    """From the finger at the glass to the page; the least disturbed of several tries, in periods of the device."""
    with make() as scanner, at_scanner(tmp_path, scanner) as desk:  # type: ignore[operator]
        page = chromium_page
        page.set_default_timeout(40_000)
        open_ten_fingers(page, desk.site)
        expect(page.get_by_alt_text(GLASS)).to_be_visible()
        watch(page, across=32, light=205)
        await_pictures(page, 2)
        late = []
        for turn in range(1, 9):
            await_pictures(page, 2)
            moved = time.time() * 1000
            scanner.dark(turn % 2 == 1)
            late.append(await_turn(page, turn) - moved)
        began, before = time.monotonic(), pictures(page)
        await_pictures(page, 8)
        rate = (pictures(page) - before) / (time.monotonic() - began)
        late.sort()
        print(f"late {late[0]:.0f} ms least, {late[len(late) // 2]:.0f} median, {late[-1]:.0f} most", end="; ")
        print(f"{late[len(late) // 2] / 1000 / scanner.period:.1f} periods; {rate:.1f} a second")
        assert 0 < late[0] <= 1000 * (2 * scanner.period + 0.3)
        assert rate >= 1
